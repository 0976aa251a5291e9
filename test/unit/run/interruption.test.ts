import { rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RunState } from '../../../src/runner/model';
import { emptyRunState } from '../../../src/runner/model';
import { withInterruption } from '../../../src/runner/run/interruption';
import { lockRun } from '../../../src/runner/store/ownerLock';
import { temporaryFolder, testHost } from '../../support/temp';
import { planOf, Story } from '../presentation/fixtures';

const startedAt = '2026-01-05T10:00:00.000Z';
const running: RunState = { ...emptyRunState(), phase: 'running', startedAt };

async function folderOf(holder: { readonly lives: boolean }): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const started = holder.lives ? {} : { startTimeOf: () => '1' };
  await lockRun(folder.path, testHost(folder.path, started));
  const renewed = new Date('2026-01-05T11:30:00.000Z');
  await utimes(path.join(folder.path, '.lock'), renewed, renewed);
  return folder.path;
}

test('a run that a living process holds goes on', async () => {
  const folder = await folderOf({ lives: true });
  expect(await withInterruption(folder, testHost(folder), running)).toBe(running);
});

test('one whose holder died was interrupted when that last renewed its lock', async () => {
  const folder = await folderOf({ lives: false });
  const seen = await withInterruption(folder, testHost(folder), running);
  expect(seen).toMatchObject({ phase: 'interrupted', endedAt: '2026-01-05T11:30:00.000Z' });
});

test('one without a lock was interrupted after the last that is known of a trial', async () => {
  const folder = await folderOf({ lives: false });
  await rm(path.join(folder, '.lock'), { recursive: true });
  const host = testHost(folder);
  const seen = await withInterruption(folder, host, running);
  expect(seen).toMatchObject({ phase: 'interrupted', endedAt: startedAt });
  const plan = planOf('one');
  const trial = new Story([plan]).start(plan.trial_id).trial(plan.trial_id);
  const state = {
    ...running,
    startedAt: '2020-01-01T00:00:00.000Z',
    trials: new Map([['one', trial]]),
  };
  expect(trial.startedAt).not.toBeNull();
  expect(await withInterruption(folder, host, state)).toMatchObject({ endedAt: trial.startedAt });
});

test('one that has ended is as it was told', async () => {
  const folder = await folderOf({ lives: false });
  const ended: RunState = { ...running, phase: 'finished', endedAt: startedAt };
  expect(await withInterruption(folder, testHost(folder), ended)).toBe(ended);
});
