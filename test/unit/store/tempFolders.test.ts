import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  abandonedFolders,
  makeTempFolder,
  removeAbandonedFolders,
} from '../../../src/runner/store/tempFolders';
import { temporaryFolder, testHost } from '../../support/temp';

test('temporary folders of dead processes are found by their names, and nobody else touched', async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const tempDir = path.join(folder.path, 'not there yet');
  const host = testHost(folder.path, { tempDir });
  expect(await abandonedFolders(host)).toEqual([]);
  const living = await makeTempFolder(host, 'view');
  const dead = await makeTempFolder({ ...host, pid: 2 ** 22 + 1 }, 'view');
  // The same id, given to another process since.
  const before = await makeTempFolder({ ...host, startTimeOf: () => '1' }, 'commit');
  // Another machine's, or another container's, of which nobody here can tell whether it lives.
  const elsewhere = { ...host, hostname: 'elsewhere', pid: 2 ** 22 + 1 };
  const foreign = await makeTempFolder(elsewhere, 'view');
  await mkdir(path.join(tempDir, 'benchyard-test-x'));
  expect([...(await abandonedFolders(host))].sort()).toEqual([dead, before].sort());
  expect(await removeAbandonedFolders(host)).toBe(2);
  expect((await readdir(tempDir)).sort()).toEqual(
    [path.basename(living), path.basename(foreign), 'benchyard-test-x'].sort(),
  );
});
