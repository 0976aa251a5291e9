import { readdir } from 'node:fs/promises';
import type { Benchmark } from '../benchmarks/benchmark';
import type { Workers } from '../engines/engine';
import type { Host } from '../host';
import type { RunPlan, Task, TrialPlan, TrialResult, TrialState } from '../model';
import { RunnerError, trialResultSchema } from '../model';
import { EventFiles } from '../store/eventFiles';
import { readJson } from '../store/files';
import { lockTrial } from '../store/ownerLock';
import { runPaths, taskIn } from '../store/runFolder';
import { recordResult, resultWithout } from './endedTrial';
import type { EventLog } from './eventLog';
import { workerNeeds } from './workerNeeds';

export interface RemoteTrialsOptions {
  readonly host: Host;
  readonly runDir: string;
  readonly plan: RunPlan;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly benchmarkOf: (id: Task['benchmark']) => Benchmark;
  readonly events: EventLog;
  readonly signal: AbortSignal;
  readonly secrets: Workers['secrets'];
  /** Before a trial is given to a worker; null: it is not needed. */
  readonly begin: (trial: TrialPlan) => Promise<AbortSignal | null>;
  /** A trial came to its end, told once. */
  readonly ended: (trial: TrialPlan, result: TrialResult) => Promise<void>;
  /** Events of workers were taken over. */
  readonly onEvents: () => void;
  /** Why a trial is cancelled that nobody cancelled alone. */
  readonly stopCause: () => string;
}

/** The trials of a run whose workers are other processes, as this one sees and ends them. */
export class RemoteTrials implements Workers {
  readonly runDir: string;
  readonly runId: string;
  readonly config: Workers['config'];
  readonly secrets: Workers['secrets'];
  readonly #options: RemoteTrialsOptions;
  readonly #files = new EventFiles();
  /** Trials that were begun and have not come to their end, by id. */
  readonly #open = new Map<string, { readonly trial: TrialPlan; readonly signal: AbortSignal }>();

  constructor(options: RemoteTrialsOptions) {
    this.#options = options;
    this.runDir = options.runDir;
    this.runId = options.plan.run_id;
    this.config = options.plan.config;
    this.secrets = options.secrets;
  }

  readonly submissions: Workers['submissions'] = () => this.#options.events.state.submissions;

  readonly needsOf: Workers['needsOf'] = async (trial) => {
    const { signal, benchmarkOf, plan } = this.#options;
    const task = this.#taskOf(trial);
    return await workerNeeds(benchmarkOf(task.benchmark), task, {
      attempt: trial.attempt,
      config: plan.config,
      signal,
    });
  };

  readonly begin: Workers['begin'] = async (trial) => {
    const signal = await this.#options.begin(trial);
    if (signal === null) return null;
    const { result, phase } = this.#stateOf(trial);
    if (result === null && this.submissions().length > 0) {
      // Workers of an earlier process go on while this one looks for them.
      await this.#read([trial.trial_id]);
      const { result: late } = this.#stateOf(trial);
      if (late !== null) {
        await this.#options.ended(trial, late);
        return null;
      }
    }
    // A worker leaves a trial alone that has come to a result.
    if (result !== null || phase === 'skipped')
      await this.#holding(trial, () => this.#queue(trial));
    this.#open.set(trial.trial_id, { trial, signal });
    return signal;
  };

  readonly refresh: Workers['refresh'] = async () => {
    const folders = new Set(await readdir(this.runDir));
    await this.#read([...this.#open.keys()].filter((id) => folders.has(id)));
    const ended: TrialPlan[] = [];
    for (const { trial } of [...this.#open.values()])
      if (await this.#settle(trial)) ended.push(trial);
    return ended;
  };

  readonly waits: Workers['waits'] = async (trial) => {
    if (this.#stateOf(trial).phase !== 'running') return;
    await this.#holding(trial, async () => {
      if (this.#stateOf(trial).phase === 'running') await this.#queue(trial);
    });
  };

  readonly fail: Workers['fail'] = (trial, end) =>
    this.#end(trial, (state) => this.#result(state, { status: 'infra_failure', ...end }));

  readonly cancel: Workers['cancel'] = (trial, { begun }) =>
    this.#end(trial, async (state) => {
      const own = this.#open.get(trial.trial_id)?.signal.aborted === true;
      const cause = own && !this.#options.signal.aborted ? 'user' : this.#options.stopCause();
      const stopped = await this.#stoppedResult(trial);
      if (stopped !== null) return { ...stopped, cause };
      if (begun && state.phase !== 'running') return null;
      return this.#result(state, { status: 'cancelled', cause, detail: null });
    });

  readonly submitted: Workers['submitted'] = (submission) =>
    this.#options.events.emitRun({ type: 'run.submitted', ...submission });

  readonly note: Workers['note'] = (level, text) =>
    this.#options.events.emitRun({ type: 'run.note', level, text });

  /** Ends a trial with what `resultOf` makes of it, unless it has come to its end meanwhile. null: it stays without. */
  async #end(
    trial: TrialPlan,
    resultOf: (state: TrialState) => Promise<TrialResult | null> | TrialResult,
  ): Promise<boolean> {
    const { events } = this.#options;
    const held = await this.#holding(trial, async () => {
      if (this.#stateOf(trial).result !== null) return;
      const result = await resultOf(this.#stateOf(trial));
      if (result !== null)
        await recordResult({ runDir: this.runDir, events }, trial.trial_id, { result });
    });
    if (!held) return false;
    await this.#settle(trial);
    this.#open.delete(trial.trial_id);
    return true;
  }

  async #settle(trial: TrialPlan): Promise<boolean> {
    const { result } = this.#stateOf(trial);
    if (result === null || !this.#open.delete(trial.trial_id)) return false;
    await this.#options.ended(trial, result);
    return true;
  }

  /** Writes into a trial's folder as its worker would, with all that was written before read. false: a worker has it. */
  async #holding(trial: TrialPlan, work: () => Promise<void>): Promise<boolean> {
    let release: () => Promise<void>;
    try {
      release = await lockTrial(
        runPaths(this.runDir).trial(trial.trial_id).folder,
        this.#options.host,
      );
    } catch (error) {
      if (RunnerError.is(error, 'locked')) return false;
      throw error;
    }
    try {
      await this.#read([trial.trial_id]);
      await work();
    } finally {
      await release();
    }
    return true;
  }

  async #queue(trial: TrialPlan): Promise<void> {
    const { events } = this.#options;
    await events.emitTrial(trial.trial_id, { type: 'trial.queued' });
    await events.closeTrial(trial.trial_id);
  }

  async #read(ids: readonly string[]): Promise<void> {
    const paths = runPaths(this.runDir);
    const { events, onEvents } = this.#options;
    await this.#files.addedToEach(
      ids.map((id) => paths.trial(id).events),
      (added) => {
        for (const event of added) events.adopt(event);
        if (added.length > 0) onEvents();
      },
    );
  }

  /** What a worker that was stopped made of its trial: it is kept, and counts when the trial is not begun again. */
  async #stoppedResult({ trial_id: id }: TrialPlan): Promise<TrialResult | null> {
    try {
      const result = await readJson(runPaths(this.runDir).trial(id).result, trialResultSchema);
      return result.status === 'cancelled' ? result : null;
    } catch (error) {
      if (RunnerError.is(error)) return null;
      throw error;
    }
  }

  #result(state: TrialState, end: Pick<TrialResult, 'status' | 'cause' | 'detail'>): TrialResult {
    const task = this.#taskOf(state.plan);
    const { plan, benchmarkOf } = this.#options;
    return resultWithout(state, end, { run: plan, task, benchmark: benchmarkOf(task.benchmark) });
  }

  #stateOf({ trial_id: id }: TrialPlan): TrialState {
    const state = this.#options.events.state.trials.get(id);
    if (state === undefined) throw new RunnerError('not-found', `The run has no trial "${id}".`);
    return state;
  }

  #taskOf({ task_id: id }: TrialPlan): Task {
    return taskIn(this.#options.tasks, id);
  }
}
