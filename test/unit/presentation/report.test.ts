import { describe, expect, it, test } from 'vitest';
import { comparisonView, pairRow, pairsOf } from '../../../src/presentation/comparisonView';
import { reportAsCsv, reportAsMarkdown } from '../../../src/presentation/reportFormats';
import { reportRowSchema, reportViewSchema } from '../../../src/presentation/reportMessages';
import { ReportModel } from '../../../src/presentation/reportModel';
import { trialRow } from '../../../src/presentation/reportRows';
import type { ReportContext } from '../../../src/presentation/reportView';
import { runReportView } from '../../../src/presentation/reportView';
import { compareStates, reportOf } from '../../../src/presentation/runReport';
import type { RunState, StageResult, TaskValidation, TrialResult } from '../../../src/runner/model';
import { breakdownOf, compareDifficulties, noUsage, quantile } from '../../../src/runner/model';
import { planOf, Story } from './fixtures';

const plans = [
  { ...planOf('django__a', 0), difficulty: '1-4 hours' },
  { ...planOf('django__b', 1), difficulty: '<15 min fix' },
  { ...planOf('flask__c', 2), difficulty: '<15 min fix', group: 'flask' },
  { ...planOf('flask__d|e', 3), difficulty: null, group: 'flask' },
];

function stage(name: string, seconds: number, cause: StageResult['cause'] = 'done'): StageResult {
  return { stage: name, cause, exit_code: 0, duration_s: seconds };
}

/** A run whose trials ended so; null: not yet. */
function runOf(...ends: readonly (TrialResult['status'] | null)[]): RunState {
  const story = new Story(plans);
  for (const [n, plan] of plans.entries()) {
    const status = ends[n] ?? null;
    if (status === null) continue;
    story.start(plan.trial_id);
    story.tell({ type: 'stage.ended', trial: plan.trial_id, result: stage('after', n + 1) });
    const cause = n === 0 ? 'done' : 'snapshot';
    story.tell({ type: 'stage.ended', trial: plan.trial_id, result: stage('clone', 9, cause) });
    story.end(plan, { status, duration_s: 10 * (n + 1) });
  }
  return story.state;
}

const bad: TaskValidation = {
  task_id: 'django__b',
  gold: ['failed'],
  empty: ['failed'],
  state: 'broken',
  detail: 'its gold patch is failed',
};
const context: ReportContext = {
  now: 0,
  formatTime: (iso) => iso,
  validations: [bad, { ...bad, task_id: 'flask__c', state: 'good' }],
  leaveOut: false,
};

describe('a run, taken apart', () => {
  const breakdown = breakdownOf(runOf('passed', 'failed', 'passed', null));

  it('has rates by group, over every planned trial', () => {
    expect(
      breakdown.by_repository.map(({ name, resolved, total }) => [name, resolved, total]),
    ).toEqual([
      ['django', 1, 2],
      ['flask', 1, 2],
    ]);
    expect(breakdown.by_repository[0]?.resolved_interval?.low).toBeCloseTo(0.0945, 3);
    expect(breakdown.statuses).toEqual({ passed: 2, failed: 1, not_run: 1 });
  });

  it('has difficulties from the easiest on, and none where tasks say none', () => {
    expect(breakdown.by_difficulty.map(({ name }) => name)).toEqual([
      '<15 min fix',
      '1-4 hours',
      'unknown',
    ]);
    expect(['zebra', '>4 hours', '15 min - 1 hour'].sort(compareDifficulties)).toEqual([
      '15 min - 1 hour',
      '>4 hours',
      'zebra',
    ]);
    expect(breakdownOf(new Story([planOf('a')]).state).by_difficulty).toEqual([]);
  });

  it('counts the time of stages that ran, in the order of the pipeline', () => {
    expect(breakdown.stage_times).toEqual([
      { stage: 'clone', count: 1, median_s: 9, p90_s: 9, total_s: 9 },
      { stage: 'after', count: 3, median_s: 2, p90_s: 2.8, total_s: 6 },
    ]);
  });

  it('takes quantiles between neighbours', () => {
    expect([quantile([], 0.5), quantile([3, 1], 0.5), quantile([4, 1, 2, 3], 1)]).toEqual([
      null,
      2,
      4,
    ]);
  });
});

describe('two runs, compared', () => {
  const [first, second] = [
    runOf('failed', 'passed', 'passed', 'infra_failure'),
    runOf('passed', 'failed', 'passed', 'passed'),
  ];

  it('tells what cannot be compared apart from what changed', () => {
    expect(compareStates(first, second)).toEqual({
      pairs: 3,
      fixed: 1,
      broken: 1,
      same: 1,
      both_resolved: 1,
      neither_resolved: 0,
      open: 1,
      only_in_first: 0,
      only_in_last: 0,
      p_value: 1,
    });
  });

  it('is a page of pairs', () => {
    const view = comparisonView({ first, second }, context);
    expect(reportViewSchema.parse(view)).toEqual(view);
    expect(view.headline.map(({ label, value }) => `${label} ${value}`)).toEqual([
      'Before 50.0 %',
      'After 75.0 %',
      'Fixed 1',
      'Broken 1',
      'McNemar’s exact test p = 1.0',
    ]);
    const rows = pairsOf(first, second).map((pair, place) => pairRow(pair, { place, attempts: 1 }));
    expect(rows.map(({ label }) => label)).toEqual([
      'django__a, fixed, unresolved then resolved',
      'django__b, broken, resolved then unresolved',
      'flask__c, resolved in both, resolved then resolved',
      'flask__d|e, not compared, infrastructure failure then resolved',
    ]);
    const alone = pairsOf(first, new Story([]).state).map((pair) =>
      pairRow(pair, { place: 0, attempts: 1 }),
    );
    expect(alone[0]?.label).toBe('django__a, only before, unresolved then –');
  });
});

describe('the page of a run', () => {
  const state = runOf('passed', 'failed', 'passed', null);

  it('says rates with their interval, and offers to leave bad tasks out', () => {
    const view = runReportView(state, context);
    expect(reportViewSchema.parse(view)).toEqual(view);
    expect(view.headline[0]).toMatchObject({
      value: '50.0 %',
      note: '2 of 4 trials · 95 %: 15.0–85.0 · so far',
      range: { rate: 0.5 },
    });
    expect(view.bad).toEqual({
      tasks: [{ task: 'django__b', why: 'broken: its gold patch is failed' }],
      leftOut: false,
    });
    expect(view.tables.map(({ title }) => title)).toEqual([
      'By repository',
      'By difficulty',
      'Exit statuses',
      'Time per stage',
    ]);
  });

  it('without bad tasks counts as if they had never been there', () => {
    const view = runReportView(state, { ...context, leaveOut: true });
    expect(view.headline[0]).toMatchObject({ value: '66.7 %' });
    expect(view.bad.leftOut).toBe(true);
  });

  it('has a row for each trial, whose cells stand under their columns', () => {
    const story = new Story(plans, { model: 'm' });
    const [plan] = plans;
    story.start(plan!.trial_id);
    const usage = { ...noUsage, prompt_tokens: 1200, cost: null };
    const step = { kind: 'model', summary: '', agent: null, tree: null, tool: null } as const;
    const place = { ok: true, duration_s: 1, usage, offset: 0, bytes: 0 };
    story.tell({ type: 'agent.step', trial: plan!.trial_id, step: 1, ...step, ...place });
    story.end(plan!, { status: 'timeout', cause: 'agent', exit_status: 'max_time' });
    const { columns } = runReportView(story.state, context);
    const row = trialRow(story.trial(plan!.trial_id), story.state);
    expect(reportRowSchema.parse(row)).toEqual(row);
    expect(Object.fromEntries(columns.map(({ title }, n) => [title, row.cells[n]]))).toEqual({
      Trial: 'django__a',
      Repository: 'django',
      Difficulty: '1-4 hours',
      Result: 'timed out',
      'Exit status': 'max time · agent',
      Time: '12s',
      Tokens: '1.2k',
      Cost: 'unknown',
    });
    expect(row.actions).toEqual(['open', 'trajectory', 'result']);
    expect(row.tone).toBe('warning');
  });
});

describe('what the page shows', () => {
  const state = runOf('passed', 'failed', 'passed', null);
  const model = (): ReportModel => {
    const made = new ReportModel();
    made.view = runReportView(state, context);
    made.put([...state.trials.values()].map((trial) => trialRow(trial, state)));
    return made;
  };
  const ids = ({ shown }: ReportModel): readonly string[] => shown.map(({ id }) => id);

  test('rows by a text, by what was chosen, and all again', () => {
    const made = model();
    made.search('flask resolved');
    expect(ids(made)).toEqual(['flask__c_0']);
    made.search('');
    made.toggle({ facet: 'end', value: 'not run' });
    expect(ids(made)).toEqual(['flask__d|e_0']);
    made.toggle({ facet: 'repository', value: 'django' });
    expect(ids(made)).toEqual([]);
    made.clearFilter();
    expect(ids(made)).toHaveLength(4);
  });

  test('numbers from the largest, what is not known last; then the other way; then as planned', () => {
    const made = model();
    const time = made.view!.columns.findIndex(({ title }) => title === 'Time');
    made.sortBy(time);
    expect(ids(made)).toEqual(['flask__c_0', 'django__b_0', 'django__a_0', 'flask__d|e_0']);
    made.sortBy(time);
    expect(ids(made)).toEqual(['django__a_0', 'django__b_0', 'flask__c_0', 'flask__d|e_0']);
    made.sortBy(time);
    expect(made.sort).toBeNull();
  });

  test('a row that changed stands where its new value belongs, and the keyboard stays with it', () => {
    const made = model();
    made.move(1);
    made.move(1);
    expect(made.current).toBe('django__b_0');
    const later = runOf('passed', 'passed', 'passed', 'failed');
    made.toggle({ facet: 'end', value: 'resolved' });
    made.put([trialRow(later.trials.get('django__b_0')!, later)]);
    expect(ids(made)).toEqual(['django__a_0', 'django__b_0', 'flask__c_0']);
    expect(made.placeOf('django__b_0')).toBe(1);
    made.move(Infinity);
    expect(made.current).toBe('flask__c_0');
  });

  test('the end, the beginning and the neighbours of nothing', () => {
    const from = (rows: number): string | null => {
      const made = model();
      made.move(rows);
      return made.current;
    };
    expect([1, Infinity, -1, -Infinity].map(from)).toEqual([
      'django__a_0',
      'flask__d|e_0',
      'flask__d|e_0',
      'django__a_0',
    ]);
  });
});

describe('a report as text', () => {
  const options = { stable: false, compare: false, exclude: [bad] };
  const report = reportOf([runOf('passed', 'failed', 'passed', null)], options);

  test('Markdown has a table for each part, what was left out among them, and no broken cells', () => {
    const text = reportAsMarkdown(report);
    expect(text.match(/^## .+$/gm)).toEqual([
      '## Runs',
      '## By repository',
      '## By difficulty',
      '## By status',
      '## By exit status',
      '## Time per stage',
      '## Left out: these tasks cannot tell right from wrong',
      '## Trials',
    ]);
    expect(text).toContain('flask__d\\|e');
    expect(text).toContain('66.7 % (20.8–93.9)');
  });

  test('CSV is the trials, and no cell of it is a formula', () => {
    const [head, first] = reportAsCsv(report).split('\n');
    expect(head).toBe(
      'run,task_id,attempt,repository,difficulty,status,cause,resolution,exit_status,tokens,cost_usd,duration_s',
    );
    expect(first).toContain(',django__a,0,django,1-4 hours,passed,');
    const formula = new Story([planOf('=1+1')]).state;
    expect(reportAsCsv(reportOf([formula], { stable: false, compare: false }))).toContain("'=1+1");
  });
});
