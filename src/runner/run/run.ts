import type { Agent } from '../agents/agent';
import type { Benchmark, EarlierTrial } from '../benchmarks/benchmark';
import { localEngine } from '../engines/local';
import type { Host } from '../host';
import { Budget } from '../llm/budget';
import type { BudgetStop, Model } from '../llm/model';
import type { BudgetLimits, RunPlan, RunState, Task, TrialPlan, TrialResult } from '../model';
import { runBudget, RunnerError, totalsOf } from '../model';
import type { RunHandle, RunObserver, RunOutcome } from '../runner';
import type { SandboxProvider } from '../sandbox/sandbox';
import { JsonLinesWriter } from '../store/files';
import { runPaths } from '../store/runFolder';
import { SandboxTrees } from '../trajectory/sandboxTrees';
import { TreeCache } from '../trajectory/treeCache';
import type { UpcomingTask } from './environments';
import { Environments } from './environments';
import { EventLog } from './eventLog';
import { writeReports } from './reports';
import { SharedSandboxes } from './sharedSandboxes';
import type { TrialDependencies } from './trial';
import { runTrial } from './trial';
import { limitsOfTask } from './trialStages';
import type { StopCause } from './trialResult';
import { RunStop } from './trialResult';
import { SolvedTasks, turnsOf } from './turns';

const stopCauses: Record<BudgetStop['limit'], StopCause> = {
  turns: 'max_turns',
  tokens: 'max_tokens',
  cost: 'max_cost',
  time_s: 'max_time',
};

/** All that a run needs, made by the facade. */
export interface RunParts {
  readonly host: Host;
  readonly runDir: string;
  readonly plan: RunPlan;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly agent: Agent;
  /** null for agents that need none. */
  readonly model: Model | null;
  /** What the run may spend from now on; undefined: as before. */
  readonly budget?: BudgetLimits | undefined;
  readonly provider: SandboxProvider;
  readonly benchmarkOf: (id: Task['benchmark']) => Benchmark;
  /** What earlier processes left; empty for a new run. */
  readonly state: RunState;
  readonly observer: RunObserver | undefined;
  readonly signal: AbortSignal;
  /** Gives the run folder back. */
  readonly release: () => Promise<void>;
}

/**
 * Runs what is left of a plan: every trial that has no result yet, or one that does not count as done. One pipeline for
 * a new run, a resumed one and a worker's single trial.
 */
export class Run {
  readonly #parts: RunParts;
  readonly #events: EventLog;
  readonly #results: JsonLinesWriter;
  readonly #stop = new AbortController();
  readonly #trials = new Map<string, AbortController>();
  readonly #solved: SolvedTasks | null;

  constructor(parts: RunParts) {
    this.#parts = parts;
    const { config, trials } = parts.plan;
    this.#solved = config.stop_when_solved ? new SolvedTasks(trials) : null;
    this.#results = new JsonLinesWriter(runPaths(parts.runDir).results);
    this.#events = new EventLog({
      runDir: parts.runDir,
      state: parts.state,
      observer: parts.observer,
      onFailure: (error) => {
        this.#recordingFailed(error);
      },
      log: (message) => {
        parts.host.log('error', message);
      },
    });
  }

  /** Starts `trials` and tells how to follow and stop them. */
  async start(trials: readonly TrialPlan[]): Promise<RunHandle> {
    const { plan, runDir, state, provider, host } = this.#parts;
    if (state.plan === null) await this.#events.emitRun({ type: 'run.started', plan });
    else {
      const { budget } = this.#parts;
      await this.#events.emitRun({
        type: 'run.resumed',
        pid: host.pid,
        ...(budget === undefined ? {} : { budget }),
      });
    }
    await this.#events.emitRun({
      type: 'run.note',
      level: 'info',
      text: `sandbox: ${provider.name}`,
    });
    return {
      runDir,
      runId: plan.run_id,
      cancelTrial: (trialId) => this.#trials.get(trialId)?.abort(new RunStop('user', 'cancelled')),
      done: this.#run(trials),
    };
  }

  async #run(trials: readonly TrialPlan[]): Promise<RunOutcome> {
    const { plan, signal, release } = this.#parts;
    const stop = AbortSignal.any([signal, this.#stop.signal]);
    const { time_s: timeS } = this.#budget;
    const timer =
      timeS === undefined
        ? undefined
        : setTimeout(() => {
            this.#stopAtLimit('time_s');
          }, timeS * 1000);
    try {
      await using shared = this.#sharedSandboxes();
      const dependencies = this.#dependencies(trials, { signal: stop, shared });
      for (const text of await dependencies.environments.warnings())
        await this.#events.emitRun({ type: 'run.note', level: 'warning', text });
      await this.#tellEnded();
      const turns = turnsOf(trials, plan.config);
      await localEngine.run(turns.first, (trial, own) => this.#trial(dependencies, trial, own), {
        concurrency: plan.concurrency,
        signal: stop,
        next: turns.next,
      });
      const reason: unknown = stop.reason;
      await this.#events.emitRun({
        type: 'run.ended',
        end: stop.aborted ? 'cancelled' : 'finished',
        ...(stop.aborted ? { cause: reason instanceof RunStop ? reason.cause : 'user' } : {}),
      });
      const outcome = this.#outcome();
      await writeReports(this.#parts, this.#events.state, outcome.results);
      return outcome;
    } finally {
      clearTimeout(timer);
      await this.#results.close();
      await this.#events.close();
      await this.#parts.provider[Symbol.asyncDispose]();
      await release();
    }
  }

  async #trial(
    dependencies: TrialDependencies,
    plan: TrialPlan,
    signal: AbortSignal,
  ): Promise<void> {
    const task = this.#parts.tasks.get(plan.task_id);
    if (task === undefined)
      throw new RunnerError('invalid-config', `The run folder has no task "${plan.task_id}".`);
    const benchmark = this.#parts.benchmarkOf(task.benchmark);
    if (await this.#isSkipped(plan, (await benchmark.earlier?.(task, plan)) ?? null)) return;
    const own = new AbortController();
    this.#trials.set(plan.trial_id, own);
    try {
      const result = await runTrial(dependencies, benchmark, {
        plan,
        task,
        signal: AbortSignal.any([signal, own.signal]),
      });
      await this.#results.append(result, { sync: true });
      const { folder } = runPaths(this.#parts.runDir).trial(plan.trial_id);
      await benchmark.ended?.(task, { plan, result, folder });
      if (result.cause === 'disk-full')
        this.#stop.abort(new RunStop('disk', result.detail ?? 'the disk is full'));
      // Every other trial would be denied as well.
      if (result.cause === 'model-denied')
        this.#stop.abort(new RunStop('model', result.detail ?? 'the model is denied'));
    } finally {
      this.#trials.delete(plan.trial_id);
    }
  }

  /** A process that died may have left out records that outlive the run. */
  async #tellEnded(): Promise<void> {
    const { runDir, tasks, benchmarkOf, state } = this.#parts;
    for (const { plan, result } of state.trials.values()) {
      const task = tasks.get(plan.task_id);
      const benchmark = benchmarkOf(plan.benchmark);
      if (task === undefined || result === null || benchmark.ended === undefined) continue;
      if ((await benchmark.earlier?.(task, plan)) !== null) continue;
      const { folder } = runPaths(runDir).trial(plan.trial_id);
      await benchmark.ended(task, { plan, result, folder });
    }
  }

  /** Whether an earlier attempt made the trial needless: then that is its end. */
  async #isSkipped(
    { trial_id: id, task_id: task }: TrialPlan,
    earlier: EarlierTrial | null,
  ): Promise<boolean> {
    const solvedBy = this.#solved?.solvedBy(task, this.#events.state) ?? null;
    const why = solvedBy === null ? earlier : { reason: 'solved' as const, by: solvedBy };
    if (why === null) return false;
    // One that ended keeps its result.
    if (this.#events.state.trials.get(id)?.result !== null) return true;
    await this.#events.emitTrial(id, { type: 'trial.skipped', ...why });
    await this.#events.closeTrial(id);
    return true;
  }

  #dependencies(
    trials: readonly TrialPlan[],
    { signal, shared }: { readonly signal: AbortSignal; readonly shared: SharedSandboxes },
  ): TrialDependencies {
    const { runDir, plan, provider, agent, model, host, benchmarkOf, observer } = this.#parts;
    const cache = new TreeCache(host);
    return {
      runDir,
      runId: plan.run_id,
      provider,
      environments: new Environments({
        provider,
        signal,
        onProgress: (line) => observer?.onProgress?.(line),
        onNote: (text) => {
          this.#events.emitRun({ type: 'run.note', level: 'warning', text }).catch(() => undefined); // stops the run by itself
        },
        labels: { run: plan.run_id },
        upcoming: this.#upcoming(trials),
        lookAhead: plan.concurrency,
      }),
      shared,
      events: this.#events,
      agent,
      model,
      modelName: plan.model,
      config: plan.config,
      budget: new Budget(this.#budget, { spent: this.#events.state.spent }),
      onRunLimit: (limit) => {
        this.#stopAtLimit(limit);
      },
      onSession: (session) => {
        try {
          observer?.onSession?.(session);
        } catch (error) {
          host.log('error', `an observer failed: ${String(error)}`);
        }
      },
      recordTrees: (place) => SandboxTrees.start({ ...place, host, cache }),
      keepSandbox: plan.config.keep_sandbox,
      limitsOf: (task) => limitsOfTask(benchmarkOf(task.benchmark), task, plan.config),
      log: (message) => {
        host.log('warning', message);
      },
    };
  }

  #sharedSandboxes(): SharedSandboxes {
    const { plan, provider, host, observer } = this.#parts;
    return new SharedSandboxes({
      provider,
      labels: { run: plan.run_id },
      onProgress: (line) => observer?.onProgress?.(line),
      log: (message) => {
        host.log('warning', message);
      },
    });
  }

  #upcoming(trials: readonly TrialPlan[]): readonly UpcomingTask[] {
    const { tasks, benchmarkOf } = this.#parts;
    return trials.flatMap(({ task_id: id, benchmark }) => {
      const task = tasks.get(id);
      return task === undefined ? [] : [{ task, benchmark: benchmarkOf(benchmark) }];
    });
  }

  /** What a resume set holds, else what the run was started with. */
  get #budget(): BudgetLimits {
    return this.#events.state.budget ?? runBudget(this.#parts.plan.config);
  }

  #stopAtLimit(limit: BudgetStop['limit']): void {
    this.#stop.abort(new RunStop(stopCauses[limit], `the run's limit of ${limit} is reached`));
  }

  #outcome(): RunOutcome {
    const { runDir, plan } = this.#parts;
    const { state } = this.#events;
    const results: TrialResult[] = [];
    for (const { result } of state.trials.values()) if (result !== null) results.push(result);
    return { runDir, runId: plan.run_id, state, totals: totalsOf(state), results };
  }

  /** Nothing that happens from now on would be kept, so nothing more may happen. */
  #recordingFailed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#parts.host.log('error', `the run cannot be recorded: ${message}`);
    this.#stop.abort(new RunStop('disk', message));
  }
}
