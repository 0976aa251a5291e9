import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EnvironmentSource } from '../../../src/runner/index';
import { createDockerProvider } from '../../../src/runner/sandbox/docker';
import type { ResolvedImage, SandboxProvider } from '../../../src/runner/sandbox/sandbox';
import { TestRegistry } from '../../support/registry';
import { describeOn } from '../../support/sandboxes';
import { never, temporaryFolder, testHost } from '../../support/temp';

const pulls = {
  retryDelaysMs: [5, 5, 5],
  rateLimit: { pausesMs: [100, 200], patienceMs: 450 },
};

describeOn('docker', 'images', () => {
  const docker = new Docker();
  const made: string[] = [];
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let registry: TestRegistry;
  let provider: SandboxProvider;
  let said: string[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    provider = await createDockerProvider(testHost(folder.path), { pulls });
    registry = await TestRegistry.start(`content of ${process.pid}`);
  });
  afterAll(async () => {
    await provider[Symbol.asyncDispose]();
    for (const name of new Set(made)) await docker.getImage(name).remove({ force: true });
    await registry[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function resolve(source: EnvironmentSource, signal = never): Promise<ResolvedImage> {
    said = [];
    const image = await provider.resolveImage(source, {
      signal,
      onProgress: (line) => said.push(line),
    });
    made.push(image.name);
    return image;
  }

  const named = (image: string): EnvironmentSource => ({ kind: 'image', image });

  test('an image is pulled once, with progress, and then found', async () => {
    const name = registry.image('good');
    const image = await resolve(named(name));
    expect(image).toMatchObject({ name, note: null });
    expect(image.digest).toMatch(/^sha256:/);
    expect(said[0]).toBe(`Pulling ${name}.`);
    expect(said.at(-1)).toContain('1 of 1 layers');
    const asked = registry.asked.get('good');
    expect(await resolve(named(name))).toEqual(image);
    expect(registry.asked.get('good')).toBe(asked);
    expect(said).toEqual([]);
  });

  test('a busy registry is asked again', async () => {
    const image = await resolve(named(registry.image('busy')));
    expect(image.note).toBeNull();
    // Once or twice: engines ask again by themselves after some of the answers.
    expect(said.filter((line) => line.includes('Trying again')).length).toBeGreaterThan(0);
  });

  test('a registry that stays busy is a retryable error with its reason', async () => {
    const outcome = resolve(named(registry.image('always-busy')));
    await expect(outcome).rejects.toMatchObject({ code: 'image-unavailable', retryable: true });
    await expect(outcome).rejects.toThrow(/toomanyrequests/i);
    expect(said.filter((line) => line.includes('limits how often')).length).toBeGreaterThan(1);
  });

  test.each([
    ['missing', /manifest unknown|not found/i],
    ['denied', /denied/i],
    ['corrupt', /verif/i],
  ] as const)('%s is final, with its reason', async (behaviour, reason) => {
    const outcome = resolve(named(registry.image(behaviour)));
    await expect(outcome).rejects.toMatchObject({ code: 'image-unavailable', retryable: false });
    await expect(outcome).rejects.toThrow(reason);
    expect(said.filter((line) => line.includes('Trying again'))).toEqual([]);
  });

  test('no registry at all is told as unreachable', async () => {
    const outcome = resolve(named('127.0.0.1:1/no/image:1'));
    await expect(outcome).rejects.toMatchObject({ code: 'image-unavailable', retryable: true });
    await expect(outcome).rejects.toThrow('cannot be reached');
  });

  test('cancelling a pull rejects with the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('no more');
    const outcome = resolve(named(registry.image('always-busy')), stop.signal);
    stop.abort(reason);
    await expect(outcome).rejects.toBe(reason);
  });

  test('a Dockerfile is built once for each content of its context', async () => {
    const context = path.join(folder.path, 'built');
    await mkdir(context);
    await resolve(named(registry.image('good')));
    const dockerfile = path.join(context, 'Dockerfile');
    await writeFile(dockerfile, `FROM ${registry.image('good')}\nCOPY . /built\n`);
    await writeFile(path.join(context, '.dockerignore'), 'secret*\n');
    await writeFile(path.join(context, 'file.txt'), 'one');
    const source: EnvironmentSource = { kind: 'dockerfile', dockerfile, context };
    const image = await resolve(source);
    expect(said).toContainEqual(expect.stringMatching(/^Step 2\/\d+ : COPY/));
    await writeFile(path.join(context, 'secret.txt'), 'never sent');
    expect(await resolve(source)).toEqual(image);
    expect(said).toEqual([]);
    await writeFile(path.join(context, 'file.txt'), 'two');
    expect((await resolve(source)).digest).not.toBe(image.digest);
  });

  test('a failed build shows the step and its output', async () => {
    const dockerfile = path.join(folder.path, 'Failing');
    await writeFile(dockerfile, `FROM ${registry.image('good')}\nRUN ["/no/such/program"]\n`);
    const outcome = resolve({ kind: 'dockerfile', dockerfile, context: folder.path });
    await expect(outcome).rejects.toMatchObject({ code: 'image-unavailable' });
    await expect(outcome).rejects.toThrow(/Step 2\/\d+ : RUN/);
    await expect(outcome).rejects.toThrow('/no/such/program');
  });

  test('a missing Dockerfile and a missing context are told', async () => {
    const dockerfile = path.join(folder.path, 'nowhere', 'Dockerfile');
    await expect(resolve({ kind: 'dockerfile', dockerfile })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('a devcontainer names its image, and what is left out is said', async () => {
    const file = path.join(folder.path, 'devcontainer.json');
    const image = registry.image('good');
    await writeFile(file, `{ // the environment\n "image": "${image}", "features": {}, }`);
    const found = await resolve({ kind: 'devcontainer', devcontainer: file });
    expect(found).toMatchObject({ name: image, note: 'devcontainer.json: "features" is ignored.' });
  });
});
