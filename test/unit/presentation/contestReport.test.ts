import { describe, expect, it } from 'vitest';
import { comparisonView } from '../../../src/presentation/comparisonView';
import { contestHeadline } from '../../../src/presentation/contestView';
import { reportRowSchema, reportViewSchema } from '../../../src/presentation/reportMessages';
import { trialRow } from '../../../src/presentation/reportRows';
import { runReportView } from '../../../src/presentation/reportView';
import { describeTrial } from '../../../src/presentation/trialLabels';
import type { ContestResult, RunState, TrialPlan } from '../../../src/runner/model';
import { planOf, Story } from './fixtures';

const plans = ['sums', 'lines', 'trees'].map((name, n): TrialPlan => ({
  ...planOf(name, n),
  benchmark: 'contests',
  group: n === 2 ? 'AtCoder' : 'Codeforces',
  repo: null,
  ref: null,
}));
const context = { now: 0, formatTime: (iso: string) => iso, validations: [], leaveOut: false };

/** A run whose problems came to these candidates. */
function runOf(...contests: readonly ContestResult[]): RunState {
  const story = new Story(plans);
  for (const [n, plan] of plans.entries()) {
    const contest = contests[n];
    if (contest === undefined) continue;
    story.start(plan.trial_id);
    story.end(plan, { status: contest.c > 0 ? 'passed' : 'failed', contest });
  }
  return story.state;
}

const several = runOf(
  { n: 10, c: 5, verdicts: { passed: 5, wrong_answer: 5 } },
  { n: 10, c: 0, verdicts: { time_limit: 10 } },
  { n: 10, c: 10, verdicts: { passed: 10 }, references: { n: 3, c: 0 } },
);
const single = runOf(
  { n: 1, c: 1, verdicts: { passed: 1 } },
  { n: 1, c: 0, verdicts: { wrong_answer: 1 } },
  { n: 1, c: 0, verdicts: { crash: 1 } },
);

describe('the page of a run of contest problems', () => {
  const view = runReportView(several, context);

  it('begins with pass@k, and says of one that is undefined why', () => {
    expect(reportViewSchema.safeParse(view).success).toBe(true);
    expect(view.headline.slice(0, 2).map(({ label, value }) => [label, value])).toEqual([
      ['pass@1', '50.0 %'],
      ['pass@10', '66.7 %'],
    ]);
    const [first] = view.headline;
    expect(first?.note).toMatch(/^3 problems · 95 %: \d/);
    expect(first?.range?.low).toBeLessThan(0.5);
    expect(view.facts[0]?.name).toBe('pass@100');
    expect(view.facts[0]?.value).toMatch(/^undefined \(.*fewer than 100 candidates/);
  });

  it('has candidates by verdict and sites instead of repositories', () => {
    const verdicts = view.tables.find(({ title }) => title === 'By verdict');
    expect(verdicts?.rows.map(({ cells }) => cells)).toEqual([
      ['passed', '15', '50.0 %'],
      ['time limit', '10', '33.3 %'],
      ['wrong answer', '5', '16.7 %'],
    ]);
    expect(verdicts?.rows.every(({ choice }) => choice === null)).toBe(true);
    expect(view.tables.map(({ title }) => title)).toContain('By site');
    expect(view.columns.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Site', 'Candidates']),
    );
  });

  it('has rows with what became of the candidates', () => {
    const trial = several.trials.get('sums_0');
    if (trial === undefined) throw new Error('no trial');
    const row = trialRow(trial, several);
    expect(reportRowSchema.safeParse(row).success).toBe(true);
    expect(row.cells).toContain('5/10 pass');
    expect(describeTrial(trial, { attempts: 1, ownedHere: true, alive: false })).toMatchObject({
      accessibleLabel: 'sums, resolved, 5 of 10 candidates pass, 5 wrong answer',
      flags: expect.arrayContaining(['hasCandidates', 'severalCandidates']) as unknown,
    });
  });

  it('is narrowed by verdict where every trial has one', () => {
    const [verdicts] = runReportView(single, context).tables;
    const [crash] = verdicts?.rows.filter(({ cells }) => cells[0] === 'crash') ?? [];
    expect(crash?.choice).toEqual({ facet: 'verdict', value: 'crash' });
    const trial = single.trials.get('trees_0');
    if (trial === undefined) throw new Error('no trial');
    expect(trialRow(trial, single).facets).toMatchObject({ verdict: 'crash' });
  });

  it('beside another one says how pass@k changed', () => {
    const [change] = comparisonView({ first: single, second: several }, context).headline;
    expect(change).toMatchObject({ label: 'pass@1', value: '33.3 % → 50.0 %' });
    expect(change?.note).toMatch(/^\+16\.7 points/);
  });

  it('of other benchmarks has none of it', () => {
    expect(contestHeadline(new Story([planOf('django__a', 0)]).state)).toEqual([]);
  });
});
