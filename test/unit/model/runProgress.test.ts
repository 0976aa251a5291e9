import { describe, expect, it } from 'vitest';
import type { RunState, TrialPlan, TrialResult } from '../../../src/runner/model';
import { noUsage, ProgressCounter, progressOf, totalsOf } from '../../../src/runner/model';
import { planOf, Story, toolStep } from '../presentation/fixtures';

const begin = Date.parse('2026-01-31T08:05:09.000Z');
const at = (seconds: number): string => new Date(begin + seconds * 1000).toISOString();
const ms = (seconds: number): number => begin + seconds * 1000;

function plans(count: number, more: Partial<TrialPlan> = {}): readonly TrialPlan[] {
  return Array.from({ length: count }, (_, n) => ({ ...planOf(`t${String(n)}`, n), ...more }));
}

/** A run whose trials begin and end at given seconds. */
class Clock extends Story {
  starts(trial: TrialPlan, seconds: number, node?: string): this {
    const where = node === undefined ? {} : { node };
    return this.tell({ type: 'trial.started', trial: trial.trial_id, ...where }, at(seconds));
  }

  ends(trial: TrialPlan, seconds: number, more: Partial<TrialResult> = {}): this {
    const { startedAt } = this.trial(trial.trial_id);
    const duration_s = seconds - (Date.parse(startedAt ?? '') - begin) / 1000;
    const result = { ...resultLike(trial), duration_s, ...more };
    return this.tell({ type: 'trial.ended', trial: trial.trial_id, result }, at(seconds));
  }

  /** A trial from its beginning to its end. */
  runs(trial: TrialPlan, from: number, to: number, more: Partial<TrialResult> = {}): this {
    return this.starts(trial, from).ends(trial, to, more);
  }
}

function resultLike(plan: TrialPlan): TrialResult {
  const story = new Story([plan]).start(plan.trial_id).end(plan);
  const { result } = story.trial(plan.trial_id);
  if (result === null) throw new Error('no result');
  return result;
}

const usage = (cost: number | null): TrialResult['usage'] => ({ ...noUsage, cost });

/** A step that cost so much, and the end of its trial. */
function paid(story: Clock, trial: TrialPlan, seconds: number, cost: number | null): Clock {
  const step = { ...toolStep, step: 1, usage: { ...noUsage, cost } };
  story.tell({ type: 'agent.step', trial: trial.trial_id, ...step }, at(seconds));
  return story.ends(trial, seconds, { usage: usage(cost) });
}

describe('counts', () => {
  it('are those of the totals, whatever the run is at', () => {
    const all = plans(12);
    const story = new Clock(all);
    const statuses: readonly TrialResult['status'][] = [
      'passed',
      'failed',
      'timeout',
      'empty_patch',
      'infra_failure',
      'cancelled',
      'not_applicable',
    ];
    const check = (): void => {
      const progress = progressOf(story.state, ms(100));
      const totals = totalsOf(story.state);
      expect(progress).toMatchObject({
        total: totals.total,
        done: totals.completed,
        running: totals.running,
        resolved: totals.resolved,
        unresolved: totals.unresolved,
        empty_patch: totals.empty_patch,
        infra_failure: totals.infra_failure,
        skipped: totals.skipped,
        not_applicable: totals.not_applicable,
      });
      expect(progress.waiting + progress.running + progress.cancelled).toBe(totals.incomplete);
    };
    check();
    for (const [n, status] of statuses.entries()) {
      const plan = all[n] ?? planOf('none');
      story.starts(plan, n);
      check();
      story.ends(plan, n + 5, { status });
      check();
    }
    story.tell({ type: 'trial.skipped', trial: 't8_0', reason: 'solved', by: 't0_0' });
    check();
    expect(progressOf(story.state, ms(100)).cancelled).toBe(1);
  });

  it('are the same kept up event by event, and reckoned at once', () => {
    const all = plans(40, {}).map((plan, n) => ({ ...plan, group: `g${String(n % 3)}` }));
    const story = new Clock(all);
    const counter = new ProgressCounter();
    const take = (id: string): void => {
      counter.take(story.state, [id]);
    };
    counter.take(story.state);
    const ends: readonly TrialResult['status'][] = ['passed', 'failed', 'infra_failure', 'timeout'];
    for (const [n, plan] of all.entries()) {
      const id = plan.trial_id;
      take((story.starts(plan, n, `node${String(n % 2)}`), id));
      story.tell({ type: 'stage.started', trial: id, stage: 'agent', limit_s: 9 }, at(n));
      take(id);
      const stage = { stage: 'agent', cause: 'done', exit_code: 0, duration_s: n } as const;
      take((story.tell({ type: 'stage.ended', trial: id, result: stage }, at(n)), id));
      const status = ends[n % 4] ?? 'passed';
      const detail = status === 'passed' ? null : `container ${String(n)} is gone`;
      if (n % 5 !== 4) take((story.ends(plan, n + 3, { status, detail }), id));
      // One that begins anew takes all that was told of it with it.
      if (n % 7 === 6) take((story.starts(plan, n + 4), id));
      expect(counter.progress(ms(n + 4))).toEqual(progressOf(story.state, ms(n + 4)));
    }
    expect(counter.progress(ms(50)).failures.length).toBeGreaterThan(2);
  });

  it('begin with nothing', () => {
    expect(new ProgressCounter().progress(begin)).toMatchObject({ total: 0, time_left: null });
    expect(progressOf(new Clock(plans(3)).state, ms(10))).toMatchObject({
      total: 3,
      done: 0,
      waiting: 3,
      rate: null,
      recent_rate: null,
      time_left: null,
      cost: null,
      slowest: null,
      failures: [],
      nodes: [],
    });
  });
});

describe('rate and time left', () => {
  it('share the work that is left among as many as run', () => {
    const all = plans(20);
    const story = new Clock(all);
    // Two at a time, each for 60 s.
    for (let n = 0; n < 12; n += 1) {
      const from = Math.floor(n / 2) * 60;
      story.runs(all[n] ?? planOf(''), from, from + 60);
    }
    story.starts(all[12] ?? planOf(''), 360).starts(all[13] ?? planOf(''), 360);
    const { rate, recent_rate: recent, time_left: left } = progressOf(story.state, ms(390));
    expect(rate).toBeCloseTo(12 / 6.5);
    // The ends of the last five minutes; the first two ended before.
    expect(recent?.over_s).toBeCloseTo(330);
    expect(recent?.rate).toBeCloseTo(10 / 5.5);
    // Six trials of 60 s wait and two are half done: 420 s of work for two.
    expect(left?.rough).toBe(false);
    expect(left?.seconds).toBeGreaterThan(200);
    expect(left?.seconds).toBeLessThan(230);
  });

  it('are a guess, and said to be one, while few have ended', () => {
    const all = plans(8);
    const story = new Clock(all);
    for (const plan of all.slice(0, 4)) story.starts(plan, 0);
    expect(progressOf(story.state, ms(50)).time_left).toBeNull();
    story.ends(all[0] ?? planOf(''), 50);
    const left = progressOf(story.state, ms(50)).time_left;
    expect(left?.rough).toBe(true);
    // The three that go on for 50 s already tell that trials take longer than the first did.
    expect(left?.seconds).toBeGreaterThan((7 * 50) / 4);
  });

  it('end with the longest that runs, however many could share the work', () => {
    const all = plans(11);
    const story = new Clock(all);
    for (const plan of all) story.starts(plan, 0);
    for (const [n, plan] of all.slice(0, 10).entries()) story.ends(plan, n < 9 ? 10 : 400);
    const { time_left: left, running } = progressOf(story.state, ms(400));
    expect(running).toBe(1);
    // It runs longer than all but one did; nobody knows, but it is not over at once.
    expect(left?.seconds).toBeGreaterThan(30);
  });

  it('expect of a group what its own trials took', () => {
    const all = [...plans(10, { group: 'quick' }), ...plans(20, { group: 'slow' }).slice(10)];
    const story = new Clock(all);
    for (const plan of all.slice(0, 8)) story.runs(plan, 0, 10);
    for (const plan of all.slice(10, 14)) story.runs(plan, 0, 1000);
    const left = progressOf(story.state, ms(1000)).time_left?.seconds ?? 0;
    const other = new Clock(all.map((plan) => ({ ...plan, group: 'one' })));
    for (const plan of all.slice(0, 8)) other.runs(plan, 0, 10);
    for (const plan of all.slice(10, 14)) other.runs(plan, 0, 1000);
    const same = progressOf(other.state, ms(1000)).time_left?.seconds ?? 0;
    // Eight that wait are mostly slow ones.
    expect(left).toBeGreaterThan(1.3 * same);
  });

  it('of a resumed run count from the resume on, with durations of before', () => {
    const all = plans(6);
    const story = new Clock(all);
    for (const plan of all.slice(0, 2)) story.runs(plan, 0, 30);
    story.starts(all[2] ?? planOf(''), 30, 'node1');
    story.tell({ type: 'run.ended', end: 'interrupted' }, at(40));
    const interrupted = progressOf(story.state, ms(90_000));
    expect(interrupted).toMatchObject({
      running: 0,
      waiting: 4,
      phase: 'interrupted',
      recent_rate: null,
      time_left: null,
      nodes: [{ node: 'node1', trials: 1, running: 0 }],
    });
    expect(interrupted.rate).toBeCloseTo(4);
    story.tell({ type: 'run.resumed', pid: 1, concurrency: 4 }, at(100_000));
    const resumed = progressOf(story.state, ms(100_000));
    // What had begun when it was cut off begins anew.
    expect(resumed).toMatchObject({ done: 2, running: 0, waiting: 4, rate: null });
    // All four at the same time, and no trial of these took longer than 30 s.
    expect(resumed.time_left?.rough).toBe(true);
    expect(resumed.time_left?.seconds).toBeGreaterThanOrEqual(30);
    expect(resumed.time_left?.seconds).toBeLessThan(45);
    for (const plan of all.slice(2)) story.starts(plan, 100_000);
    expect(progressOf(story.state, ms(100_000)).time_left?.seconds).toBeCloseTo(30, 3);
    story.ends(all[3] ?? planOf(''), 100_030);
    expect(progressOf(story.state, ms(100_030)).rate).toBeCloseTo(2);
  });

  it('of a retry know what is run again', () => {
    const all = plans(4);
    const story = new Clock(all);
    const broken: Partial<TrialResult> = { status: 'infra_failure', cause: 'sandbox-lost' };
    story.runs(all[0] ?? planOf(''), 0, 10).runs(all[1] ?? planOf(''), 0, 10, broken);
    story.runs(all[2] ?? planOf(''), 0, 10, { status: 'cancelled' });
    story.tell({ type: 'run.ended', end: 'cancelled' }, at(20));
    expect(progressOf(story.state, ms(20))).toMatchObject({ waiting: 1, cancelled: 1, done: 2 });
    const retry = { type: 'run.resumed', pid: 1, retry: 'infra' } as const;
    story.tell(retry, at(30));
    expect(progressOf(story.state, ms(30))).toMatchObject({ waiting: 1, cancelled: 2, done: 1 });
    // On a cluster it waits again, without a result.
    story.tell({ type: 'trial.queued', trial: all[1]?.trial_id ?? '' }, at(30));
    expect(progressOf(story.state, ms(30))).toMatchObject({ waiting: 1, cancelled: 2, done: 1 });
    story.runs(all[1] ?? planOf(''), 31, 33, broken);
    expect(progressOf(story.state, ms(33))).toMatchObject({
      waiting: 0,
      infra_failure: 1,
      done: 2,
      time_left: { seconds: 0, rough: false },
    });
  });

  it('leave out attempts that will not be needed', () => {
    const attempts = plans(8).map((plan, n) => ({
      ...plan,
      task_id: n < 5 ? 'one' : plan.task_id,
    }));
    const story = new Clock(attempts);
    const { plan } = story.state;
    if (plan === null) throw new Error('no plan');
    const state: RunState = {
      ...story.state,
      plan: { ...plan, config: { ...plan.config, stop_when_solved: true } },
    };
    const after = new Clock(attempts).runs(attempts[0] ?? planOf(''), 0, 100);
    const solved: RunState = { ...after.state, plan: state.plan };
    const left = progressOf(solved, ms(100));
    expect(left.waiting).toBe(7);
    // Two at a time; the last one ends a little later.
    const { time_left: all } = progressOf(after.state, ms(100));
    expect((all?.seconds ?? 0) - (left.time_left?.seconds ?? 0)).toBeCloseTo((4 * 100) / 2);
  });

  it('are nothing for what was skipped', () => {
    const all = plans(3);
    const story = new Clock(all);
    for (const { trial_id: trial } of all)
      story.tell({ type: 'trial.skipped', trial, reason: 'recorded', by: trial }, at(1));
    expect(progressOf(story.state, ms(2))).toMatchObject({
      total: 0,
      skipped: 3,
      rate: null,
      time_left: { seconds: 0, rough: false },
    });
  });
});

describe('cost', () => {
  const all = plans(6);
  const asked = (costs: readonly (number | null)[]): Clock => {
    const story = new Clock(all);
    for (const [n, cost] of costs.entries()) {
      const plan = all[n] ?? planOf('');
      paid(story.starts(plan, n), plan, n + 10, cost);
    }
    return story;
  };

  it('is projected by what a trial cost so far', () => {
    expect(progressOf(asked([1, 3]).state, ms(20)).cost).toEqual({
      so_far: 4,
      at_least: false,
      projected: 12,
      limit: null,
    });
  });

  it('takes what running trials cost already off what they will cost', () => {
    const story = asked([2, 2]);
    story.starts(all[2] ?? planOf(''), 20);
    const step = { ...toolStep, step: 1, usage: { ...noUsage, cost: 1.5 } };
    story.tell({ type: 'agent.step', trial: 't2_0', ...step }, at(25));
    expect(progressOf(story.state, ms(25)).cost).toMatchObject({ so_far: 5.5, projected: 12 });
  });

  it('stays unknown where a price is, and says what is known', () => {
    expect(progressOf(asked([1, null]).state, ms(20)).cost).toMatchObject({
      so_far: 1,
      at_least: true,
    });
  });

  it('is not projected before anything ended, nor after the run', () => {
    const story = new Clock(all).starts(all[0] ?? planOf(''), 0);
    const step = { ...toolStep, step: 1, usage: { ...noUsage, cost: 1 } };
    story.tell({ type: 'agent.step', trial: 't0_0', ...step }, at(5));
    expect(progressOf(story.state, ms(5)).cost).toMatchObject({ so_far: 1, projected: null });
    const over = asked([1, 1]).tell({ type: 'run.ended', end: 'cancelled' }, at(30));
    expect(progressOf(over.state, ms(99)).cost).toMatchObject({ so_far: 2, projected: null });
  });
});

describe('stages', () => {
  it('tell which one takes most of the time', () => {
    const all = plans(2);
    const story = new Clock(all);
    const end = (n: number, stage: string, seconds: number): void => {
      const result = { stage, cause: 'done', exit_code: 0, duration_s: seconds } as const;
      story.tell({ type: 'stage.ended', trial: all[n]?.trial_id ?? '', result });
    };
    for (const plan of all) story.starts(plan, 0);
    end(0, 'after', 2);
    end(0, 'agent', 10);
    end(1, 'agent', 30);
    end(1, 'clone', 1);
    // A stage that went on tells its end again.
    end(1, 'clone', 3);
    const { stages, slowest } = progressOf(story.state, ms(40));
    expect(stages.map(({ stage, total_s }) => [stage, total_s])).toEqual([
      ['clone', 3],
      ['agent', 40],
      ['after', 2],
    ]);
    expect(stages[1]).toMatchObject({ count: 2, median_s: 20, p90_s: 28 });
    expect(slowest).toEqual({ stage: 'agent', share: 40 / 45 });
  });
});

describe('nodes', () => {
  it('say what each did, and how fast it is', () => {
    const all = plans(8);
    const story = new Clock(all);
    const broken = { status: 'infra_failure' } as const;
    for (const [n, plan] of all.entries()) {
      story.starts(plan, 0, `n${String((n % 2) + 9)}`);
      if (n < 6) story.ends(plan, 60, n === 1 ? broken : { status: n === 3 ? 'failed' : 'passed' });
    }
    expect(progressOf(story.state, ms(60)).nodes).toEqual([
      { node: 'n9', trials: 4, running: 1, resolved: 3, failures: 0, infra_failures: 0, rate: 3 },
      { node: 'n10', trials: 4, running: 1, resolved: 1, failures: 2, infra_failures: 1, rate: 3 },
    ]);
    // A trial that is begun anew elsewhere is there.
    story.starts(all[1] ?? planOf(''), 61, 'n9');
    const nodes = progressOf(story.state, ms(61)).nodes;
    expect(nodes.map(({ trials, running }) => [trials, running])).toEqual([
      [5, 2],
      [3, 1],
    ]);
  });
});
