import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Layout, SandboxRecord } from '../../../src/runner/sandbox/bubblewrap/records';
import {
  makeRecorded,
  readRecord,
  removeDrafts,
} from '../../../src/runner/sandbox/bubblewrap/records';
import { formatOwner, ownerOf } from '../../../src/runner/sandbox/labels';
import { temporaryFolder, testHost } from '../../support/temp';

async function layoutIn(base: string): Promise<Layout> {
  const sandboxes = path.join(base, 'sandboxes');
  await mkdir(sandboxes);
  return { base, sandboxes, roots: path.join(base, 'roots'), snapshots: path.join(base, 'snaps') };
}

function recordOf(owner: string): SandboxRecord {
  return { owner, process: null, kept: false, snapshots: [], cgroups: [], labels: {} };
}

test('a sandbox has its record from the first moment, and nothing stays of one that could not have it', async () => {
  await using folder = await temporaryFolder();
  const layout = await layoutIn(folder.path);
  const record = recordOf(formatOwner(ownerOf(testHost(folder.path))));
  const made = await makeRecorded(layout, 'one', record);
  expect(await readRecord(made)).toEqual(record);
  // A file is in the way.
  await writeFile(path.join(layout.sandboxes, 'two'), '');
  await expect(makeRecorded(layout, 'two', record)).rejects.toThrow();
  expect((await readdir(layout.sandboxes)).toSorted()).toEqual(['one', 'two']);
});

test('what a process left that died while it made a sandbox is removed, and no other', async () => {
  await using folder = await temporaryFolder();
  const host = testHost(folder.path, { hostname: 'a machine/ä' });
  const layout = await layoutIn(folder.path);
  const own = ownerOf(host);
  const draftOf = (id: string, owner: string): string =>
    `.making ${id} ${encodeURIComponent(owner)}`;
  const living = draftOf('a', formatOwner(own));
  const elsewhere = draftOf('b', formatOwner({ ...own, hostname: 'other' }));
  const dead = draftOf('c', formatOwner({ ...own, started: '1' }));
  for (const name of [living, elsewhere, dead, 'd']) await mkdir(path.join(layout.sandboxes, name));
  await removeDrafts(layout, host);
  expect((await readdir(layout.sandboxes)).toSorted()).toEqual([living, elsewhere, 'd'].toSorted());
});
