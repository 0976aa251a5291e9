import type { RunState, TrialState } from '../runState';
import { isTrialLeft } from '../runState';
import { classOf } from '../trialClass';
import { FailureGroups } from './failureGroups';
import { GroupMeans } from './groupMeans';
import { NodeTrials } from './nodeTrials';
import { SortedNumbers } from './sortedNumbers';
import { StageClock } from './stageClock';
import { TrialEnds } from './trialEnds';
import { WaitingTrials } from './waitingTrials';

/** Everything that is kept up of a run's trials, from one resume to the next. */
export class ProgressParts {
  /** When this session began; null: the run has not. */
  readonly startMs: number | null;
  readonly concurrency: number;
  readonly counts = {
    running: 0,
    resolved: 0,
    unresolved: 0,
    empty_patch: 0,
    infra_failure: 0,
    cancelled: 0,
    skipped: 0,
    not_applicable: 0,
  };
  readonly running = new Map<string, TrialState>();
  /** Seconds of the trials that ended, in whatever session. */
  readonly durations = new SortedNumbers();
  readonly ends = new TrialEnds();
  readonly stages = new StageClock();
  readonly failures = new FailureGroups();
  readonly nodes = new NodeTrials();
  readonly means = new GroupMeans();
  readonly waiting: WaitingTrials;
  readonly #retry: 'infra' | null;
  /** Trials of this machine end with the process that runs them; those of a cluster go on without it. */
  readonly #outlive: boolean;
  readonly #trials = new Map<string, TrialState>();

  constructor(state: RunState | null) {
    const session = state?.session ?? null;
    this.startMs = session === null ? null : Date.parse(session.startedAt);
    this.concurrency = session?.concurrency ?? 1;
    this.#retry = session?.retry ?? null;
    this.#outlive = (state?.plan?.config.engine ?? 'local') !== 'local';
    this.waiting = new WaitingTrials(this.means, {
      oneByOne: state?.plan?.config.stop_when_solved ?? false,
    });
  }

  /** Takes a trial's new state in, and what was counted of its former one out. */
  put(trial: TrialState): void {
    const { trial_id: id } = trial.plan;
    const before = this.#trials.get(id);
    if (before === trial) return;
    this.#trials.set(id, trial);
    this.stages.replace(before?.stages ?? [], trial.stages);
    if (before !== undefined && isCountedAlike(before, trial)) {
      // A step or a stage of a trial that runs: the most frequent change by far.
      if (this.running.has(id)) this.running.set(id, trial);
      return;
    }
    if (before !== undefined) this.#count(before, -1);
    this.#count(trial, 1);
  }

  #count(trial: TrialState, sign: 1 | -1): void {
    const { counts } = this;
    this.nodes.count(trial, sign);
    this.waiting.countEnd(trial, sign);
    if (trial.result !== null) this.#countEnd(trial, sign);
    if (trial.phase === 'skipped') counts.skipped += sign;
    else if (this.#isRunning(trial)) this.#countRunning(trial, sign);
    else if (this.#isWaiting(trial)) this.waiting.countWaiting(trial, sign);
    else if (trial.result === null) counts.cancelled += sign;
    else {
      const kind = classOf(trial.result.status);
      counts[kind === 'incomplete' ? 'cancelled' : kind] += sign;
    }
  }

  /** Not one that was under way when an earlier session was cut off. */
  #isRunning({ phase, startedAt }: TrialState): boolean {
    if (phase !== 'running') return false;
    return this.#outlive || Date.parse(startedAt ?? '') >= (this.startMs ?? -Infinity);
  }

  /** Still to begin in this session: what it asked for again is, what ended in it is not, however that was. */
  #isWaiting(trial: TrialState): boolean {
    if (trial.phase === 'queued' && this.#isOfSession(trial.queuedAt)) return true;
    return !this.#isOfSession(trial.endedAt) && isTrialLeft(trial, this.#retry);
  }

  #isOfSession(time: string | null): boolean {
    return time !== null && this.startMs !== null && Date.parse(time) >= this.startMs;
  }

  #countRunning(trial: TrialState, sign: 1 | -1): void {
    this.counts.running += sign;
    if (sign === 1) this.running.set(trial.plan.trial_id, trial);
    else this.running.delete(trial.plan.trial_id);
  }

  #countEnd(trial: TrialState, sign: 1 | -1): void {
    const { plan, result, endedAt, node } = trial;
    if (result === null) return;
    if (sign === 1) this.failures.add(trial);
    else this.failures.remove(trial);
    // One that was cut short tells nothing of how long others take, and it is no trial done.
    if (classOf(result.status) === 'incomplete') return;
    const { duration_s: seconds, usage } = result;
    this.means.countEnd(plan.group, { seconds, cost: usage?.cost ?? 0 }, sign);
    if (sign === 1) this.durations.add(seconds);
    else this.durations.remove(seconds);
    const end = { trial: plan.trial_id, at: Date.parse(endedAt ?? ''), seconds, node };
    if (Number.isNaN(end.at)) return;
    if (sign === 1) this.ends.add(end);
    else this.ends.remove(end);
  }
}

function isCountedAlike(a: TrialState, b: TrialState): boolean {
  return a.phase === 'running' && b.phase === 'running' && a.startedAt === b.startedAt;
}
