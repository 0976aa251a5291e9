import { execFile, spawn } from 'node:child_process';
import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createDockerProvider } from '../../../src/runner/sandbox/docker';
import { formatOwner, labelKeys, ownerOf } from '../../../src/runner/sandbox/labels';
import type { SandboxProvider, SnapshotInfo } from '../../../src/runner/sandbox/sandbox';
import { never, temporaryFolder, testHost } from '../../support/temp';
import { limits, run, sh, worldOf } from './setup';
import type { World } from './setup';

const execute = promisify(execFile);
const signal = never;
const silent = { signal, onProgress: () => undefined };

async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute('docker', [...args]);
  return stdout.trim();
}

async function exists(id: string): Promise<boolean> {
  return (await docker('ps', '-aq', '--no-trunc', '--filter', `id=${id}`)) !== '';
}

async function isRunning(id: string): Promise<boolean> {
  return (await docker('inspect', '-f', '{{.State.Running}}', id)) === 'true';
}

/** Bundles and starts a process that opens a sandbox and waits; resolves with it and the sandbox's id. */
async function startOwner(folder: string, { image, keep }: { image: string; keep: boolean }) {
  const program = path.join(folder, 'owner.cjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'owner.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: program,
    logLevel: 'silent',
    loader: { '.py': 'text', '.sh': 'text', '': 'text' },
    external: ['*.node', 'cpu-features'],
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    absWorkingDir: path.resolve(import.meta.dirname, '../../..'),
  });
  const owner = spawn(process.execPath, [program, folder, image, keep ? 'keep' : 'hold'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [id] = await createInterface(owner.stdout)
    [Symbol.asyncIterator]()
    .next()
    .then(({ value }) => [String(value)]);
  return { owner, id: id ?? '' };
}

async function pidOfTheDead(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid ?? 0;
}

function reaperChecks(world: () => World): void {
  const make = (name: string, labels: Readonly<Record<string, string>>) =>
    docker(
      'create',
      '--name',
      `${name}-${process.pid}`,
      ...Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
      world().image.name,
      'true',
    );

  test('the reaper removes what dead processes left, and nothing else', async () => {
    const { host, provider } = world();
    const mine = ownerOf(host);
    const dead = { ...mine, pid: await pidOfTheDead() };
    const reused = { ...mine, started: String(Number(mine.started) + 1) };
    const of = (owner: typeof mine) => ({
      [labelKeys.marker]: '1',
      [labelKeys.kind]: 'sandbox',
      [labelKeys.owner]: formatOwner(owner),
    });
    const doomed = [await make('dead', of(dead)), await make('reused', of(reused))];
    // What somebody else starts of an image of ours inherits its labels.
    const users = await make('users', {});
    const spared = [
      await make('living', of(mine)),
      await make('elsewhere', of({ ...dead, hostname: 'another-machine' })),
      await make('unmarked', { ...of(dead), [labelKeys.marker]: '' }),
      users,
      await make('unowned', { [labelKeys.marker]: '1', [labelKeys.kind]: 'sandbox' }),
      await make('garbled', { [labelKeys.marker]: '1', [labelKeys.owner]: 'x/../y' }),
      await make('benchyard-kept', of(dead)),
    ];
    try {
      const listed = (await provider.leftovers({ signal })).map((item) => item.id);
      expect(listed).not.toContain(users);
      const { removed } = await provider.reap({ signal });
      for (const id of doomed) {
        expect(removed.map((item) => item.id)).toContain(id);
        expect(await exists(id)).toBe(false);
      }
      for (const id of spared) expect(await exists(id)).toBe(true);
    } finally {
      await docker('rm', '-f', ...spared, ...doomed).catch(() => undefined);
    }
  });

  test('a sandbox ends with its process when that is killed, and the reaper removes it', async () => {
    await using folder = await temporaryFolder();
    const { owner, id } = await startOwner(folder.path, { image: world().image.name, keep: false });
    expect(await isRunning(id)).toBe(true);
    owner.kill('SIGKILL');
    await vi.waitUntil(async () => !(await isRunning(id)), { timeout: 20_000, interval: 50 });
    const { removed } = await world().provider.reap({ signal });
    expect(removed.map((item) => item.id)).toContain(id);
    expect(await exists(id)).toBe(false);
  });

  test('a kept sandbox outlives its process, can be entered, and is removed by name only', async () => {
    await using folder = await temporaryFolder();
    const { provider } = world();
    const { owner, id } = await startOwner(folder.path, { image: world().image.name, keep: true });
    owner.kill('SIGKILL');
    await new Promise((resolve) => owner.once('exit', resolve));
    await provider.reap({ signal });
    expect(await isRunning(id)).toBe(true);
    expect(await docker('exec', '-w', '/workspace/project', id, 'cat', 'found')).toBe('here');
    const leftover = (await provider.leftovers({ signal })).find((item) => item.id === id);
    expect(leftover?.kind).toBe('container');
    await provider.remove(leftover!, { signal });
    expect(await exists(id)).toBe(false);
  });
}

function failureChecks(world: () => World): void {
  test('a sandbox whose helper hangs is ended as a whole, and told as the time limit', async () => {
    const box = await world().open();
    try {
      await docker('pause', box.id);
      const result = await run(box, ['true'], { timeoutMs: 200 });
      expect(result).toMatchObject({ cause: 'timeout', exitCode: null });
      await expect(run(box, ['true'])).rejects.toMatchObject({ code: 'sandbox-lost' });
    } finally {
      await box[Symbol.asyncDispose]();
    }
    expect(await exists(box.id)).toBe(false);
  });

  test('why a sandbox was lost is told', async () => {
    const box = await world().open();
    try {
      await docker('rm', '-f', box.id);
      await expect(run(box, ['true'])).rejects.toMatchObject({
        code: 'sandbox-lost',
        message: expect.stringMatching(/container (was removed|ended)/) as string,
      });
    } finally {
      await box[Symbol.asyncDispose]();
    }
  });

  test('an image without python3 is refused by name', async () => {
    const name = `benchyard-contract-empty:${process.pid}`;
    const archive = pack();
    archive.entry({ name: 'hello' }, 'x');
    archive.finalize();
    const load = spawn('docker', ['import', '-', name], { stdio: ['pipe', 'ignore', 'inherit'] });
    archive.pipe(load.stdin);
    await new Promise((resolve) => load.once('exit', resolve));
    try {
      const image = { name, digest: name, note: null };
      await expect(world().open({ image })).rejects.toMatchObject({
        code: 'image-unsuitable',
        message: expect.stringContaining('python3') as string,
      });
      const left = await docker('ps', '-aq', '--filter', `ancestor=${name}`);
      expect(left).toBe('');
    } finally {
      await docker('rmi', '-f', name);
    }
  });

  test('an image that is gone is image-unavailable', async () => {
    const name = 'benchyard-contract-gone:1';
    const image = { name, digest: name, note: null };
    await expect(world().open({ image })).rejects.toMatchObject({ code: 'image-unavailable' });
  });

  test('an engine that does not answer is docker-unavailable, with what to do', async () => {
    const { host } = world();
    const nowhere = testHost(host.cwd, { env: { DOCKER_HOST: `unix://${host.cwd}/no.sock` } });
    await expect(createDockerProvider(nowhere)).rejects.toMatchObject({
      code: 'docker-unavailable',
      message: expect.stringMatching(/Start it/) as string,
    });
  });
}

function imageLayoutChecks(world: () => World): void {
  test('an official image keeps its workdir in place: root without capabilities, writable, offline', async () => {
    const { provider } = world();
    const key = `contract-testbed-${process.pid}`;
    const workdir = '/testbed';
    try {
      await using builder = await world().open({ profile: 'builder', workdir });
      await sh(builder, 'echo v1 > file; mkdir /opt/env; echo tool > /opt/env/tool');
      const snapshot = await provider.snapshots.save(
        builder,
        { key, title: 'testbed' },
        { signal },
      );
      await using trial = await world().open({ workdir, snapshot });
      const script =
        'pwd; id -u; cat file /opt/env/tool; echo v2 > file && cat file; ls /sys/class/net; grep CapBnd /proc/self/status';
      expect((await sh(trial, script)).out).toBe(
        '/testbed\n0\nv1\ntool\nv2\nlo\nCapBnd:\t0000000000000000\n',
      );
      expect((await sh(trial, '(echo x > /proc/1/fd/1) 2>/dev/null && echo forged')).out).toBe('');
      const fill = await run(trial, ['head', '-c', String(2 * limits.diskBytes), '/dev/zero'], {
        outputLimitBytes: 0,
      });
      expect(fill.exitCode).toBe(0);
      expect(
        (await sh(trial, `head -c ${2 * limits.diskBytes} /dev/zero > big`)).exitCode,
      ).not.toBe(0);
    } finally {
      await provider.snapshots.remove(key, { signal });
    }
  });

  test('a builder with network has an interface', async () => {
    await using builder = await world().open({ profile: 'builder', network: true });
    expect((await sh(builder, 'ls /sys/class/net')).out.split('\n')).toContain('eth0');
  });

  test('a builder can do what package managers do', async () => {
    await using builder = await world().open({ profile: 'builder' });
    const script = [
      'cd /tmp',
      'touch owned && chown 33:33 owned && chmod 4755 owned && stat -c "%u %a" owned',
      'python3 -c "import os; os.setgid(65534); os.setuid(65534); print(os.getuid())"',
    ].join('; ');
    expect((await sh(builder, script)).out).toBe('33 4755\n65534\n');
  });

  test('a limit of more cores than the engine has is not an error', async () => {
    await using box = await world().open({ limits: { ...limits, cpus: 512 } });
    expect((await run(box, ['true'])).exitCode).toBe(0);
  });
}

function evictionChecks(world: () => World): void {
  test('the least recently used snapshots go when the budget is full, never one in use', async () => {
    await using folder = await temporaryFolder();
    const host = testHost(folder.path);
    const others = await world().provider.snapshots.list({ signal });
    const taken = others.reduce((sum, { bytes }) => sum + bytes, 0);
    // Everybody's snapshots count, so the budget leaves room for two of ours; others' are newer than ours or in use.
    const provider = await createDockerProvider(host, { snapshotBudgetBytes: taken + 700_000 });
    const keys = ['used', 'old', 'young', 'new'].map((name) => `contract-${name}-${process.pid}`);
    const [used = '', old = '', young = '', fresh = ''] = keys;
    const own = { ...worldOf(host, provider, world().image) };
    const save = async (key: string): Promise<void> => {
      await using builder = await own.open({ profile: 'builder' });
      await sh(builder, 'head -c 300000 /dev/urandom > data');
      await provider.snapshots.save(builder, { key, title: key }, { signal });
    };
    const usedAt = (key: string, year: number) =>
      utimes(
        path.join(host.cacheDir, 'snapshots', 'docker', key),
        new Date(year, 0),
        new Date(year, 0),
      );
    try {
      await save(used);
      await usedAt(used, 2000);
      await using holder = await own.open({
        snapshot: { key: used, id: `benchyard-snapshot:${used}` },
      });
      await save(old);
      await usedAt(old, 2001);
      await save(young);
      await usedAt(young, 2002);
      await save(fresh);
      const left = ours(await provider.snapshots.list({ signal }), keys);
      expect(left).toContain(fresh);
      expect(left).toContain(used);
      expect(left).not.toContain(old);
      expect((await run(holder, ['true'])).exitCode).toBe(0);
    } finally {
      for (const key of keys) await provider.snapshots.remove(key, { signal });
      await provider[Symbol.asyncDispose]();
    }
  });
}

function ours(infos: readonly SnapshotInfo[], keys: readonly string[]): readonly string[] {
  return infos.map(({ key }) => key).filter((key) => keys.includes(key));
}

/** What only a Docker engine can show: reaping, other layouts, engines that fail. */
export function dockerEngineChecks(): void {
  describe('docker engine', () => {
    const resources: AsyncDisposable[] = [];
    let world: World | undefined;
    const inWorld = (): World => world!;
    beforeAll(async () => {
      const folder = await temporaryFolder();
      const host = testHost(folder.path);
      const provider: SandboxProvider = await createDockerProvider(host);
      resources.push(provider, folder);
      world = worldOf(host, provider, await provider.resolveImage(null, silent));
    });
    afterAll(async () => {
      for (const resource of resources) await resource[Symbol.asyncDispose]();
    });
    reaperChecks(inWorld);
    failureChecks(inWorld);
    imageLayoutChecks(inWorld);
    evictionChecks(inWorld);
  });
}
