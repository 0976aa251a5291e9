import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { buildOnce } from '../../../src/runner/sandbox/buildOnce';
import { never, temporaryFolder } from '../../support/temp';

const options = { signal: never, onProgress: () => undefined, waiting: 'waiting' };

test('several at a time build once, and those who wait are told', async () => {
  await using folder = await temporaryFolder();
  const target = path.join(folder.path, 'cache', 'thing');
  let builds = 0;
  const said: string[] = [];
  const build = async (temporary: string): Promise<void> => {
    builds += 1;
    await writeFile(path.join(temporary, 'file'), 'whole');
  };
  const onProgress = (line: string): void => void said.push(line);
  await Promise.all([1, 2, 3].map(() => buildOnce(target, build, { ...options, onProgress })));
  expect(builds).toBe(1);
  expect(await readFile(path.join(target, 'file'), 'utf8')).toBe('whole');
  expect(said.length).toBeLessThanOrEqual(2);
  expect(await readdir(path.dirname(target))).toEqual(['thing']);
});

test('a failed build leaves nothing, and the next may succeed', async () => {
  await using folder = await temporaryFolder();
  const target = path.join(folder.path, 'thing');
  const failing = buildOnce(target, () => Promise.reject(new Error('broken')), options);
  await expect(failing).rejects.toThrow('broken');
  expect(await readdir(folder.path)).toEqual([]);
  await buildOnce(target, () => Promise.resolve(), options);
  expect(await readdir(folder.path)).toEqual(['thing']);
});

test('what a killed build left is removed by the next', async () => {
  await using folder = await temporaryFolder();
  const target = path.join(folder.path, 'thing');
  await mkdir(path.join(folder.path, '.building-thing-1'));
  await mkdir(path.join(folder.path, '.building-other-1'));
  await buildOnce(target, () => Promise.resolve(), options);
  expect(await readdir(folder.path)).toEqual(['.building-other-1', 'thing']);
});

test('waiting ends with the reason when it is cancelled', async () => {
  await using folder = await temporaryFolder();
  const target = path.join(folder.path, 'thing');
  const stop = new AbortController();
  const reason = new Error('no');
  const impatient = {
    ...options,
    signal: stop.signal,
    onProgress: () => {
      stop.abort(reason);
    },
  };
  // The second starts while the first is building, and gives up before it ends.
  const build = (): Promise<void> =>
    expect(buildOnce(target, () => Promise.resolve(), impatient)).rejects.toBe(reason);
  await buildOnce(target, build, options);
  expect(await readdir(folder.path)).toEqual(['thing']);
});
