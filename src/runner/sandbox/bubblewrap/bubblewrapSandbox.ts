import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { kill } from 'node:process';
import { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { Host } from '../../host';
import { diskError, withFileHandle } from '../../store/files';
import { SandboxChannel } from '../channel';
import { ChannelSandbox } from '../channelSandbox';
import type { SandboxCallOptions, SandboxSpec } from '../sandbox';
import { trialUser } from '../docker/containerConfig';
import type { Cgroup } from './cgroup';
import { removeCgroup } from './cgroup';
import type { Isolation } from './isolation';
import type { Launch } from './launch';
import { descriptors, environmentOf, searchPath } from './launch';
import type { SandboxRecord } from './records';
import { removeTree, writeRecord } from './records';

const disposeMs = 30_000;
const stderrTailChars = 4096;
/** How long a process that closed its output gets to end before nothing more is known of it. */
const endMs = 2000;

const statusSchema = z.looseObject({ 'child-pid': z.int().positive() });

export interface StartOptions {
  readonly id: string;
  readonly spec: SandboxSpec;
  readonly host: Host;
  readonly isolation: Isolation;
  readonly launch: Launch;
  readonly seccomp: Uint8Array | null;
  readonly cgroup: Cgroup | null;
  readonly folder: string;
  readonly record: SandboxRecord;
  readonly onDisposed: (sandbox: BubblewrapSandbox) => void;
  readonly signal: AbortSignal;
}

/** A process tree in namespaces of its own whose first process is the helper. */
export class BubblewrapSandbox extends ChannelSandbox {
  readonly id: string;
  readonly workdir: string;
  readonly spec: SandboxSpec;
  /** Its folder on the disk; a builder's files lie in `upper` of it. */
  readonly folder: string;
  readonly #options: StartOptions;
  readonly #process: RunningProcess;
  #record: SandboxRecord;
  #disposal: Promise<void> | null = null;

  private constructor(
    options: StartOptions,
    {
      process,
      channel,
      record,
    }: { process: RunningProcess; channel: SandboxChannel; record: SandboxRecord },
  ) {
    super(channel);
    this.id = options.id;
    this.workdir = options.spec.workdir;
    this.spec = options.spec;
    this.folder = options.folder;
    this.#options = options;
    this.#process = process;
    this.#record = record;
  }

  /** Starts the processes and waits for the helper. When it rejects nothing is left of them but the folder. */
  static async start(options: StartOptions): Promise<BubblewrapSandbox> {
    const { spec, host, cgroup, signal } = options;
    const process = await RunningProcess.start(options.launch, options.seccomp);
    try {
      const channel = await SandboxChannel.open(process.transport, {
        workdir: spec.workdir,
        env: environmentOf(spec),
        kill: () => {
          process.kill();
        },
        explainLoss: () => explainLoss(process, cgroup),
        signal,
      });
      const pid = await process.firstProcess;
      const started = host.startTimeOf(pid) ?? '';
      const record = { ...options.record, process: { pid, started } };
      await writeRecord(options.folder, record);
      return new BubblewrapSandbox(options, { process, channel, record });
    } catch (error) {
      process.kill();
      await process.ended;
      throw error;
    }
  }

  get kept(): boolean {
    return this.#record.kept;
  }

  get snapshots(): readonly string[] {
    return this.#record.snapshots;
  }

  shellCommand(): readonly string[] | null {
    const pid = this.#record.process?.pid;
    const monitor = this.#process.monitor;
    if (pid === undefined || monitor === undefined) return null;
    const id = String(this.spec.profile === 'trial' ? trialUser.uid : 0);
    const user = ['--setuid', id, '--setgid', id];
    const target = ['--target', String(pid)];
    const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts'];
    const shell = ['sh', '-c', 'cd "$1" && exec sh', 'sh', this.workdir];
    // What the sandbox runs could read the variables of a shell beside it.
    const clean = [
      'env',
      '-i',
      ...Object.entries(this.#shellEnvironment()).map((pair) => pair.join('=')),
    ];
    // A user has no power over the innermost user namespace, but over the one that bwrap itself waits in.
    const outer = ['nsenter', '--target', String(monitor), '--user'];
    switch (this.#options.isolation.mode) {
      case 'root':
        return [...clean, 'nsenter', ...target, '--user', ...namespaces, ...user, '--', ...shell];
      case 'range': {
        const owner = [...outer, '--setuid', '0', '--setgid', '0', '--'];
        return [...clean, ...owner, 'nsenter', ...target, ...namespaces, ...user, '--', ...shell];
      }
      case 'single': {
        const owner = [...outer, '--preserve-credentials', '--'];
        const drop = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs', '--'];
        return [...clean, ...owner, 'nsenter', ...target, ...namespaces, '--', ...drop, ...shell];
      }
    }
  }

  #shellEnvironment(): Readonly<Record<string, string>> {
    const term = this.#options.host.env['TERM'] ?? 'xterm-256color';
    return { PATH: searchPath, TERM: term, ...environmentOf(this.spec) };
  }

  async keep(options: SandboxCallOptions): Promise<void> {
    await this.channel.keep(options);
    this.#record = { ...this.#record, kept: true };
    await writeRecord(this.folder, this.#record);
    this.#process.unref();
  }

  /** Ends every process; files stay where they are. */
  async stop(): Promise<void> {
    this.channel.close();
    this.#process.kill();
    await this.#process.ended;
    await removeCgroup(this.#options.cgroup?.folders ?? []);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= (async () => {
      const late = new AbortController();
      const { isolation, onDisposed } = this.#options;
      const removal = this.stop()
        .then(() => removeTree(this.folder, isolation))
        .then(() => {
          onDisposed(this);
        });
      await Promise.race([removal, delay(disposeMs, undefined, { signal: late.signal })]);
      late.abort();
    })();
    return this.#disposal;
  }
}

/** A process with its pipes; where it cannot be had, the reason says why. */
async function spawned({ program, args, env }: Launch): Promise<ChildProcess> {
  const child = spawn(program, args, {
    env: { ...env },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    detached: true, // Ctrl+C in a terminal is for us to handle.
  });
  // Without an id an error follows, and its pipes may never have been made.
  if (child.pid !== undefined) return child;
  const [error] = (await once(child, 'error')) as [Error]; // what a process says of itself
  throw error;
}

/** bwrap, and what it tells of the process that it started. */
class RunningProcess {
  readonly transport: { readonly stdin: Writable; readonly stdout: Readable };
  /** Its id on the host. Rejects when there never was one. */
  readonly firstProcess: Promise<number>;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #stderr = '';
  #pid: number | null = null;

  /** Rejects when nothing could be started. */
  static async start(launch: Launch, seccomp: Uint8Array | null): Promise<RunningProcess> {
    try {
      return new RunningProcess(await withFileHandle(() => spawned(launch)), seccomp);
    } catch (error) {
      throw diskError(error, launch.program);
    }
  }

  private constructor(child: ChildProcess, seccomp: Uint8Array | null) {
    this.#child = child;
    const { stdin, stdout, stderr, stdio } = this.#child;
    const status = stdio[descriptors.status];
    const filter = stdio[descriptors.seccomp];
    if (!(stdin && stdout && stderr && status instanceof Readable && filter instanceof Writable)) {
      throw new Error('a child process without its pipes');
    }
    this.transport = { stdin, stdout };
    filter.on('error', () => undefined); // It ended before it read the filter; its own words tell why.
    filter.end(seccomp ?? undefined);
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrTailChars);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        resolve();
      });
      this.#child.once('error', (error) => {
        this.#stderr += error.message;
        stdout.destroy();
        resolve();
      });
    });
    this.firstProcess = this.#readStatus(status);
    this.firstProcess.catch(() => undefined); // Whoever waits for it is told.
  }

  /** bwrap itself, which waits for the first process outside its namespaces. */
  get monitor(): number | undefined {
    return this.#child.pid;
  }

  get said(): string {
    return this.#stderr.trim();
  }

  kill(): void {
    for (const pid of [this.#pid, this.#child.pid]) {
      try {
        if (typeof pid === 'number' && this.#child.exitCode === null) kill(pid, 'SIGKILL');
      } catch {
        continue; // It ended by itself.
      }
    }
  }

  /** This process may end although the other lives. */
  unref(): void {
    this.#child.unref();
    for (const stream of this.#child.stdio) if (stream instanceof Socket) stream.unref();
  }

  /** Goes on reading to the end: bwrap would die of a closed pipe when it reports how the sandbox ended. */
  #readStatus(status: Readable): Promise<number> {
    return new Promise((resolve, reject) => {
      const lines = createInterface({ input: status });
      lines.on('line', (line) => {
        const parsed = statusSchema.safeParse(JSON.parse(line));
        if (!parsed.success) return;
        this.#pid = parsed.data['child-pid'];
        resolve(this.#pid);
      });
      lines.on('close', () => {
        reject(new Error(`bwrap started nothing: ${this.said}`));
      });
    });
  }
}

async function explainLoss(process: RunningProcess, cgroup: Cgroup | null): Promise<string | null> {
  await Promise.race([process.ended, delay(endMs)]);
  const counter = cgroup?.oomCounter?.outside;
  const counted = counter === undefined ? '' : await readFile(counter, 'utf8').catch(() => '');
  const kills = Number(/^oom_kill (\d+)/m.exec(counted)?.[1] ?? 0);
  if (process.said !== '') return process.said.split('\n').slice(-3).join(' ');
  return kills > 0 ? 'it ran out of memory' : null;
}
