import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeHost } from '../../../src/nodeHost';
import type { Host } from '../../../src/runner/index';
import { createBubblewrapProvider } from '../../../src/runner/sandbox/bubblewrap';
import { doctorChecks } from '../../../src/runner/sandbox/providers';
import type {
  ResolvedImage,
  SandboxProvider,
  SandboxSpec,
} from '../../../src/runner/sandbox/sandbox';
import { describeOn, testCache } from '../../support/sandboxes';
import { never, temporaryFolder, testHost } from '../../support/temp';
import { limits, sh } from './setup';

const signal = never;

function specOf(image: ResolvedImage, spec: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    image,
    snapshot: null,
    profile: 'trial',
    network: false,
    workdir: '/workspace/project',
    limits,
    env: {},
    labels: {},
    ...spec,
  };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'close');
  return child.pid ?? 0;
}

describeOn('bubblewrap', 'bubblewrap by itself', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let host: Host;
  let provider: SandboxProvider;
  let image: ResolvedImage;

  beforeAll(async () => {
    folder = await temporaryFolder();
    host = testHost(folder.path, { cacheDir: await testCache(folder.path) });
    provider = await createBubblewrapProvider(host, { signal });
    image = await provider.resolveImage(null, { signal, onProgress: () => undefined });
  });
  afterAll(async () => {
    // Their files may belong to ids that only the provider can step into.
    for (const { key } of await provider.snapshots.list({ signal })) {
      await provider.snapshots.remove(key, { signal });
    }
    for (const leftover of await provider.leftovers({ signal })) {
      await provider.remove(leftover, { signal });
    }
    await provider[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('links that a builder left do not lead the host astray', async () => {
    const outside = path.join(folder.path, 'outside');
    await mkdir(outside);
    const target = path.join(outside, 'project');
    await using builder = await provider.create(specOf(image, { profile: 'builder' }), { signal });
    const key = `links-${process.pid}`;
    const script = `rm -rf /workspace && ln -s ${outside} /workspace && ls -ld /workspace`;
    expect(await sh(builder, script, { cwd: '/' })).toMatchObject({ exitCode: 0 });
    const snapshot = await provider.snapshots.save(builder, { key, title: 'links' }, { signal });
    const made = provider.create(specOf(image, { snapshot }), { signal });
    await expect(made).rejects.toThrow('symbolic link in the way of /workspace');
    expect(await exists(target)).toBe(false);
    await provider.snapshots.remove(key, { signal });
  });

  test('what a dead process left is reaped, the living and the kept stay', async () => {
    const dead = await createBubblewrapProvider({ ...host, pid: await deadPid() }, { signal });
    const left = await dead.create(specOf(image), { signal });
    const kept = await dead.create(specOf(image), { signal });
    await kept.keep({ signal });
    await using living = await provider.create(specOf(image), { signal });
    const { removed } = await provider.reap({ signal });
    expect(removed.map(({ id }) => id)).toEqual([left.id]);
    await expect(sh(left, 'true')).rejects.toMatchObject({ code: 'sandbox-lost' });
    expect((await sh(living, 'echo here')).out).toBe('here\n');
    expect((await sh(kept, 'echo here')).out).toBe('here\n');
    const leftovers = await provider.leftovers({ signal });
    expect(leftovers.find(({ id }) => id === kept.id)).toMatchObject({ inUse: true });
    await provider.remove({ kind: 'folder', id: kept.id, bytes: 0, inUse: true }, { signal });
    await expect(sh(kept, 'true')).rejects.toMatchObject({ code: 'sandbox-lost' });
    await dead[Symbol.asyncDispose]();
  });

  test('the least recently used snapshot goes first, never one in use', async () => {
    const small = await createBubblewrapProvider(host, { signal, snapshotBudgetBytes: 900_000 });
    const save = async (key: string): Promise<void> => {
      await using builder = await small.create(specOf(image, { profile: 'builder' }), { signal });
      await sh(builder, 'head -c 400000 /dev/urandom > data');
      const { id } = await small.snapshots.save(builder, { key, title: key }, { signal });
      // As if it had been used an hour ago; what was handed out just now is spared.
      const before = new Date(Date.now() - 3_600_000);
      await utimes(path.join(id, 'snapshot.json'), before, before);
    };
    await save('first');
    await save('second');
    const snapshot = { key: 'first', id: '' };
    const user = await small.create(specOf(image, { snapshot }), { signal });
    await save('third');
    expect(await small.snapshots.find('second', { signal })).toBeNull();
    expect(await small.snapshots.find('first', { signal })).not.toBeNull();
    expect(await small.snapshots.find('third', { signal })).not.toBeNull();
    for (const key of ['first', 'third']) await small.snapshots.remove(key, { signal });
    await user[Symbol.asyncDispose]();
    await small[Symbol.asyncDispose]();
  });

  test('a builder may go on from a snapshot', async () => {
    for (const [key, from] of [
      ['lower', null],
      ['upper', 'lower'],
    ] as const) {
      const snapshot = from === null ? null : { key: from, id: '' };
      const spec = specOf(image, { profile: 'builder', snapshot });
      await using builder = await provider.create(spec, { signal });
      await sh(builder, `echo ${key} > ${key}; cat lower`);
      await provider.snapshots.save(builder, { key, title: key }, { signal });
    }
    const snapshot = await provider.snapshots.find('upper', { signal });
    await using trial = await provider.create(specOf(image, { snapshot }), { signal });
    expect((await sh(trial, 'cat lower upper')).out).toBe('lower\nupper\n');
  });

  test('a shell opens inside, without the variables of whoever opens it', async () => {
    await using box = await provider.create(specOf(image), { signal });
    const [program = '', ...args] = box.shellCommand() ?? [];
    const shell = spawn(program, args, { env: { ...process.env, SECRET_KEY: 'secret' } });
    shell.stdin.end('pwd; env; echo was here > note\n');
    let said = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await once(shell, 'close');
    expect(said).toContain('/workspace/project\n');
    expect(said).not.toContain('secret');
    expect((await sh(box, 'cat note')).out).toBe('was here\n');
  });

  test('images by name are refused with what to do', async () => {
    const source = { kind: 'image', image: 'python:3.12' } as const;
    const made = provider.resolveImage(source, { signal, onProgress: () => undefined });
    await expect(made).rejects.toMatchObject({ code: 'unsupported-environment' });
    await expect(made).rejects.toThrow('--sandbox docker');
  });

  test('an unusual working folder is refused, not quoted', async () => {
    const made = provider.create(specOf(image, { workdir: '/work space/$(id)' }), { signal });
    await expect(made).rejects.toMatchObject({ code: 'unsupported-environment' });
  });

  test('without user namespaces there is a clear error and check', async () => {
    const bin = path.join(folder.path, 'bin');
    await mkdir(bin);
    // The kernel itself refuses: every program runs where no further user namespace may be made.
    for (const name of ['bwrap', 'unshare']) {
      const script = `#!/bin/sh
exec /usr/bin/unshare --user --map-root-user sh -c 'echo 0 > /proc/sys/user/max_user_namespaces
exec setpriv --bounding-set=-all --inh-caps=-all /usr/bin/${name} "$@"' sh "$@"\n`;
      await writeFile(path.join(bin, name), script);
      await chmod(path.join(bin, name), 0o755);
    }
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const refused = nodeHost({ env, cacheDir: host.cacheDir });
    const made = createBubblewrapProvider(refused, { signal });
    await expect(made).rejects.toMatchObject({ code: 'no-sandbox' });
    await expect(made).rejects.toThrow('user namespaces');
    const checks = await doctorChecks(refused, { signal });
    const check = checks.find(({ id }) => id === 'bubblewrap');
    expect(check?.ok).toBe(false);
    expect(check?.fix).not.toBe('');
  });

  test('a sandbox leaves neither folder nor cgroup', async () => {
    const box = await provider.create(specOf(image), { signal });
    const record = path.join(host.cacheDir, 'bubblewrap');
    const text = await readFile(await findRecord(record, box.id), 'utf8');
    const { cgroups } = JSON.parse(text) as { cgroups: string[] };
    await box[Symbol.asyncDispose]();
    for (const cgroup of cgroups) expect(await exists(cgroup)).toBe(false);
    const left = await provider.leftovers({ signal });
    expect(left.map(({ id }) => id)).not.toContain(box.id);
  });
});

async function findRecord(folder: string, id: string): Promise<string> {
  for (const mode of ['root', 'range', 'single']) {
    const file = path.join(folder, mode, 'sandboxes', id, 'sandbox.json');
    if (await exists(file)) return file;
  }
  throw new Error(`no record of sandbox ${id}`);
}
