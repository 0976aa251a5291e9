import { setTimeout as delay } from 'node:timers/promises';
import type { Agent } from '../agents/agent';
import type { Benchmark } from '../benchmarks/benchmark';
import type { Host } from '../host';
import type { Model } from '../llm/model';
import type { RunPlan, RunState, Task, TrialPlan, TrialResult } from '../model';
import { classOf, emptyRunState, reduceRun, RunnerError } from '../model';
import type { RunObserver } from '../runner';
import type { SandboxProvider } from '../sandbox/sandbox';
import { EventFiles } from '../store/eventFiles';
import { lockPatienceMs, lockTrial } from '../store/ownerLock';
import { runPaths } from '../store/runFolder';
import type { WorkerPlace } from './endedTrial';
import { noProgress, recordResult, resultWithout, startOf } from './endedTrial';
import { EventLog } from './eventLog';
import { runTrial } from './trial';
import { sharedSandboxes, trialDependencies } from './trialParts';
import { recordFailure } from './trialResult';

/** What a worker needs: the folder of the run, and what it opens on its own machine. */
export interface WorkerParts {
  readonly host: Host;
  readonly runDir: string;
  readonly plan: RunPlan;
  readonly task: Task;
  readonly benchmark: Benchmark;
  /** Opened once the trial is held; what they lack is the trial's infrastructure failure. */
  readonly open: () => Promise<{
    readonly provider: SandboxProvider;
    readonly agent: Agent;
    readonly model: Model | null;
  }>;
  readonly observer: RunObserver | undefined;
  readonly signal: AbortSignal;
}

/**
 * One trial of a run, done by a process that holds the trial's folder and nothing else of the run. What it was told comes
 * from the run folder, what happens goes into the trial's. A trial that has come to a result is left alone; one that was
 * cut off begins anew.
 *
 * @throws `locked` when a living process goes on with it
 */
export async function workOnTrial(parts: WorkerParts, trial: TrialPlan): Promise<TrialResult> {
  const { host, runDir } = parts;
  const { folder } = runPaths(runDir).trial(trial.trial_id);
  const release = await holdTrial(folder, host, parts.signal);
  try {
    const state = await stateOfTrial(parts, trial);
    const done = state.trials.get(trial.trial_id)?.result ?? null;
    if (done !== null && classOf(done.status) !== 'incomplete') return done;
    return await work(parts, trial, state);
  } finally {
    await release();
  }
}

/** A job that is started again on another machine comes before the lock of the first one is known to be dead. */
async function holdTrial(
  folder: string,
  host: Host,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const until = performance.now() + lockPatienceMs;
  for (;;) {
    try {
      return await lockTrial(folder, host);
    } catch (error) {
      if (!RunnerError.is(error, 'locked') || performance.now() > until) throw error;
      await delay(500, undefined, { signal });
    }
  }
}

/** The run as its plan and this trial's events tell it: others are not read, so that n workers read n files. */
async function stateOfTrial({ runDir, plan }: WorkerParts, trial: TrialPlan): Promise<RunState> {
  const time = plan.created_at;
  const begun = reduceRun(emptyRunState(), { v: 1, seq: 0, time, type: 'run.started', plan });
  const events = await new EventFiles().added(runPaths(runDir).trial(trial.trial_id).events);
  return events.reduce((state, event) => reduceRun(state, event), begun);
}

async function work(parts: WorkerParts, trial: TrialPlan, state: RunState): Promise<TrialResult> {
  const { host, runDir, plan, task, benchmark, observer } = parts;
  const unrecordable = new AbortController();
  const signal = AbortSignal.any([parts.signal, unrecordable.signal]);
  const log = (message: string): void => {
    host.log('warning', message);
  };
  const events = new EventLog({
    runDir,
    state,
    observer,
    onFailure: (error) => {
      unrecordable.abort(error);
    },
    log,
  });
  try {
    const worker = placeOf(host);
    let opened: Awaited<ReturnType<WorkerParts['open']>>;
    try {
      opened = await parts.open();
    } catch (error) {
      return await cannotBegin(error, { ...parts, trial, events, worker, signal, log });
    }
    await using provider = opened.provider;
    const trialParts = {
      ...{ host, runDir, plan, observer, provider },
      ...{ agent: opened.agent, model: opened.model },
      tasks: new Map([[task.taskId, task]]),
      benchmarkOf: () => benchmark,
    };
    await using shared = sharedSandboxes(trialParts);
    const dependencies = trialDependencies(trialParts, {
      trials: [trial],
      events,
      shared,
      // Whoever runs the run sees what all workers spend, and stops them.
      budget: {},
      signal,
      onRunLimit: () => undefined,
      onNote: (text) => {
        events.emitTrial(trial.trial_id, { type: 'trial.note', text }).catch(() => undefined); // stops the trial by itself
      },
    });
    return await runTrial({ ...dependencies, worker }, benchmark, {
      plan: trial,
      task,
      signal,
    });
  } finally {
    await events.close();
  }
}

/** The machine lacks what the trial needs: a sandbox, a model's key. */
async function cannotBegin(
  error: unknown,
  {
    runDir,
    plan,
    task,
    benchmark,
    trial,
    events,
    worker,
    signal,
    log,
  }: WorkerParts & {
    readonly trial: TrialPlan;
    readonly events: EventLog;
    readonly worker: WorkerPlace;
    readonly log: (message: string) => void;
  },
): Promise<TrialResult> {
  await events.emitTrial(trial.trial_id, startOf(worker));
  const { status, cause, detail } = recordFailure(noProgress(), error, { signal, log });
  const state = events.state.trials.get(trial.trial_id);
  if (state === undefined) throw error;
  const end = { status, cause, detail: detail === null ? null : `On ${worker.node}: ${detail}` };
  const result = resultWithout(state, end, { run: plan, task, benchmark });
  await recordResult({ runDir, events, worker }, trial.trial_id, { result });
  return result;
}

/** Where this worker is, as the job that started it says. */
function placeOf({ env, hostname }: Host): WorkerPlace {
  const [name = hostname] = hostname.split(' ');
  return {
    node: env['BENCHYARD_NODE'] ?? name,
    log: env['BENCHYARD_WORKER_LOG'] ?? null,
  };
}
