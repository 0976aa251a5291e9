import { passedLimit } from '../llm/budget';
import type { BudgetStop } from '../llm/model';
import type { BudgetLimits, RunState, StopCause, Task, TrialPlan, TrialResult } from '../model';
import { runBudget } from '../model';
import type { RunHandle, RunOutcome } from '../runner';
import type { SandboxProvider } from '../sandbox/sandbox';
import { JsonLinesWriter } from '../store/files';
import type { HeldFolder } from '../store/ownerLock';
import { runPaths, taskIn } from '../store/runFolder';
import { engineOf } from './engines';
import { EventLog } from './eventLog';
import { RemoteTrials } from './remoteTrials';
import { endRun, failureOf } from './runEnd';
import { RunGuard } from './runGuard';
import { StateKeeper } from './stateKeeper';
import { tellEnded } from './tellEnded';
import type { TrialDependencies } from './trial';
import { runTrial } from './trial';
import type { TrialParts } from './trialParts';
import { sharedSandboxes, trialDependencies, upcoming } from './trialParts';
import { RunStop, stopCauseOf } from './trialResult';
import { SolvedTasks, turnsOf } from './turns';
import { secretsOf } from './workerSecrets';

const stopCauses: Record<BudgetStop['limit'], StopCause> = {
  turns: 'max_turns',
  tokens: 'max_tokens',
  cost: 'max_cost',
  time_s: 'max_time',
};

/** All that a run needs, made by the facade. */
export interface RunParts extends Omit<TrialParts, 'provider'> {
  /** What the run may spend from now on; undefined: as before. */
  readonly budget?: BudgetLimits | undefined;
  /** Why trials that have a result are run again; undefined: they are not. */
  readonly retry?: 'infra' | undefined;
  /** null: trials run elsewhere, and find a sandbox of their own. */
  readonly provider: SandboxProvider | null;
  /** What earlier processes left; empty for a new run. */
  readonly state: RunState;
  readonly signal: AbortSignal;
  /** The run folder. */
  readonly held: HeldFolder;
  /** What was repaired of what an earlier process left, for people. */
  readonly repairs?: readonly string[];
}

/**
 * Runs what is left of a plan: every trial that has no result yet, or one that does not count as done. One pipeline for
 * a new run, a resumed one and a worker's single trial.
 */
export class Run {
  readonly #parts: RunParts;
  readonly #events: EventLog;
  readonly #results: JsonLinesWriter;
  /** Lines of results on their way to the disk: trials begin meanwhile, and none after one failed. */
  #lines: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();
  readonly #trials = new Map<string, AbortController>();
  readonly #solved: SolvedTasks | null;
  readonly #keeper: StateKeeper;

  constructor(parts: RunParts) {
    this.#parts = parts;
    const { config, trials } = parts.plan;
    this.#solved = config.stop_when_solved ? new SolvedTasks(trials) : null;
    const { assertHeld } = parts.held;
    this.#results = new JsonLinesWriter(runPaths(parts.runDir).results, assertHeld);
    this.#events = new EventLog({
      runDir: parts.runDir,
      state: parts.state,
      observer: parts.observer,
      assertHeld,
      onFailure: (error) => {
        this.#recordingFailed(error);
      },
      log: (message) => {
        parts.host.log('error', message);
      },
    });
    const state = (): RunState => this.#events.state;
    this.#keeper = new StateKeeper({ runDir: parts.runDir, state, assertHeld });
  }

  /** Starts `trials` and tells how to follow and stop them. */
  async start(trials: readonly TrialPlan[]): Promise<RunHandle> {
    const { plan, runDir, state, provider, host, repairs = [] } = this.#parts;
    if (state.plan === null) await this.#events.emitRun({ type: 'run.started', plan });
    else {
      const { budget, retry } = this.#parts;
      await this.#events.emitRun({
        type: 'run.resumed',
        pid: host.pid,
        concurrency: plan.concurrency,
        ...(budget === undefined ? {} : { budget }),
        ...(retry === undefined ? {} : { retry }),
      });
    }
    for (const repair of repairs) await this.#note('warning', `repaired: ${repair}`);
    await this.#note('info', `sandbox: ${provider?.name ?? plan.sandbox}`);
    return {
      runDir,
      runId: plan.run_id,
      cancelTrial: (trialId) => this.#trials.get(trialId)?.abort(new RunStop('user', 'cancelled')),
      done: this.#run(trials),
    };
  }

  async #run(trials: readonly TrialPlan[]): Promise<RunOutcome> {
    const { plan, signal, held, host } = this.#parts;
    const stop = AbortSignal.any([signal, this.#stop.signal]);
    const { time_s: timeS } = this.#budget;
    const timer =
      timeS === undefined
        ? undefined
        : setTimeout(() => {
            this.#stopAtLimit('time_s');
          }, timeS * 1000);
    try {
      const engine = await engineOf(plan.config.engine, host);
      await using here = await this.#placeHere(trials, stop);
      await using guard = this.#guard();
      await tellEnded(this.#parts);
      await guard.begin(upcoming(this.#parts, trials), stop);
      const turns = turnsOf(trials, plan.config);
      const work = engine.run(turns.first, {
        concurrency: plan.concurrency,
        signal: stop,
        next: turns.next,
        runTrial: (trial, own) => this.#trial({ ...here, guard }, trial, own),
        workers: this.#workers(guard, stop),
      });
      const failure = await failureOf(work.then(() => this.#lines));
      await this.#keeper.settled();
      return await endRun(this.#parts, { events: this.#events, stop, failure });
    } finally {
      clearTimeout(timer);
      await this.#results.close();
      await this.#events.close();
      await this.#parts.provider?.[Symbol.asyncDispose]();
      await held.release();
    }
  }

  #note(level: 'info' | 'warning', text: string): Promise<void> {
    return this.#events.emitRun({ type: 'run.note', level, text });
  }

  #guard(): RunGuard {
    return new RunGuard({
      ...this.#parts,
      stop: (reason) => {
        this.#stop.abort(reason);
      },
      note: (level, text) => {
        this.#note(level, text).catch(() => undefined); // stops the run by itself
      },
    });
  }

  /** What trials in this process share; nothing when none runs here. */
  async #placeHere(
    trials: readonly TrialPlan[],
    signal: AbortSignal,
  ): Promise<{ readonly dependencies: TrialDependencies | null } & AsyncDisposable> {
    const { provider } = this.#parts;
    if (provider === null)
      return { dependencies: null, [Symbol.asyncDispose]: () => Promise.resolve() };
    const parts = { ...this.#parts, provider };
    const shared = sharedSandboxes(parts);
    const dependencies = trialDependencies(parts, {
      trials,
      events: this.#events,
      shared,
      budget: this.#budget,
      signal,
      onRunLimit: (limit) => {
        this.#stopAtLimit(limit);
      },
      onNote: (text) => {
        this.#note('warning', text).catch(() => undefined); // stops the run by itself
      },
    });
    for (const text of await dependencies.environments.warnings())
      await this.#note('warning', text);
    return { dependencies, [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose]() };
  }

  #workers(guard: RunGuard, signal: AbortSignal): RemoteTrials {
    const { plan, host } = this.#parts;
    return new RemoteTrials({
      ...this.#parts,
      events: this.#events,
      signal,
      secrets: () => secretsOf(plan, host),
      begin: async (trial) => {
        if (await this.#isSkipped(trial)) return null;
        const own = new AbortController();
        this.#trials.set(trial.trial_id, own);
        return AbortSignal.any([signal, own.signal]);
      },
      ended: async (trial, result) => {
        this.#trials.delete(trial.trial_id);
        await this.#keep(guard, trial, result);
      },
      onEvents: () => {
        const limit = passedLimit(this.#budget, this.#events.state.spent);
        if (limit !== null) this.#stopAtLimit(limit);
      },
      stopCause: () => (signal.reason instanceof RunStop ? signal.reason.cause : 'user'),
    });
  }

  async #trial(
    {
      dependencies,
      guard,
    }: { readonly dependencies: TrialDependencies | null; readonly guard: RunGuard },
    plan: TrialPlan,
    signal: AbortSignal,
  ): Promise<void> {
    if (dependencies === null) throw new Error('a trial was to run where none can');
    if (await this.#isSkipped(plan)) return;
    const task = this.#taskOf(plan);
    const leave = await guard.enter(signal);
    if (leave === null) return;
    const own = new AbortController();
    this.#trials.set(plan.trial_id, own);
    try {
      const result = await runTrial(dependencies, this.#parts.benchmarkOf(task.benchmark), {
        plan,
        task,
        signal: AbortSignal.any([signal, own.signal]),
      });
      await this.#keep(guard, plan, result);
    } finally {
      leave();
      this.#trials.delete(plan.trial_id);
    }
  }

  /** A trial ended, here or elsewhere: what the run keeps of it, and what follows for the run. */
  async #keep(guard: RunGuard, plan: TrialPlan, result: TrialResult): Promise<void> {
    const task = this.#taskOf(plan);
    const earlier = this.#lines;
    const line = this.#results.append(result, { sync: true });
    this.#lines = Promise.all([earlier, line]).then(() => undefined);
    this.#lines.catch(() => undefined); // told to the next trial, and at the run's end
    await earlier;
    const { folder } = runPaths(this.#parts.runDir).trial(plan.trial_id);
    await this.#parts.benchmarkOf(task.benchmark).ended?.(task, { plan, result, folder });
    this.#keeper.trialEnded();
    await guard.ended(result);
  }

  #taskOf({ task_id: id }: TrialPlan): Task {
    return taskIn(this.#parts.tasks, id);
  }

  /** Whether an earlier attempt made the trial needless: then that is its end. */
  async #isSkipped(plan: TrialPlan): Promise<boolean> {
    const { trial_id: id, task_id: task } = plan;
    const { benchmarkOf } = this.#parts;
    const earlier = (await benchmarkOf(plan.benchmark).earlier?.(this.#taskOf(plan), plan)) ?? null;
    const solvedBy = this.#solved?.solvedBy(task, this.#events.state) ?? null;
    const why = solvedBy === null ? earlier : { reason: 'solved' as const, by: solvedBy };
    if (why === null) return false;
    // One that ended keeps its result.
    if (this.#events.state.trials.get(id)?.result !== null) return true;
    await this.#events.emitTrial(id, { type: 'trial.skipped', ...why });
    await this.#events.closeTrial(id);
    return true;
  }

  /** What a resume set holds, else what the run was started with. */
  get #budget(): BudgetLimits {
    return this.#events.state.budget ?? runBudget(this.#parts.plan.config);
  }

  #stopAtLimit(limit: BudgetStop['limit']): void {
    this.#stop.abort(new RunStop(stopCauses[limit], `the run's limit of ${limit} is reached`));
  }

  /** Nothing that happens from now on would be kept, so nothing more may happen. */
  #recordingFailed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#stop.signal.aborted) return;
    this.#parts.host.log('error', `the run cannot be recorded: ${message}`);
    this.#stop.abort(new RunStop(stopCauseOf(error), message));
  }
}
