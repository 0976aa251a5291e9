import { describe, expect, it, test } from 'vitest';
import { byteSizeSchema, parseByteSize } from '../../../src/runner/model';
import { emulationWarning } from '../../../src/runner/sandbox/pull/emulation';
import { bytesOf } from '../../../src/runner/sandbox/pull/imageLedger';
import {
  familyOf,
  mirrored,
  parseImageName,
  parseMirrors,
} from '../../../src/runner/sandbox/pull/imageName';
import { RegistryGate } from '../../../src/runner/sandbox/pull/registryGate';
import { testHost } from '../../support/temp';

test.each([
  ['python', 'docker.io', 'library/python', ':latest'],
  ['python:3.10-slim', 'docker.io', 'library/python', ':3.10-slim'],
  ['swebench/sweb.eval:latest', 'docker.io', 'swebench/sweb.eval', ':latest'],
  ['index.docker.io/a/b', 'docker.io', 'a/b', ':latest'],
  ['ghcr.io/epoch/swe:v1', 'ghcr.io', 'epoch/swe', ':v1'],
  ['localhost/a', 'localhost', 'a', ':latest'],
  ['127.0.0.1:5000/a/b@sha256:12', '127.0.0.1:5000', 'a/b', '@sha256:12'],
])('%s', (name, registry, repository, reference) => {
  expect(parseImageName(name)).toEqual({ registry, repository, reference });
});

describe('mirrors', () => {
  it('stand for Docker Hub, or for the registry that they name', () => {
    const mirrors = parseMirrors('m.test/hub/, ghcr.io=m.test:5000/ghcr');
    expect(mirrored('a/b:1', mirrors)).toBe('m.test/hub/a/b:1');
    expect(mirrored('python', mirrors)).toBe('m.test/hub/library/python:latest');
    expect(mirrored('ghcr.io/a/b@sha256:1', mirrors)).toBe('m.test:5000/ghcr/a/b@sha256:1');
    expect(mirrored('quay.io/a/b:1', mirrors)).toBe('quay.io/a/b:1');
    expect(parseMirrors('').size).toBe(0);
  });

  it.each(['https://m.test/hub', 'a b', 'x=', 'user:pass@m.test'])('are not %s', (text) => {
    expect(() => parseMirrors(text)).toThrow(expect.objectContaining({ code: 'invalid-config' }));
  });
});

test('images of one repository are a family, others are not', () => {
  const django = familyOf('swebench/sweb.eval.x86_64.django_1776_django-11039:latest');
  expect(familyOf('swebench/sweb.eval.x86_64.django_1776_django-9:latest')).toBe(django);
  expect(familyOf('swebench/sweb.eval.x86_64.sympy_1776_sympy-9:latest')).not.toBe(django);
  expect(familyOf('o/images:one-1')).not.toBe(familyOf('o/images:two-1'));
});

test('layers that images share count once', () => {
  const layer = (id: string, bytes: number): { id: string; bytes: number } => ({ id, bytes });
  const images = [
    { layers: [layer('base', 10), layer('a', 1)] },
    { layers: [layer('base', 10), layer('b', 2)] },
  ];
  expect(bytesOf(images)).toBe(13);
});

test.each([
  ['50GB', 50e9],
  ['1.5 TiB', 1.5 * 1024 ** 4],
  ['800mb', 800e6],
  ['1024', 1024],
  ['', null],
  ['fifty', null],
  ['5 XB', null],
])('the size %j', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
  expect(byteSizeSchema.safeParse(text).success).toBe(bytes !== null);
});

describe('the rate limit of a registry', () => {
  const options = { signal: new AbortController().signal, onProgress: () => undefined };

  it('closes it for all, once for refusals that were under way together, and longer each time', async () => {
    const gate = new RegistryGate('r.test', { pausesMs: [20, 60], patienceMs: 10_000 });
    const first = await gate.enter(options);
    expect(gate.refused(first, null)).toBe(true);
    expect(gate.refused(first, null)).toBe(true);
    const second = await gate.enter(options);
    expect(second - first).toBeGreaterThanOrEqual(20);
    expect(gate.refused(second, null)).toBe(true);
    const third = await gate.enter(options);
    expect(third - second).toBeGreaterThanOrEqual(60);
    // What the registry says counts where it is longer; beyond all patience it is given up.
    expect(gate.refused(third, 60_000)).toBe(false);
    gate.answered();
    expect(gate.refused(third, null)).toBe(true);
  });

  it('lets nobody wait who was cancelled', async () => {
    const gate = new RegistryGate('r.test', { pausesMs: [60_000] });
    gate.refused(await gate.enter(options), null);
    const stop = new AbortController();
    const said: string[] = [];
    const waiting = gate.enter({ signal: stop.signal, onProgress: (line) => said.push(line) });
    const reason = new Error('no more');
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(said.join()).toContain('goes on in 60 s');
  });
});

test('what emulation costs is said on another processor alone', () => {
  const names = ['swebench/sweb.eval.x86_64.a_1776_b-1:latest', 'python:3.10'];
  expect(emulationWarning(names, testHost('/tmp', { arch: 'arm64' }))).toContain('1 of the images');
  expect(emulationWarning(names, testHost('/tmp', { arch: 'x64' }))).toBeNull();
});
