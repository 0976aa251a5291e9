import { rm, writeFile } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StateKeeper } from '../../../src/runner/run/stateKeeper';
import type { RunState } from '../../../src/runner/model';
import { readKeptState } from '../../../src/runner/store/keptState';
import { runPaths } from '../../../src/runner/store/runFolder';
import { temporaryFolder } from '../../support/temp';
import { planOf, Story } from '../presentation/fixtures';

/** A run of as many trials as make keeping worth it, that has just begun. */
async function begun(): Promise<{ readonly runDir: string; readonly state: RunState }> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const plans = Array.from({ length: 100 }, (_, n) => planOf(`task-${String(n)}`, n));
  const { state } = new Story(plans);
  await writeFile(runPaths(folder.path).events, 'of no matter here\n');
  return { runDir: folder.path, state };
}

describe('the state of a large run', () => {
  it('is kept each time that many trials have ended', async () => {
    const { runDir, state } = await begun();
    const keeper = new StateKeeper({
      ...{ runDir, state: () => state, every: 3 },
      assertHeld: () => Promise.resolve(),
    });
    const kept: number[] = [];
    for (let n = 1; n <= 7; n += 1) {
      keeper.trialEnded();
      await keeper.settled();
      if ((await readKeptState(runDir)) !== null) kept.push(n);
      await rm(runPaths(runDir).state, { force: true });
    }
    expect(kept).toEqual([3, 6]);
  });

  it('is not kept by a process that lost its run folder', async () => {
    const { runDir, state } = await begun();
    const keeper = new StateKeeper({
      ...{ runDir, state: () => state, every: 1 },
      assertHeld: () => Promise.reject(new Error('lost')),
    });
    keeper.trialEnded();
    await keeper.settled();
    expect(await readKeptState(runDir)).toBeNull();
  });
});
