import { execFileSync } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { calculator, fixedCalculator, TestRepository } from '../../support/repositories';
import { Bench, patient } from '../../support/runs';
import { sandboxes, testCache } from '../../support/sandboxes';
import { canMount } from '../../support/smallDisk';
import { temporaryFolder } from '../../support/temp';

/** As a container's own root is, and for the same reason as a network's file system: no overlay can write to it. */
describe.skipIf(!canMount || !sandboxes.includes('bubblewrap'))('a cache on an overlay', () => {
  let folder: { path: string } & AsyncDisposable;
  let container: string;
  let cacheDir: string;
  let row: object;

  beforeEach(async () => {
    folder = await temporaryFolder();
    const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) =>
      path.join(folder.path, name),
    ) as [string, string, string];
    container = path.join(folder.path, 'container');
    for (const name of [lower, upper, work, container]) await mkdir(name);
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    execFileSync('mount', ['-t', 'overlay', '-o', layers, 'overlay', container]);
    cacheDir = await testCache(container);
    const repository = await TestRepository.make(path.join(container, 'calculator'), calculator);
    row = {
      task_id: 'tiny',
      repo: repository.path,
      ref: await repository.head(),
      patch: await repository.patch({ 'calc/__init__.py': fixedCalculator }),
      timeouts: patient,
      test_command: 'grep -q "a + b" calc/__init__.py',
    };
  });
  afterEach(async () => {
    execFileSync('umount', ['-l', container]);
    await folder[Symbol.asyncDispose]();
  });

  async function run(tempDir: string): Promise<string> {
    const logged: string[] = [];
    const log = (_: string, line: string): void => void logged.push(line);
    const bench = Bench.at('bubblewrap', container, { cacheDir, tempDir, log });
    try {
      const { done } = await bench.start([row], { tests_before: false });
      const { results } = await done;
      expect(results.map(({ status }) => status)).toEqual(['passed']);
      return logged.join('\n');
    } finally {
      await bench.runner[Symbol.asyncDispose]();
    }
  }

  test('leaves the environments to the disk of temporary files, where they are found again', async () => {
    const temp = path.join(folder.path, 'temp');
    await mkdir(temp);
    const logged = await run(temp);
    const place = path.join(temp, `.benchyard-cache-${String(process.getuid?.())}`);
    expect(logged).toContain(`are kept in ${place}`);
    const [mode = ''] = await readdir(path.join(place, 'bubblewrap'));
    const kept = await readdir(path.join(place, 'bubblewrap', mode, 'snapshots'));
    expect(kept.length).toBeGreaterThan(0);
    expect(await readdir(path.join(cacheDir, 'bubblewrap', mode, 'snapshots'))).toEqual([]);
    await run(temp);
    expect(await readdir(path.join(place, 'bubblewrap', mode, 'snapshots'))).toEqual(kept);
  });

  test('is refused with what to do where temporary files are no better', async () => {
    const temp = path.join(container, 'temp');
    await mkdir(temp);
    await expect(run(temp)).rejects.toThrow(/cache folder on a local disk \(BENCHYARD_CACHE\)/);
  });

  test('is not given to somebody else who has the name of the folder', async () => {
    const temp = path.join(folder.path, 'temp');
    await mkdir(temp);
    await symlink(container, path.join(temp, `.benchyard-cache-${String(process.getuid?.())}`));
    await expect(run(temp)).rejects.toThrow('BENCHYARD_CACHE');
  });
});
