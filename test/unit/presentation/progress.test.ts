import { describe, expect, it } from 'vitest';
import type { Line, TerminalSize } from '../../../src/presentation/progressLines';
import { progressLines } from '../../../src/presentation/progressLines';
import {
  failureTone,
  formatPace,
  paceText,
  projectedText,
  shareDone,
  timeLeftText,
} from '../../../src/presentation/progressText';
import { progressView, trialsOfFailure } from '../../../src/presentation/progressView';
import { progressViewSchema } from '../../../src/presentation/reportMessages';
import { trialRow } from '../../../src/presentation/reportRows';
import type { RunProgress, TrialPlan } from '../../../src/runner/model';
import { ProgressCounter } from '../../../src/runner/model';
import { planOf, Story } from './fixtures';

const begin = Date.parse('2026-01-31T08:05:09.000Z');
const at = (seconds: number): string => new Date(begin + seconds * 1000).toISOString();
const now = begin + 600_000;

const plans: readonly TrialPlan[] = Array.from({ length: 40 }, (_, n) =>
  planOf(`a-task-with-quite-a-long-name-${String(n)}`, n),
);

/** Trials of a cluster: most ended, six run. */
function story(): Story {
  const made = new Story(plans);
  for (const [n, plan] of plans.slice(0, 26).entries()) {
    const trial = plan.trial_id;
    const node = `node${String(n % 2)}`;
    made.tell({ type: 'trial.started', trial, node }, at(n));
    made.tell({ type: 'stage.started', trial, stage: 'agent', limit_s: 600 }, at(n));
    if (n >= 20) continue;
    const broken = { status: 'infra_failure', cause: 'sandbox-lost', detail: `gone: ${String(n)}` };
    made.end(plan, n % 5 === 0 ? ({ ...broken, status: 'infra_failure' } as const) : {});
  }
  return made;
}

function counted(state = story().state): ProgressCounter {
  return new ProgressCounter().take(state);
}

const textOf = (line: Line): string => line.map(({ text }) => text).join('');

function lines(columns: number, rows: number): readonly string[] {
  const size: TerminalSize = { columns, rows, widthOf: (text) => text.length };
  const counter = counted();
  const shown = { progress: counter.progress(now), running: counter.running, now };
  return progressLines(shown, size).map(textOf);
}

describe('lines of a terminal', () => {
  it.each([12, 20, 40, 63, 80, 120, 300])('are narrower than its %i columns', (columns) => {
    for (const line of lines(columns, 30)) expect(line.length, line).toBeLessThan(columns);
  });

  it.each([1, 2, 3, 4, 6, 9, 12, 50])('are fewer than its %i rows, and at most a few', (rows) => {
    const shown = lines(80, rows);
    expect(shown.length).toBeLessThanOrEqual(Math.max(1, Math.min(14, rows - 2)));
    // What matters most is there in any case.
    expect(shown[0]).toMatch(/ 20\/40 · 50\.0 %$/);
  });

  it('tell counts, what is left, failures, nodes and what runs', () => {
    const text = lines(120, 40).join('\n');
    expect(text).toContain('16 resolved · 4 infrastructure · 6 running · 14 to go');
    expect(text).toMatch(/about .* left/);
    expect(text).toContain('4 × infrastructure failure · sandbox-lost: gone: …');
    expect(text).toContain('node0 3 running');
    expect(text).toContain('› a-task-with-quite-a-long-name-20  agent 9m 40s · node0');
    expect(text).toContain('and 1 more');
  });

  it('draw as much of the bar as is done', () => {
    const [bar = ''] = lines(200, 30);
    expect(bar.match(/━/g)?.length).toBe(20);
    expect(bar.match(/╍/g)?.length).toBe(6);
    expect(bar.match(/─/g)?.length).toBe(14);
  });
});

describe('words', () => {
  const progress = (more: Partial<RunProgress>): RunProgress => ({
    ...counted().progress(now),
    ...more,
  });

  it('of pace are as exact as it is', () => {
    expect([0.2, 0.999, 1, 7.54, 42.4, 1234].map(formatPace)).toEqual([
      '12/h',
      '60/h',
      '1/min',
      '7.5/min',
      '42/min',
      '1,234/min',
    ]);
    const recent = { rate: 10, over_s: 300 };
    expect(paceText(progress({ rate: 5, recent_rate: recent }))).toBe('10/min (5/min overall)');
    expect(paceText(progress({ rate: 10.01, recent_rate: recent }))).toBe('10/min');
    expect(paceText(progress({ rate: null, recent_rate: null }))).toBe('');
  });

  it('of the time left say what they rest on', () => {
    const left = (seconds: number, rough = false): string =>
      timeLeftText(progress({ time_left: { seconds, rough }, done: 3 }));
    expect(left(12_000)).toBe('about 3h 20m left');
    expect(left(0.4)).toBe('');
    expect(left(3.2)).toBe('about 4s left');
    expect(left(600, true)).toBe('about 10m 00s left (a guess by 3)');
    expect(timeLeftText(progress({ time_left: null }))).toBe('time left is not known yet');
    expect(timeLeftText(progress({ phase: 'cancelled', time_left: null }))).toBe('');
  });

  it('never say that all is done before it is', () => {
    expect(shareDone(progress({ done: 9999, total: 10_000 }))).toBe('99.9 %');
    expect(shareDone(progress({ done: 10_000, total: 10_000 }))).toBe('100 %');
  });

  it('of a cost that is not known in whole are a lower bound', () => {
    const cost = { so_far: 2, at_least: true, projected: 8, limit: null };
    expect(projectedText(cost)).toBe('≥ $8.00');
    expect(projectedText({ ...cost, at_least: false })).toBe('≈ $8.00');
    expect(projectedText({ ...cost, projected: null })).toBe('');
    const facts = progressView(progress({ cost })).facts;
    expect(facts).toContainEqual({ name: 'Cost', value: '≥ $2.00', note: '', warns: false });
    const unknown = { ...cost, so_far: 0, projected: 0 };
    expect(progressView(progress({ cost: unknown })).facts).toContainEqual({
      name: 'Cost',
      value: 'unknown',
      note: '',
      warns: false,
    });
  });

  it('warn of a limit that the run will come to', () => {
    const cost = { so_far: 2, at_least: false, projected: 8, limit: 5 };
    expect(progressView(progress({ cost })).facts).toContainEqual({
      name: 'Cost in all',
      value: '≈ $8.00',
      note: 'over the limit $5.00',
      warns: true,
    });
  });

  it('have the tone of their trials', () => {
    expect(failureTone({ status: 'failed' })).toBe('failed');
    expect(failureTone({ status: 'infra_failure' })).toBe('warning');
    expect(failureTone({ status: 'cancelled' })).toBe('idle');
  });
});

describe("the page's progress", () => {
  it('is what the page accepts, with groups that its rows can be narrowed to', () => {
    const { state } = story();
    const view = progressViewSchema.parse(progressView(counted(state).progress(now)));
    const [group] = view.failures;
    expect(group).toMatchObject({ count: 4, rerun: null, example: { detail: 'gone: 0' } });
    const name = group?.choice.value ?? '';
    const rows = [...state.trials.values()].map((trial) => trialRow(trial, state));
    const narrowed = rows.filter(({ facets }) => facets['failure'] === name).map(({ id }) => id);
    expect(narrowed).toEqual(trialsOfFailure(state, name));
    expect(narrowed.length).toBe(4);
    expect(view.nodes?.rows.map(([node]) => node)).toEqual(['node0', 'node1']);
    expect(view.shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it('offers to try again in the run what broke, once it is at rest', () => {
    const ended = story().tell({ type: 'run.ended', end: 'finished' }, at(900));
    const view = progressView(counted(ended.state).progress(now));
    expect(view.failures[0]?.rerun).toBe('retry');
    expect(view.isOver).toBe(true);
    expect(view.facts.map(({ name }) => name)).not.toContain('Time left');
  });

  it('has no nodes where there is one', () => {
    const alone = new Story(plans.slice(0, 2));
    alone.tell({ type: 'trial.started', trial: plans[0]?.trial_id ?? '', node: 'here' });
    expect(progressView(counted(alone.state).progress(now)).nodes).toBeNull();
  });
});
