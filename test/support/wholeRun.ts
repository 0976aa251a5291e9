import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import type { RunState } from '../../src/runner/model';
import { runEventSchema, trialResultSchema } from '../../src/runner/model';
import { readResults, runPaths } from '../../src/runner/store/runFolder';
import { readRunState } from '../../src/runner/store/runReader';

/**
 * Makes sure that the folder of a run that ended is whole: every line is one, every event of a trial is there once and in
 * order, and events, result.json and results.jsonl say the same of each trial, once. Imports no test framework: the soak
 * test uses it as well.
 */
export async function assertWhole(runDir: string): Promise<RunState> {
  const paths = runPaths(runDir);
  const state = await readRunState(runDir);
  await eventsOf(paths.events);
  const results = await readResults(runDir);
  const lines = (await readFile(paths.results, 'utf8')).split('\n').filter(Boolean);
  assert.equal(results.length, lines.length, 'results.jsonl has a line that is none');
  const ended = [...state.trials.values()].filter(({ result }) => result !== null);
  assert.deepEqual(
    results,
    ended.map(({ result }) => result),
    'results.jsonl says something else than the events',
  );
  for (const { plan, result } of ended) {
    const trial = paths.trial(plan.trial_id);
    const kept = trialResultSchema.parse(JSON.parse(await readFile(trial.result, 'utf8')));
    assert.deepEqual(kept, result, `${plan.trial_id}: result.json`);
    const seqs = (await eventsOf(trial.events)).map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, n) => n),
      `${plan.trial_id}: numbers of its events`,
    );
  }
  const left = (await readdir(runDir)).filter((name) => /^\.|\.\d+$/.test(name));
  assert.deepEqual(left, [], 'something was left beside the run');
  assert.deepEqual(
    await readRunState(runDir, { keptFirst: true }),
    state,
    'the state that was kept is another one',
  );
  return state;
}

async function eventsOf(file: string): Promise<readonly { readonly seq: number }[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => runEventSchema.parse(JSON.parse(line)));
}
