import { expect, test } from 'vitest';
import { localEngine } from '../../../src/runner/engines/local';
import type { TrialPlan } from '../../../src/runner/model';
import { runConfigSchema, totalsOf } from '../../../src/runner/model';
import { isLeft } from '../../../src/runner/run/planning';
import { SolvedTasks, turnsOf } from '../../../src/runner/run/turns';
import { never } from '../../support/temp';
import { planOf, resultOf, Story } from '../presentation/fixtures';

const tasks = ['a', 'b', 'c'];
const trials: readonly TrialPlan[] = [0, 1, 2].flatMap((attempt) =>
  tasks.map((task, n) => ({
    ...planOf(task, attempt * 3 + n),
    attempt,
    trial_id: `${task}_${String(attempt)}`,
  })),
);

test('without the wish, every trial may begin at once', () => {
  const turns = turnsOf(trials, runConfigSchema.parse({}));
  expect(turns.first).toEqual(trials);
  expect(trials.map(turns.next).every((next) => next === null)).toBe(true);
});

test('attempts of a task come one after another, after the first attempts of the others', async () => {
  const turns = turnsOf(trials, { stop_when_solved: true });
  const running = new Set<string>();
  const order: string[] = [];
  await localEngine.run(turns.first, {
    concurrency: 2,
    signal: never,
    next: turns.next,
    runTrial: async ({ task_id, trial_id }) => {
      expect(running.has(task_id)).toBe(false);
      running.add(task_id);
      order.push(trial_id);
      await new Promise((resolve) => setImmediate(resolve));
      running.delete(task_id);
    },
  });
  expect(order.slice(0, 3)).toEqual(['a_0', 'b_0', 'c_0']);
  expect([...order].sort()).toEqual(trials.map(({ trial_id }) => trial_id).sort());
});

test('what is left of a resumed run keeps its order', () => {
  const left = trials.filter(({ trial_id: id }) => !['a_0', 'b_0', 'b_1'].includes(id));
  const { first, next } = turnsOf(left, { stop_when_solved: true });
  expect(first.map(({ trial_id }) => trial_id)).toEqual(['c_0', 'a_1', 'b_2']);
  expect(left.map((trial) => next(trial)?.trial_id ?? null)).toEqual([
    'c_1',
    'a_2',
    'c_2',
    null,
    null,
    null,
  ]);
});

test('a trial that is not needed says by which one, counts in no rate and is not left', () => {
  const story = new Story(trials, { attempts: 3 });
  for (const event of [
    { type: 'trial.ended', trial: 'a_0', result: resultOf(planOf('a'), { status: 'passed' }) },
    { type: 'trial.skipped', trial: 'a_1', reason: 'solved', by: 'a_0' },
    { type: 'trial.skipped', trial: 'a_2', reason: 'solved', by: 'a_0' },
    { type: 'trial.ended', trial: 'b_0', result: resultOf(planOf('b'), { status: 'failed' }) },
  ] as const)
    story.tell(event);
  const { state } = story;
  const solved = new SolvedTasks(trials);
  expect(tasks.map((task) => solved.solvedBy(task, state))).toEqual(['a_0', null, null]);
  expect(state.trials.get('a_1')).toMatchObject({
    phase: 'skipped',
    skipped: { reason: 'solved', by: 'a_0' },
  });
  expect(totalsOf(state)).toMatchObject({
    total: 7,
    completed: 2,
    resolved: 1,
    skipped: 2,
    incomplete: 5,
    resolved_rate: 1 / 7,
  });
  const left = trials.filter((trial) => isLeft(state, trial, undefined));
  expect(left.map(({ trial_id }) => trial_id)).toEqual(['c_0', 'b_1', 'c_1', 'b_2', 'c_2']);
  expect(trials.some((trial) => isLeft(state, trial, 'infra'))).toBe(false);
});
