import { runBudget } from '../runConfig';
import type { StageTimes } from '../runBreakdown';
import type { RunPhase, RunState, TrialState } from '../runState';
import type { FailureGroup } from './failureGroups';
import type { Expected } from './groupMeans';
import { lifetimesOf } from './lifetimes';
import type { NodeProgress } from './nodeTrials';
import { ProgressParts } from './progressParts';
import type { RecentEnds } from './trialEnds';

/** How far a run is, and how it goes. Times are seconds, rates are trials a minute, money is US dollars. */
export interface RunProgress {
  readonly phase: RunPhase;
  /** As in the run's totals: every planned trial, but for those that are not needed or do not fit their data. */
  readonly total: number;
  /** Came to an end that is not run again. */
  readonly done: number;
  readonly running: number;
  /** Still to begin. */
  readonly waiting: number;
  readonly resolved: number;
  readonly unresolved: number;
  readonly empty_patch: number;
  readonly infra_failure: number;
  /** Cancelled in this session: only the next resume runs them. */
  readonly cancelled: number;
  readonly skipped: number;
  readonly not_applicable: number;
  /** Since somebody last began or went on with the run; null: none has ended since. */
  readonly rate: number | null;
  /** null: the run does not go on, or has hardly begun. */
  readonly recent_rate: { readonly rate: number; readonly over_s: number } | null;
  readonly time_left: TimeLeft | null;
  readonly cost: RunCost | null;
  readonly stages: readonly StageTimes[];
  /** The stage that took most of the time in all, with its share of it. */
  readonly slowest: { readonly stage: string; readonly share: number } | null;
  readonly failures: readonly FailureGroup[];
  /** Machines of a cluster; empty for a run of this machine. */
  readonly nodes: readonly NodeProgress[];
}

/** How long the run will go on. */
export interface TimeLeft {
  readonly seconds: number;
  /** Too few trials ended to rely on it. */
  readonly rough: boolean;
}

/** What the models of a run cost. null where no model was asked. */
export interface RunCost {
  readonly so_far: number;
  /** The price of some calls is not known: every amount is a lower bound. */
  readonly at_least: boolean;
  /** What the whole run will come to; null: no trial ended yet, or the run does not go on. */
  readonly projected: number | null;
  /** What it may cost; null: there is no limit. */
  readonly limit: number | null;
}

/** With fewer ends than this, what is expected of the rest is a guess. */
const fewEnded = 5;

/**
 * Keeps up how far a run is. An event costs what it changes: a trial's former share is taken out of every count, and its
 * new one put in, so a run of ten thousand trials is not gone through again. What is derived from the counts (rates, time
 * and cost that are left) is reckoned when it is asked for.
 */
export class ProgressCounter {
  #state: RunState | null = null;
  #parts = new ProgressParts(null);

  /** Takes in a newer state. `changed`: the only trials that may have changed; without it all are compared. */
  take(state: RunState, changed?: Iterable<string>): this {
    const before = this.#state;
    this.#state = state;
    // What is still to be run is another set of trials after each resume.
    const isOther = before?.plan !== state.plan || before.session !== state.session;
    if (isOther) this.#parts = new ProgressParts(state);
    for (const id of isOther || changed === undefined ? state.trials.keys() : changed) {
      const trial = state.trials.get(id);
      if (trial !== undefined) this.#parts.put(trial);
    }
    return this;
  }

  /** Trials that have not come to their end. */
  get left(): number {
    return this.#parts.counts.running + this.#parts.waiting.count;
  }

  /** Trials that run, the oldest first. */
  get running(): readonly TrialState[] {
    return [...this.#parts.running.values()];
  }

  /** `now`: as of Date.now(). */
  progress(now: number): RunProgress {
    const state = this.#state;
    const parts = this.#parts;
    const { counts, stages, waiting } = parts;
    const until = state === null ? now : this.#until(state, now);
    const startMs = parts.startMs ?? until;
    const recent = parts.ends.recent(until, { startMs });
    const recentMinutes = (until - recent.sinceMs) / 60_000;
    const goesOn = state?.phase === 'running';
    const left = goesOn ? this.#left(until, recent) : null;
    const times = stages.times;
    const done = counts.resolved + counts.unresolved + counts.empty_patch + counts.infra_failure;
    return {
      phase: state?.phase ?? 'running',
      total: done + counts.running + waiting.count + counts.cancelled,
      done,
      ...counts,
      // When it does not go on, nothing runs: what was under way is still to be done.
      running: goesOn ? counts.running : 0,
      waiting: waiting.count + (goesOn ? 0 : counts.running),
      rate: rateOf(parts.ends.countAfter(startMs), (until - startMs) / 60_000),
      recent_rate:
        goesOn && recent.ends.length > 0 && recentMinutes > 0
          ? { rate: recent.ends.length / recentMinutes, over_s: recentMinutes * 60 }
          : null,
      time_left: left?.time ?? null,
      cost: state === null ? null : costOf(state, left?.cost ?? null),
      stages: times,
      slowest: slowestOf(times),
      failures: parts.failures.all,
      nodes: parts.nodes.all(recent.ends, goesOn ? recentMinutes : null),
    };
  }

  /** Up to when the run went on. */
  #until({ phase, endedAt }: RunState, now: number): number {
    if (phase === 'running') return now;
    const last = this.#parts.ends.last?.at ?? this.#parts.startMs ?? now;
    // When it was interrupted nobody can tell; its last sign of life can.
    return phase === 'interrupted' || endedAt === null ? last : Date.parse(endedAt);
  }

  /**
   * What is left to do. The work in it is what trials that wait will take (as those of their group did) and what is left
   * of those that run, given how long they run already; as many share it as ran at the same time lately, and the last of
   * them ends later than the others. It takes at least as long as those that run.
   */
  #left(now: number, recent: RecentEnds): { time: TimeLeft; cost: number | null } | null {
    const { means, waiting, durations, running } = this.#parts;
    const trials = [...running.values()];
    const ages = trials.map(({ startedAt }) =>
      Math.max(0, (now - Date.parse(startedAt ?? '')) / 1000 || 0),
    );
    if (trials.length + waiting.count === 0) return { time: { seconds: 0, rough: false }, cost: 0 };
    const lives = lifetimesOf(durations.values, ages);
    if (lives === null) return null;
    const mean: Expected = { seconds: lives.mean, cost: means.meanCost };
    const rest = means.waiting(mean);
    const leftOfEach = ages.map((age) => lives.left(age));
    const work = rest.seconds + leftOfEach.reduce((sum, seconds) => sum + seconds, 0);
    const slots = this.#slots(now, recent, ages);
    // When none waits any more, the last of them goes on for a while alone.
    const shared = rest.seconds === 0 ? 0 : work / slots + lives.lastOfMany(slots);
    const seconds = Math.max(shared, lives.lastOf(ages));
    const leftToPay = trials.map(({ usage }) => Math.max(0, mean.cost - (usage?.cost ?? 0)));
    return {
      time: { seconds, rough: means.ended < fewEnded || lives.unseen > 0.5 },
      cost: rest.cost + leftToPay.reduce((sum, cost) => sum + cost, 0),
    };
  }

  /** How many trials share the work: the mean number of those that ran lately, or that run now where little is known. */
  #slots(now: number, { sinceMs, ends, few }: RecentEnds, ages: readonly number[]): number {
    const span = (now - sinceMs) / 1000;
    const most = ages.length + this.#parts.waiting.count;
    if (few || span <= 0) return Math.min(most, ages.length || this.#parts.concurrency);
    const busy =
      ends.reduce((sum, { at, seconds }) => sum + Math.min(seconds, (at - sinceMs) / 1000), 0) +
      ages.reduce((sum, age) => sum + Math.min(age, span), 0);
    return Math.min(most, Math.max(1, busy / span));
  }
}

/** How far a run is, for whoever asks once. */
export function progressOf(state: RunState, now: number): RunProgress {
  return new ProgressCounter().take(state).progress(now);
}

function rateOf(ended: number, minutes: number): number | null {
  return ended === 0 || minutes <= 0 ? null : ended / minutes;
}

function costOf({ spent, budget, plan }: RunState, left: number | null): RunCost | null {
  if (spent.turns === 0) return null;
  const limit = (budget ?? (plan === null ? {} : runBudget(plan.config))).cost ?? null;
  return {
    so_far: spent.knownCost,
    at_least: spent.cost === null,
    projected: left === null ? null : spent.knownCost + left,
    limit,
  };
}

function slowestOf(times: readonly StageTimes[]): RunProgress['slowest'] {
  const all = times.reduce((sum, { total_s: seconds }) => sum + seconds, 0);
  const [first, ...others] = times;
  if (first === undefined || all === 0) return null;
  const most = others.reduce((a, b) => (b.total_s > a.total_s ? b : a), first);
  return { stage: most.stage, share: most.total_s / all };
}
