import { mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { RunnerError } from '../../../src/runner/model/errors';
import { AttachDemultiplexer } from '../../../src/runner/sandbox/docker/attach';
import { containerConfig, layoutOf } from '../../../src/runner/sandbox/docker/containerConfig';
import { connectionOptions, endpointsOf } from '../../../src/runner/sandbox/docker/endpoint';
import { dockerError } from '../../../src/runner/sandbox/docker/errors';
import type { SandboxSpec } from '../../../src/runner/sandbox/sandbox';
import { temporaryFolder, testHost } from '../../support/temp';

const gib = 1024 ** 3;

const spec: SandboxSpec = {
  image: { name: 'image:1', digest: 'sha256:1', note: null },
  snapshot: null,
  profile: 'trial',
  network: true,
  workdir: '/workspace/project',
  limits: { memoryBytes: 2 * gib, cpus: 2, pids: 100, diskBytes: gib },
  env: {},
  labels: { run: 'r', owner: 'forged' },
};
const options = { name: 'n', owner: 'host/1/2', engineCores: 4 };

describe('the container of a sandbox', () => {
  test('a trial is offline, unprivileged, read-only and limited', () => {
    const { User, HostConfig, Labels, Image } = containerConfig(spec, options);
    expect({ User, Image }).toEqual({ User: '1000:1000', Image: 'sha256:1' });
    expect(HostConfig).toMatchObject({
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      CapAdd: [],
      ReadonlyRootfs: true,
      PidsLimit: 108,
      NanoCpus: 2e9,
      LogConfig: { Type: 'none' },
    });
    expect(HostConfig?.Memory).toBe(3 * gib);
    expect(HostConfig?.MemorySwap).toBe(HostConfig?.Memory);
    expect(HostConfig?.SecurityOpt).toEqual([
      'no-new-privileges',
      expect.stringContaining('io_uring_setup'),
    ]);
    expect(HostConfig?.Binds ?? HostConfig?.Mounts ?? []).toEqual([]);
    expect(Labels).toMatchObject({
      benchyard: '1',
      'benchyard.run': 'r',
      'benchyard.owner': 'host/1/2',
    });
  });

  test('all that a trial may write together is the disk limit', () => {
    const { HostConfig } = containerConfig(spec, options);
    const sizes = Object.values(HostConfig?.Tmpfs ?? {}).map((tmpfs) =>
      Number(/size=(\d+)/.exec(tmpfs)?.[1]),
    );
    expect(sizes.reduce((sum, size) => sum + size, HostConfig?.ShmSize ?? 0)).toBe(gib);
  });

  test('a builder is root with what package managers need, and network only when asked', () => {
    const builder = containerConfig({ ...spec, profile: 'builder' }, options);
    expect(builder.User).toBe('0:0');
    expect(builder.HostConfig?.NetworkMode).toBe('bridge');
    expect(builder.HostConfig?.CapDrop).toEqual(['ALL']);
    expect(builder.HostConfig?.CapAdd).not.toContain('SYS_ADMIN');
    const offline = containerConfig({ ...spec, profile: 'builder', network: false }, options);
    expect(offline.HostConfig?.NetworkMode).toBe('none');
  });

  test('a judge is root that can only become other users, with two small folders to write to', () => {
    const { User, HostConfig } = containerConfig({ ...spec, profile: 'judge' }, options);
    expect(User).toBe('0:0');
    expect(HostConfig).toMatchObject({
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      CapAdd: ['KILL', 'SETGID', 'SETUID'],
      ReadonlyRootfs: true,
    });
    const folders = HostConfig?.Tmpfs ?? {};
    expect(Object.keys(folders)).toEqual(['/tmp', '/dev/shm', '/dev/mqueue']);
    expect(folders['/dev/mqueue']).toMatch(/^ro,/);
    const seccomp = (profile: SandboxSpec['profile']): string =>
      JSON.stringify(containerConfig({ ...spec, profile }, options).HostConfig?.SecurityOpt);
    expect(seccomp('judge')).toContain('shmget');
    expect(seccomp('trial')).not.toContain('shmget');
  });

  test('an official image keeps a writable root, without capabilities', () => {
    const config = containerConfig({ ...spec, workdir: '/testbed' }, options);
    expect(config.User).toBe('0:0');
    expect(config.HostConfig?.ReadonlyRootfs).toBeUndefined();
    expect(config.HostConfig?.CapAdd).toEqual([]);
    expect(config.HostConfig?.Ulimits).toContainEqual({ Name: 'fsize', Soft: gib, Hard: gib });
  });

  test('a snapshot is what it starts from, and cores are capped by the engine', () => {
    const config = containerConfig(
      { ...spec, snapshot: { key: 'k', id: 'snap:k' } },
      { ...options, engineCores: 1 },
    );
    expect(config.Image).toBe('snap:k');
    expect(config.HostConfig?.NanoCpus).toBe(1e9);
  });

  test.each([
    ['/workspace/project', 'workspace'],
    ['/a/b/c', 'workspace'],
    ['/testbed', 'image'],
    ['/testbed/', 'image'],
    ['/', 'image'],
  ])('%s has the layout %s', (workdir, kind) => {
    expect(layoutOf({ workdir, profile: 'trial' }).kind).toBe(kind);
  });
});

describe('the attach stream of an engine', () => {
  test('gives stdout whole however it is cut, and keeps the end of stderr', async () => {
    const frame = (type: number, text: string): Buffer => {
      const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
      header.writeUInt32BE(Buffer.byteLength(text), 4);
      return Buffer.concat([header, Buffer.from(text)]);
    };
    const bytes = Buffer.concat([
      frame(1, 'one '),
      frame(2, 'x'.repeat(5000)),
      frame(2, 'why\n'),
      frame(1, ''),
      frame(1, 'twö'),
    ]);
    for (const size of [1, 3, 8, 11, 4096, bytes.length]) {
      const stream = new AttachDemultiplexer();
      for (let start = 0; start < bytes.length; start += size)
        stream.write(bytes.subarray(start, start + size));
      stream.end();
      const parts: Uint8Array[] = [];
      for await (const part of stream) parts.push(part as Uint8Array); // a transform of bytes
      expect(Buffer.concat(parts).toString()).toBe('one twö');
      expect(stream.stderrTail.endsWith('xwhy')).toBe(true);
      expect(stream.stderrTail.length).toBeLessThanOrEqual(4096);
    }
  });
});

describe('where an engine is looked for', () => {
  test('DOCKER_HOST is the only place when it is set', async () => {
    const host = testHost('/nowhere', { env: { DOCKER_HOST: 'tcp://10.0.0.1:2375' } });
    expect(await endpointsOf(host)).toEqual([
      { uri: 'tcp://10.0.0.1:2375', origin: 'DOCKER_HOST' },
    ]);
  });

  test('then the chosen Docker context', async () => {
    await using folder = await temporaryFolder();
    const digest = createHash('sha256').update('lab').digest('hex');
    const meta = path.join(folder.path, '.docker', 'contexts', 'meta', digest);
    await mkdir(meta, { recursive: true });
    await writeFile(path.join(folder.path, '.docker', 'config.json'), '{"currentContext":"lab"}');
    await writeFile(
      path.join(meta, 'meta.json'),
      '{"Endpoints":{"docker":{"Host":"ssh://me@lab"}}}',
    );
    const host = testHost(folder.path, { env: {}, homeDir: folder.path });
    const found = await endpointsOf(host);
    expect(found.map(({ uri }) => uri)).toEqual(['ssh://me@lab']);
  });

  test('else the usual sockets, the system one first', async () => {
    const host = testHost('/nowhere', {
      env: { XDG_RUNTIME_DIR: '/run/user/7' },
      homeDir: '/nowhere',
      platform: 'linux',
    });
    const found = (await endpointsOf(host)).map(({ uri }) => uri);
    expect(found[0]).toBe('unix:///var/run/docker.sock');
    expect(found).toContain('unix:///run/user/7/docker.sock');
  });

  test('an address is turned into a connection, a wrong one into an error', async () => {
    const host = testHost('/nowhere', { env: {} });
    const to = (uri: string) => connectionOptions({ uri, origin: 'DOCKER_HOST' }, host);
    expect(await to('unix:///x.sock')).toMatchObject({ socketPath: '/x.sock', host: undefined });
    expect(await to('tcp://h:99')).toMatchObject({ protocol: 'http', host: 'h', port: '99' });
    expect(await to('ssh://me@h')).toMatchObject({
      protocol: 'ssh',
      host: 'h',
      port: 22,
      username: 'me',
    });
    await expect(to('gopher://h')).rejects.toMatchObject({ code: 'invalid-config' });
  });
});

describe('what an engine answers', () => {
  const refusal = (message: string) => Object.assign(new Error(message), { statusCode: 500 });
  test.each([
    [Object.assign(new Error('connect EACCES'), { code: 'EACCES' }), 'docker-denied'],
    [
      Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
      'docker-unavailable',
    ],
    [refusal('write /var/lib: no space left on device'), 'disk-full'],
    [refusal('exec: "python3": executable file not found in $PATH: unknown'), 'image-unsuitable'],
    [refusal('No such image: x:1'), 'image-unavailable'],
    [refusal('something new'), 'docker-unavailable'],
  ])('becomes an error that says what to do: %s', (error, code) => {
    expect(dockerError('Cannot start', error)).toMatchObject({ code, cause: error });
  });

  test('keeps an error that says it already, and aborts', () => {
    const known = new RunnerError('sandbox-lost', 'gone');
    expect(dockerError('Cannot start', known)).toBe(known);
    const abort = new DOMException('stop', 'AbortError');
    expect(dockerError('Cannot start', abort)).toBe(abort);
  });
});
