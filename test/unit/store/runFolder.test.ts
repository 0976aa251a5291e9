import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RunnerError } from '../../../src/runner/model';
import { livingOwner, lockRun } from '../../../src/runner/store/ownerLock';
import { listRunFolders, makeRunFolder, safeName } from '../../../src/runner/store/runFolder';
import { temporaryFolder, testHost } from '../../support/temp';

let folder: { path: string } & AsyncDisposable;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

test('run folders are named by time and agent, and nobody gets one twice', async () => {
  const out = path.join(folder.path, 'out');
  const now = new Date('2026-01-31T08:05:09.123Z');
  const made = await Promise.all(
    Array.from({ length: 12 }, () => makeRunFolder(out, 'aide/dev', now)),
  );
  expect(new Set(made).size).toBe(12);
  const name = '2026-01-31T08-05-09-UTC_run-group_aide';
  expect(made.map((run) => path.basename(run)).sort()).toEqual(
    [name, ...Array.from({ length: 11 }, (_, n) => `${name}-${n + 2}`)].sort(),
  );
  await makeRunFolder(out, 'gold', new Date('2026-02-01T00:00:00Z'));
  await mkdir(path.join(out, 'something else'));
  await writeFile(path.join(out, 'file_run-group_x'), '');
  const listed = (await listRunFolders(out)).map((run) => path.basename(run));
  expect(listed).toHaveLength(13);
  expect(listed.slice(0, 2)).toEqual(['2026-02-01T00-00-00-UTC_run-group_gold', `${name}-12`]);
  expect(await listRunFolders(path.join(folder.path, 'nowhere'))).toEqual([]);
});

test.each([
  ['django__django-1', 'django__django-1'],
  ['a/b:c d', 'a_b_c_d'],
  ['../../etc', '__.._etc'],
  ['..', '_'],
  ['', '_'],
  ['ü'.repeat(3), '___'],
  ['x'.repeat(300), 'x'.repeat(120)],
])('%j is safe as a folder: %j', (text, safe) => {
  expect(safeName(text)).toBe(safe);
});

describe('lockRun', () => {
  const run = async (name: string): Promise<string> => {
    const runDir = path.join(folder.path, name);
    await mkdir(runDir);
    return runDir;
  };
  const refusal = async (attempt: Promise<unknown>): Promise<RunnerError> => {
    const error: unknown = await attempt.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!RunnerError.is(error, 'locked')) throw new Error(`not refused: ${String(error)}`);
    return error;
  };

  test('one at a time; the other is told who has it', async () => {
    const runDir = await run('held');
    const host = testHost(folder.path);
    const release = await lockRun(runDir, host);
    expect(await livingOwner(runDir, host)).toMatchObject({ pid: host.pid });
    expect((await refusal(lockRun(runDir, host))).message).toContain(
      `process ${host.pid} on ${host.hostname}`,
    );
    await release();
    expect(await livingOwner(runDir, host)).toBeNull();
    expect(await readdir(runDir)).toEqual([]);
    await (
      await lockRun(runDir, host)
    )();
  });

  test('what a dead process held is free at once', async () => {
    const runDir = await run('dead');
    const dead = testHost(folder.path, { pid: 2 ** 22 + 1, startTimeOf: () => 'long ago' });
    await lockRun(runDir, dead);
    const living = testHost(folder.path);
    expect(await livingOwner(runDir, living)).toBeNull();
    await (
      await lockRun(runDir, living)
    )();
  });

  test('a process id that was used again is not the holder', async () => {
    const runDir = await run('reused');
    await lockRun(runDir, testHost(folder.path, { startTimeOf: () => 'another life' }));
    const now = testHost(folder.path);
    expect(await livingOwner(runDir, now)).toBeNull();
    await (
      await lockRun(runDir, now)
    )();
  });

  test('a holder on another machine counts while its lock is fresh', async () => {
    const runDir = await run('elsewhere');
    const here = testHost(folder.path);
    const release = await lockRun(runDir, testHost(folder.path, { hostname: 'elsewhere' }));
    expect(await livingOwner(runDir, here)).toMatchObject({ hostname: 'elsewhere' });
    expect((await refusal(lockRun(runDir, here))).message).toContain('on elsewhere');
    await release();

    // It died without a word: its lock is old.
    await writeFile(
      path.join(runDir, '.owner.json'),
      JSON.stringify({ hostname: 'elsewhere', pid: 1, startTime: '1', since: 'then' }),
    );
    await mkdir(path.join(runDir, '.lock'));
    const old = new Date(Date.now() - 60_000);
    await utimes(path.join(runDir, '.lock'), old, old);
    expect(await livingOwner(runDir, here)).toBeNull();
    await (
      await lockRun(runDir, here)
    )();
  });

  test('an owner that cannot be read is nobody', async () => {
    const runDir = await run('torn');
    await writeFile(path.join(runDir, '.owner.json'), '{"pid": ');
    const host = testHost(folder.path);
    expect(await livingOwner(runDir, host)).toBeNull();
    await (
      await lockRun(runDir, host)
    )();
    await rm(runDir, { recursive: true });
  });
});
