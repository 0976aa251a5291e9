import { describe, expect, test } from 'vitest';
import type { CandidateReport, ContestConfig, RunPlan } from '../../../src/runner/model';
import { contestResultOf, contestSummaryOf, runConfigSchema } from '../../../src/runner/model';

const verdicts = (text: string): readonly CandidateReport[] =>
  Array.from(text).map((letter) => ({
    verdict: letter === '+' ? 'passed' : letter === 't' ? 'time_limit' : 'wrong_answer',
    tests: [],
  }));

function plan(contests: Partial<ContestConfig>): RunPlan {
  return {
    schema_version: 1,
    run_id: 'run',
    created_at: '2026-01-01T00:00:00Z',
    agent: 'candidates',
    model: null,
    sandbox: 'docker',
    concurrency: 1,
    config: runConfigSchema.parse({ contests: { k_values: [1, 2], ...contests } }),
    trials: [],
  };
}

function summary(
  problems: Readonly<Record<string, { readonly all: string; readonly references?: string } | null>>,
  contests: Partial<ContestConfig> = {},
) {
  const trials = Object.entries(problems).map(([name, problem]) => {
    const [taskId = ''] = name.split('#');
    const own = problem?.references;
    const references =
      own === undefined
        ? undefined
        : { n: own.length, c: verdicts(own).filter(({ verdict }) => verdict === 'passed').length };
    return {
      plan: { benchmark: 'contests' as const, task_id: taskId },
      result:
        problem === null ? null : { contest: contestResultOf(verdicts(problem.all), references) },
    };
  });
  return contestSummaryOf(plan(contests), trials);
}

describe('a run of contest tasks', () => {
  test('has the mean over its problems, with an interval', () => {
    const made = summary({ a: { all: '+-' }, b: { all: '--' }, c: { all: '++t-' } });
    expect(made?.pass_at_k['1']).toBeCloseTo((0.5 + 0 + 0.5) / 3, 12);
    expect(made?.pass_at_k['2']).toBeCloseTo((1 + 0 + 5 / 6) / 3, 12);
    expect(made?.ci['1']?.low).toBeLessThan(1 / 3);
    expect(made?.ci['1']?.high).toBeGreaterThan(1 / 3);
    expect(made?.verdicts).toEqual({ passed: 3, wrong_answer: 4, time_limit: 1 });
    expect(made?.problems.map(({ n, c }) => [n, c])).toEqual([
      [2, 1],
      [2, 0],
      [4, 2],
    ]);
  });

  test('has no value where a problem has fewer than k candidates, and says which', () => {
    const made = summary({ a: { all: '+-' }, b: { all: '+' } });
    expect(made?.pass_at_k).toEqual({ '1': 0.75, '2': null });
    expect(made?.ci['2']).toBeNull();
    expect(made?.undefined).toEqual({ '2': '"b" of 2: fewer than 2 candidates' });
    expect(made?.problems[1]?.pass_at_k).toEqual({ '1': 1, '2': null });
  });

  test('counts a problem without a result as one without candidates', () => {
    const made = summary({ a: { all: '+' }, b: null });
    expect(made?.pass_at_k['1']).toBeNull();
    expect(made?.undefined['1']).toMatch('"b" of 2');
  });

  test('adds the attempts of a problem up', () => {
    const made = summary({ 'a#0': { all: '+' }, 'a#1': { all: '-' } });
    expect(made?.n_problems).toBe(1);
    expect(made?.pass_at_k).toEqual({ '1': 0.5, '2': 1 });
  });

  test('lists problems whose solutions fail, and leaves them out when told to', () => {
    const problems = {
      a: { all: '-', references: '----+' },
      b: { all: '-', references: '-----+' },
      c: { all: '+', references: '-' },
    };
    expect(summary(problems, { references: 'list' })).toMatchObject({
      n_problems: 3,
      bad_references: ['b', 'c'],
      left_out: [],
    });
    expect(summary(problems, { references: 'exclude' })).toMatchObject({
      n_problems: 1,
      bad_references: ['b', 'c'],
      left_out: ['b', 'c'],
      pass_at_k: { '1': 0 },
    });
  });

  test('has none of this for other tasks', () => {
    expect(
      contestSummaryOf(plan({}), [{ plan: { benchmark: 'swe', task_id: 'a' }, result: null }]),
    ).toBeNull();
  });
});
