import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import PQueue from 'p-queue';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Host } from '../../../src/runner/index';
import type { DockerProviderOptions } from '../../../src/runner/sandbox/docker';
import { createDockerProvider } from '../../../src/runner/sandbox/docker';
import type {
  ResolvedImage,
  SandboxLeftover,
  SandboxProvider,
} from '../../../src/runner/sandbox/sandbox';
import { diskUseOf, removeImagesOf } from '../../support/engineImages';
import type { TestLayer } from '../../support/imageRegistry';
import { ImageRegistry } from '../../support/imageRegistry';
import { describeOn } from '../../support/sandboxes';
import { never, temporaryFolder, testHost } from '../../support/temp';

const kb = 1000;

describeOn('docker', 'pulling', () => {
  const docker = new Docker();
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let registry: ImageRegistry;
  const providers: SandboxProvider[] = [];
  const said: string[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    registry = await ImageRegistry.start();
  });
  afterEach(async () => {
    for (const provider of providers.splice(0)) await provider[Symbol.asyncDispose]();
    await removeImagesOf(docker, registry.address);
    registry.allowance = Number.POSITIVE_INFINITY;
    registry.asked.length = 0;
    said.length = 0;
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** A user of the engine with a cache of this test's own. */
  async function open(
    name: string,
    options: DockerProviderOptions = {},
    host: Partial<Host> = {},
  ): Promise<SandboxProvider> {
    const place = path.join(folder.path, name);
    await mkdir(place, { recursive: true });
    const pulls = { retryDelaysMs: [5, 5, 5], rateLimit: { pausesMs: [50], patienceMs: 20_000 } };
    const provider = await createDockerProvider(testHost(place, host), { pulls, ...options });
    providers.push(provider);
    return provider;
  }

  function want(
    provider: SandboxProvider,
    image: string,
    options: { readonly ahead?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<ResolvedImage> {
    return provider.resolveImage(
      { kind: 'image', image },
      { signal: never, onProgress: (line) => said.push(line), ...options },
    );
  }

  /** Images of one repository: a layer that all share, and one of their own each. */
  async function family(name: string, count: number, ownBytes: number): Promise<Family> {
    const base = await ImageRegistry.layer(600 * kb);
    const own = await Promise.all(
      Array.from({ length: count }, () => ImageRegistry.layer(ownBytes)),
    );
    const names = own.map((layer, n) => registry.add(`test/${name}-${n}`, [base, layer]));
    return { base, own, names };
  }

  test('several who want an image wait for one pull, and the first of a family goes alone', async () => {
    const provider = await open('together');
    const { base, own, names } = await family('together', 3, 20 * kb);
    const wanted = [...names, ...names].map((name) => want(provider, name));
    const images = await Promise.all(wanted);
    expect(new Set(images.map(({ digest }) => digest)).size).toBe(3);
    for (const layer of [base, ...own]) expect(registry.loads(layer)).toBe(1);
    const [opener] = registry.asked;
    const shared = registry.asked.findIndex(({ digest }) => digest === base.blob.digest);
    const others = registry.asked
      .slice(0, shared)
      .filter(({ repository }) => repository !== opener?.repository);
    expect(others).toEqual([]);
  });

  test('many images in a small budget, which is never exceeded', async () => {
    const { base, names } = await family('many', 30, 300 * kb);
    const [mine = ''] = names;
    await once((await docker.pull(mine)).resume(), 'end');
    const budgetBytes = 4000 * kb;
    const provider = await open('many', { images: { budgetBytes } });
    let most = 0;
    const measure = async (): Promise<void> => {
      most = Math.max(most, await diskUseOf(docker, registry.address));
    };
    const trials = new PQueue({ concurrency: 3 });
    for (const [n, name] of names.entries()) {
      void trials.add(async () => {
        const next = names[n + 4];
        if (next !== undefined) void want(provider, next, { ahead: true }).catch(() => undefined);
        const image = await want(provider, name);
        await measure();
        expect(await docker.getImage(image.digest).inspect()).toBeDefined();
        provider.releaseImage(image);
      });
    }
    await trials.onIdle();
    expect(most).toBeGreaterThan(1500 * kb);
    expect(most).toBeLessThanOrEqual(budgetBytes);
    // The shared layer stayed, and so did what was there before.
    expect(registry.loads(base)).toBe(1);
    expect(await docker.getImage(mine).inspect()).toBeDefined();
  });

  test('two processes keep within one budget together', async () => {
    const worker = path.join(folder.path, 'pullWorker.cjs');
    const bundle = ['test/support/bundle.mjs', 'test/support/pullWorker.ts', worker];
    await run(process.execPath, bundle);
    const { names } = await family('processes', 14, 300 * kb);
    const budgetBytes = 4000 * kb;
    const cache = path.join(folder.path, 'shared-cache');
    await mkdir(cache);
    const halves = [names.slice(0, 9), names.slice(5)];
    const ended = Promise.all(
      halves.map((half) => run(process.execPath, [worker, cache, String(budgetBytes), ...half])),
    );
    const most = await highest(ended, () => diskUseOf(docker, registry.address));
    expect(most).toBeGreaterThan(1000 * kb);
    expect(most).toBeLessThanOrEqual(budgetBytes);
  });

  test('what was pulled is listed for cleaning up, and removed when nobody needs it', async () => {
    const provider = await open('clean');
    const name = registry.add('test/clean-1', [await ImageRegistry.layer(40 * kb)]);
    const image = await want(provider, name);
    const find = async (): Promise<readonly SandboxLeftover[]> =>
      (await provider.leftovers({ signal: never })).filter(({ id }) => id === name);
    expect(await find()).toEqual([{ kind: 'image', id: name, bytes: 40 * kb, inUse: true }]);
    provider.releaseImage(image);
    await expect.poll(find).toMatchObject([{ inUse: false }]);
    for (const leftover of await find()) await provider.remove(leftover, { signal: never });
    expect(await find()).toEqual([]);
    await expect(docker.getImage(name).inspect()).rejects.toThrow(/no such image/i);
  });

  test('an image that cannot fit is told with both sizes', async () => {
    const provider = await open('large', { images: { budgetBytes: 500 * kb } });
    const name = registry.add('test/large-1', [await ImageRegistry.layer(400 * kb)]);
    const outcome = want(provider, name);
    await expect(outcome).rejects.toMatchObject({ code: 'image-unavailable' });
    await expect(outcome).rejects.toThrow(/needs about 2 MB .* may take 1 MB.*image_budget/);
  });

  test('a trial waits until another one gives room back', async () => {
    const provider = await open('wait', { images: { budgetBytes: 2000 * kb } });
    const names = await Promise.all(
      [1, 2].map(async (n) =>
        registry.add(`test/wait${n}-1`, [await ImageRegistry.layer(400 * kb)]),
      ),
    );
    const [one = '', two = ''] = names;
    const first = await want(provider, one);
    const second = want(provider, two);
    await expect.poll(() => said).toContainEqual(expect.stringContaining('waits for room'));
    provider.releaseImage(first);
    expect((await second).name).toBe(two);
    expect(said.filter((line) => line.includes('waits for room'))).toHaveLength(1);
    await expect(docker.getImage(one).inspect()).rejects.toThrow(/no such image/i);
  });

  test('a rate limit stops all pulls until the registry allows them, and none fails', async () => {
    const provider = await open('limited');
    const images = await Promise.all(
      [1, 2, 3, 4, 5].map(async (n) =>
        registry.add(`test/limited${n}-1`, [await ImageRegistry.layer(20 * kb)]),
      ),
    );
    registry.allowance = 2;
    registry.retryAfterS = 1;
    const all = Promise.all(images.map((name) => want(provider, name)));
    await expect.poll(() => said).toContainEqual(expect.stringContaining('limits how often'));
    const refusals = (): number => registry.asked.filter(({ status }) => status === 429).length;
    const refused = refusals();
    registry.allowance = Number.POSITIVE_INFINITY;
    expect(await all).toHaveLength(5);
    // Each of the pulls under way was refused, and Retry-After asked for once each: nobody hammered on.
    expect(refused).toBeLessThan(15);
    expect(said.join('\n')).toContain('No trial is lost by it');
  });

  test('a connection that breaks in the middle of a layer', async () => {
    const provider = await open('broken');
    const layer = await ImageRegistry.layer(300 * kb);
    registry.cuts = 1;
    const image = await want(provider, registry.add('test/broken-1', [layer]));
    expect(registry.cuts).toBe(0);
    expect((await docker.getImage(image.digest).inspect()).RootFS.Layers).toEqual([layer.diffId]);
  });

  test('cancelling one of two who wait leaves the other its pull; cancelling both ends it', async () => {
    const provider = await open('cancelled');
    let flowOn = (): void => undefined;
    registry.flow = new Promise((resolve) => (flowOn = resolve));
    const name = registry.add('test/cancelled-1', [await ImageRegistry.layer(100 * kb)]);
    const stop = new AbortController();
    const reason = new Error('no more');
    const one = want(provider, name, { signal: stop.signal });
    const two = want(provider, name);
    await expect.poll(() => said).toContain(`Pulling ${name}.`);
    stop.abort(reason);
    await expect(one).rejects.toBe(reason);
    flowOn();
    expect((await two).name).toBe(name);

    registry.flow = new Promise((resolve) => (flowOn = resolve));
    const other = registry.add('test/cancelled-2', [await ImageRegistry.layer(100 * kb)]);
    const both = new AbortController();
    const waiting = [1, 2].map(() => want(provider, other, { signal: both.signal }));
    await expect.poll(() => said).toContain(`Pulling ${other}.`);
    both.abort(reason);
    for (const each of waiting) await expect(each).rejects.toBe(reason);
    flowOn();
    registry.flow = Promise.resolve();
    await expect(docker.getImage(other).inspect()).rejects.toThrow(/no such image/i);
  });

  test('a mirror stands in for the registry, and is named in the result', async () => {
    const mirror = `${registry.address}/hub`;
    const name = registry.add('hub/owner/mirrored-1', [await ImageRegistry.layer(20 * kb)]);
    const provider = await open('mirror', { images: { mirror } });
    expect((await want(provider, 'owner/mirrored-1')).name).toBe(name);
    const byVariable = await open('variable', {}, { env: { BENCHYARD_IMAGE_MIRROR: mirror } });
    expect((await want(byVariable, 'docker.io/owner/mirrored-1:latest')).name).toBe(name);
  });

  test("the user's credentials reach the registry, from the file and from a helper, and are never told", async () => {
    registry.login = 'user:SECRETPASSWORD';
    const name = registry.add('test/closed-1', [await ImageRegistry.layer(20 * kb)]);
    const logged: string[] = [];
    const log = (_level: string, line: string): number => logged.push(line);
    const config = path.join(folder.path, 'config');
    await mkdir(config, { recursive: true });
    const env = { PATH: `${config}:${process.env['PATH'] ?? ''}`, DOCKER_CONFIG: config };
    try {
      const stranger = await open(
        'stranger',
        {},
        { env: { ...env, DOCKER_CONFIG: folder.path }, log },
      );
      await expect(want(stranger, name)).rejects.toThrow(/does not exist or is not public/);
      const auth = Buffer.from(registry.login).toString('base64');
      const file = path.join(config, 'config.json');
      await writeFile(file, JSON.stringify({ auths: { [registry.address]: { auth } } }));
      expect((await want(await open('known', {}, { env, log }), name)).name).toBe(name);

      await removeImagesOf(docker, registry.address);
      const helper = path.join(config, 'docker-credential-test');
      await writeFile(
        helper,
        '#!/bin/sh\nread server\necho "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"user\\",\\"Secret\\":\\"SECRETPASSWORD\\"}"\n',
      );
      await chmod(helper, 0o755);
      await writeFile(file, JSON.stringify({ credHelpers: { [registry.address]: 'test' } }));
      expect((await want(await open('helped', {}, { env, log }), name)).name).toBe(name);
      expect([...said, ...logged].join('\n')).not.toContain('SECRETPASSWORD');
    } finally {
      registry.login = null;
    }
  });

  test('on another processor the image is asked for by platform, with what that costs', async () => {
    const provider = await open('arm', {}, { arch: 'arm64' });
    const layer = await ImageRegistry.layer(20 * kb);
    const name = registry.add('test/sweb.eval.x86_64.o_1776_n-1', [layer]);
    // Before anything is pulled, and only where it is so.
    const source = { kind: 'image', image: name } as const;
    expect(provider.imageWarnings([source, null])).toEqual([
      expect.stringMatching(/^1 of the images exist for linux\/amd64 only .* 5 to 10 times/),
    ]);
    expect((await open('amd', {}, { arch: 'x64' })).imageWarnings([source])).toEqual([]);
    const image = await want(provider, name);
    expect(image.note).toMatch(/emulated by QEMU .* 5 to 10 times/);
  });
});

const run = promisify(execFile);

/** The highest of what is measured over and over until the work is done. */
async function highest(work: Promise<unknown>, measure: () => Promise<number>): Promise<number> {
  let most = 0;
  let done = false;
  const end = work.finally(() => (done = true));
  const isDone = (): boolean => done;
  while (!isDone()) most = Math.max(most, await measure());
  await end;
  return most;
}

interface Family {
  readonly base: TestLayer;
  readonly own: readonly TestLayer[];
  readonly names: readonly string[];
}
