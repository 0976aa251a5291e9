import { describe, expect, it } from 'vitest';
import { answerFromData } from '../../../src/presentation/chatAnswers';
import type { NamedRun } from '../../../src/presentation/chatSubject';
import { subjectOf } from '../../../src/presentation/chatSubject';
import { changedTrials, pairRuns } from '../../../src/presentation/runPairs';
import { failingTests, reasonOf } from '../../../src/presentation/trialReason';
import type { TrialResult } from '../../../src/runner/model';
import { planOf, Story } from './fixtures';

const [a, b, c] = [planOf('repo__a', 0), planOf('repo__b', 1), planOf('repo__c', 2)];

/** A run in which the trials of a, b and c ended so; null: not yet. */
function run(runId: string, ...ends: readonly (TrialResult['status'] | null)[]): NamedRun {
  const story = new Story([a, b, c]);
  for (const [n, plan] of [a, b, c].entries()) {
    const status = ends[n] ?? null;
    if (status !== null) story.start(plan.trial_id).end(plan, { status });
  }
  return { runId, state: story.state };
}

const older = run('2026-01-01_gold', 'failed', 'passed', 'failed');
const newer = run('2026-02-01_gold', 'passed', 'failed', 'failed');
const runs = [newer, older];

describe('what a question is about', () => {
  it.each<[string, string | undefined, unknown]>([
    ['why did repo__b fail?', undefined, ['trial', '2026-02-01_gold', 'repo__b_0']],
    ['`repo__c_0` in 2026-01-01_gold.', undefined, ['trial', '2026-01-01_gold', 'repo__c_0']],
    ['', 'explain', ['trial', '2026-02-01_gold', 'repo__b_0']],
    ['2026-01-01_gold', 'explain', ['trial', '2026-01-01_gold', 'repo__a_0']],
    ['', 'compare', ['comparison', '2026-01-01_gold', '2026-02-01_gold']],
    [
      '2026-02-01_gold and 2026-01-01_gold',
      'compare',
      ['comparison', '2026-01-01_gold', '2026-02-01_gold'],
    ],
    ['how is it going?', undefined, ['runs', '2026-02-01_gold', '2026-01-01_gold']],
    ['and 2026-01-01_gold?', undefined, ['runs', '2026-01-01_gold']],
  ])('%j with the command %s', (prompt, command, expected) => {
    const subject = subjectOf({ prompt, command }, runs);
    const told = {
      trial: () =>
        subject.kind === 'trial' ? [subject.run.runId, subject.trial.plan.trial_id] : [],
      comparison: () =>
        subject.kind === 'comparison' ? [subject.first.runId, subject.second.runId] : [],
      runs: () => (subject.kind === 'runs' ? subject.runs.map(({ runId }) => runId) : []),
    }[subject.kind]();
    expect([subject.kind, ...told]).toEqual(expected);
  });

  it('is the runs, when there is only one to compare', () => {
    expect(subjectOf({ prompt: '', command: 'compare' }, [newer]).kind).toBe('runs');
  });
});

describe('two runs, paired', () => {
  it('are told apart by what was fixed, broken or stayed', () => {
    const pairs = pairRuns(older.state, newer.state);
    const ids = (some: readonly { readonly trialId: string }[]): readonly string[] =>
      some.map(({ trialId }) => trialId);
    expect(ids(pairs.fixed)).toEqual(['repo__a_0']);
    expect(ids(pairs.broken)).toEqual(['repo__b_0']);
    expect(ids(pairs.neitherResolved)).toEqual(['repo__c_0']);
    expect(pairs.bothResolved).toEqual([]);
    expect(changedTrials({ first: older, second: newer })).toEqual(['repo__b_0', 'repo__a_0']);
  });

  it('leave out what has not ended, and name what only one has', () => {
    const open = run('x', 'passed', null, 'failed');
    expect(pairRuns(open.state, newer.state).open.map(({ trialId }) => trialId)).toEqual([
      'repo__b_0',
    ]);
    const alone: NamedRun = { runId: 'y', state: new Story([a]).state };
    expect(pairRuns(alone.state, newer.state).onlyInSecond).toEqual(['repo__b_0', 'repo__c_0']);
  });
});

const verdict = {
  resolution: 'unresolved',
  FAIL_TO_PASS: { success: [], failure: ['t::one', 't::two'] },
  PASS_TO_PASS: { success: [], failure: ['t::old'] },
} as const;

function ended(more: Partial<TrialResult>): ReturnType<Story['trial']> {
  return new Story([a]).start(a.trial_id).end(a, more).trial(a.trial_id);
}

describe('why a trial ended so', () => {
  it.each<[Partial<TrialResult>, string]>([
    [{ status: 'passed' }, 'Resolved: every test that had to pass passed.'],
    [
      { status: 'failed', verdict: structuredClone(verdict) as unknown as TrialResult['verdict'] },
      'Unresolved: 2 tests that had to be fixed still fail, and 1 test that passed before now fails.',
    ],
    [{ status: 'empty_patch' }, 'Nothing was handed in.'],
    [{ status: 'timeout', cause: 'after' }, 'Timed out: after.'],
    [
      { status: 'empty_patch', exit_status: 'max_turns' },
      "Nothing was handed in. The agent's episode ended with max_turns.",
    ],
  ])('%j', (more, words) => {
    expect(reasonOf(ended(more))).toBe(words);
  });

  it('names the tests that the verdict is about first', () => {
    const { result } = ended({
      status: 'failed',
      verdict: structuredClone(verdict) as unknown as TrialResult['verdict'],
    });
    const after = [
      { id: 't::other', outcome: 'failed', duration_s: 0 },
      { id: 't::two', outcome: 'failed', duration_s: 0, message: 'assert 1 == 2' },
    ] as const;
    expect(failingTests(result!, { before: null, after: [...after] })).toEqual([
      { id: 't::one', had: 'to be fixed', outcome: 'not run', message: null },
      { id: 't::two', had: 'to be fixed', outcome: 'failed', message: 'assert 1 == 2' },
      { id: 't::old', had: 'to keep passing', outcome: 'not run', message: null },
      { id: 't::other', had: null, outcome: 'failed', message: null },
    ]);
  });
});

describe('an answer from the data alone', () => {
  it('tells of a trial, its tests and what the agent did', () => {
    const trial = ended({
      status: 'failed',
      after: { end: 'completed', exit_code: 1, passed: 1, failed: 1, errors: 0, skipped: 0 },
      agent_stats: {
        steps: 3,
        turns: 2,
        tool_calls: 1,
        tool_errors: 1,
        model_s: 4,
        tools_s: 1,
      },
    });
    const tests = {
      before: null,
      after: [{ id: 't::[x]', outcome: 'failed', duration_s: 0, message: '*no*\nmore' } as const],
    };
    const subject = { kind: 'trial', run: newer, trial } as const;
    expect(answerFromData(subject, tests)).toBe(
      [
        '**repo\\_\\_a\\_0** of 2026-02-01\\_gold: Unresolved: 1 test does not pass.',
        '',
        'Tests that did not pass:',
        '',
        '- `t::[x]` failed: \\*no\\*',
        '',
        'The agent took 2 turns, 1 tool call (1 failed) in 5.0s.',
      ].join('\n'),
    );
  });

  it('tells what a run fixed and broke', () => {
    const text = answerFromData({ kind: 'comparison', first: older, second: newer }, null);
    expect(text).toContain('1 trial fixed, 1 broken, 1 the same.');
    expect(text).toContain('Fixed:\n\n- `repo__a_0`');
  });

  it('lists runs, and says so when there are none', () => {
    expect(answerFromData({ kind: 'runs', runs: [newer] }, null)).toContain('1 of 3 resolved');
    expect(answerFromData({ kind: 'runs', runs: [] }, null)).toBe('There are no runs yet.');
  });
});
