import { execFile } from 'node:child_process';
import { rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { pick } from './account';
import type { SoakRun } from './soakRun';
import { sandboxProcesses } from './world';

const run = promisify(execFile);

/** Something that happens to a run while a process works on it. Rejects when it could not be done just now. */
export interface Fault {
  readonly name: string;
  readonly inflict: (run: SoakRun) => Promise<void>;
}

const killProcess: Fault = {
  name: 'kill -9 of the process',
  inflict: ({ process }) => {
    if (!process.child.kill('SIGKILL')) throw new Error('it has ended');
    return Promise.resolve();
  },
};

const sleep: Fault = {
  name: 'the machine sleeps',
  inflict: async ({ process }) => {
    process.child.kill('SIGSTOP');
    await delay(2500);
    process.child.kill('SIGCONT');
  },
};

const clock: Fault = {
  name: 'the clock jumps',
  inflict: async ({ preloads, world }) => {
    await preloads.setClock?.(pick(world.random, ['+3h', '-3h', '+40s', '-40s', '+0s']) ?? '+0s');
  },
};

const slowDisk: Fault = {
  name: 'a slow file system',
  inflict: async ({ preloads, world }) => {
    await preloads.slowFiles?.(pick(world.random, [20, 100, 300]) ?? 0);
    await delay(3000);
    await preloads.slowFiles?.(0);
  },
};

const fullDisk: Fault = {
  name: 'no room on the disk',
  inflict: async ({ out }) => {
    const ballast = path.join(out, 'ballast');
    const { bavail, bsize } = await statfs(out);
    // As much as there is, and then what is left by then.
    await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(() => undefined);
    await delay(1500);
    await rm(ballast, { force: true });
  },
};

const killSandbox: Fault = {
  name: 'kill of a sandbox',
  inflict: async ({ world, sandbox }) => {
    if (sandbox === 'bubblewrap') {
      const pid = pick(world.random, await sandboxProcesses(world.cache));
      if (pid === undefined) throw new Error('there is no sandbox just now');
      process.kill(pid, 'SIGKILL');
      return;
    }
    const id = pick(world.random, (await world.docker?.containers('benchyard.kind=sandbox')) ?? []);
    if (id === undefined) throw new Error('there is no container just now');
    await run('docker', ['rm', '-f', id], { env: { ...process.env, ...world.docker?.env } });
  },
};

/** The first process of a container is the channel's end in it. */
const killChannel: Fault = {
  name: 'kill of the channel in a container',
  inflict: async ({ world }) => {
    const env = { ...process.env, ...world.docker?.env };
    const id = pick(world.random, (await world.docker?.containers('benchyard.kind=sandbox')) ?? []);
    if (id === undefined) throw new Error('there is no container just now');
    const { stdout } = await run('docker', ['inspect', '-f', '{{.State.Pid}}', id], { env });
    const pid = Number(stdout);
    if (!(pid > 0)) throw new Error('it does not run');
    process.kill(pid, 'SIGKILL');
  },
};

const restartDocker: Fault = {
  name: 'restart of the Docker engine',
  inflict: async ({ world }) => {
    await world.docker?.restart(1000);
  },
};

/** The faults that a run on this sandbox can have, the usual ones more often. */
export function faultsOf({ sandbox, world, hasSmallDisk, preloads }: SoakRun): readonly Fault[] {
  const { account } = world;
  const { setClock, slowFiles } = preloads;
  if (setClock === undefined)
    account.skip("clock jumps: Debian's package libfaketime is not there");
  if (slowFiles === undefined) account.skip('a slow file system: there is no C compiler');
  return [
    killProcess,
    killProcess,
    killSandbox,
    killSandbox,
    sleep,
    ...(setClock === undefined ? [] : [clock, clock]),
    ...(slowFiles === undefined ? [] : [slowDisk]),
    ...(hasSmallDisk ? [fullDisk] : []),
    ...(sandbox === 'docker' ? [killChannel, restartDocker] : []),
  ];
}
