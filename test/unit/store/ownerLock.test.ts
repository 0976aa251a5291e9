import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { RunnerError } from '../../../src/runner/model';
import { holdRun, livingOwner, lockRun } from '../../../src/runner/store/ownerLock';
import { temporaryFolder, testHost } from '../../support/temp';

let runDir: string;
beforeEach(async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  runDir = folder.path;
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'held',
    (error: unknown) => (RunnerError.is(error) ? error.code : String(error)),
  );
const ownerFile = (): string => path.join(runDir, '.owner.json');
const makeStale = async (): Promise<void> => {
  const old = new Date(Date.now() - 120_000);
  await utimes(path.join(runDir, '.lock'), old, old);
};

test('of many that find a dead holder, one gets the folder', async () => {
  for (let round = 0; round < 10; round += 1) {
    await lockRun(runDir, testHost(runDir, { startTimeOf: () => '1' }));
    const tries = await Promise.all(
      Array.from({ length: 8 }, () => codeOf(holdRun(runDir, testHost(runDir)))),
    );
    expect(tries.filter((code) => code === 'held')).toHaveLength(1);
    expect(tries.filter((code) => code === 'locked')).toHaveLength(7);
    await rm(ownerFile());
    await rm(path.join(runDir, '.lock'), { recursive: true });
  }
});

test('a holder on this machine that sleeps or is too busy to renew its lock keeps it', async () => {
  const sleeper = spawn('sleep', ['300']);
  onTestFinished(() => void sleeper.kill('SIGKILL'));
  await once(sleeper, 'spawn');
  const pid = sleeper.pid ?? 0;
  sleeper.kill('SIGSTOP');
  await lockRun(runDir, testHost(runDir, { pid }));
  await makeStale();
  expect(await codeOf(lockRun(runDir, testHost(runDir)))).toBe('locked');
  const ended = once(sleeper, 'exit');
  sleeper.kill('SIGKILL');
  await ended;
  expect(await codeOf(lockRun(runDir, testHost(runDir)))).toBe('held');
});

test('a holder that slept while another machine took its folder finds out before it writes', async () => {
  const logged: string[] = [];
  const host = testHost(runDir, { log: (_, message) => void logged.push(message) });
  const held = await holdRun(runDir, host);
  await held.assertHeld();
  await makeStale();
  const other = await holdRun(runDir, testHost(runDir, { hostname: 'elsewhere' })).catch(
    (error: unknown) => error,
  );
  // On this machine it lives, so the other one is asked from where nobody can see that.
  expect(RunnerError.is(other, 'locked')).toBe(false);
  expect(held.lost.aborted).toBe(false);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
  onTestFinished(() => void vi.useRealTimers());
  await expect(held.assertHeld()).rejects.toThrow(/no longer held.*on elsewhere/);
  expect(held.lost.aborted).toBe(true);
  await expect(held.assertHeld()).rejects.toMatchObject({ code: 'locked' });
  // What the other one has stays.
  await held.release();
  expect(JSON.parse(await readFile(ownerFile(), 'utf8'))).toMatchObject({ hostname: 'elsewhere' });
});

test('a holder whose clock jumps keeps its folder', async () => {
  const held = await holdRun(runDir, testHost(runDir));
  onTestFinished(() => void vi.useRealTimers());
  for (const now of [Date.now() + 86_400_000, Date.now() - 86_400_000]) {
    vi.useFakeTimers({ toFake: ['Date'], now });
    await held.assertHeld();
  }
  vi.useRealTimers();
  await held.release();
  expect(await readdir(runDir)).toEqual([]);
});

test('an owner file of an earlier version names its holder', async () => {
  const host = testHost(runDir);
  const release = await lockRun(runDir, host);
  const before = JSON.parse(await readFile(ownerFile(), 'utf8')) as object;
  await writeFile(ownerFile(), JSON.stringify({ ...before, token: undefined }));
  expect(await livingOwner(runDir, host)).toMatchObject({ pid: host.pid });
  await release();
});
