import type { Benchmark } from '../benchmarks/benchmark';
import type { RunPlan, Task, TestReport, TrialEventBody, TrialResult, TrialState } from '../model';
import { jsonText } from '../store/files';
import { writeNewFiles } from '../store/newFiles';
import { runPaths } from '../store/runFolder';
import type { EventLog } from './eventLog';
import type { TrialProgress } from './trialResult';
import { toResult } from './trialResult';

/** Nothing is known of a trial yet. */
export function noProgress(): TrialProgress {
  return {
    status: 'infra_failure',
    cause: null,
    detail: null,
    tail: null,
    before: null,
    after: null,
    agent: null,
    submission: null,
    grade: null,
    image: null,
  };
}

/** The result of a trial that nobody works on (any more), with what its events tell. */
export function resultWithout(
  { plan, stages, startedAt }: TrialState,
  end: Pick<TrialProgress, 'status' | 'cause' | 'detail'>,
  {
    run,
    task,
    benchmark,
  }: { readonly run: RunPlan; readonly task: Task; readonly benchmark: Benchmark },
): TrialResult {
  const began = startedAt === null ? null : Date.parse(startedAt);
  return toResult({
    agent: run.agent,
    model: run.model,
    benchmark,
    plan,
    task,
    stages,
    progress: { ...noProgress(), ...end },
    durationMs: began === null ? 0 : Math.max(0, Date.now() - began),
  });
}

/** What the tests of a trial told, as `tests.json` has it. */
export interface TrialTests {
  readonly before: TestReport['tests'] | null;
  readonly after: TestReport['tests'] | null;
}

/**
 * Records a result in a trial's folder, as its end, with its tests where it ran any. A worker that is stopped does not
 * know whether it is the end, since its job may be started again elsewhere: for others its trial waits.
 */
export async function recordResult(
  {
    runDir,
    events,
    worker,
  }: {
    readonly runDir: string;
    readonly events: EventLog;
    readonly worker?: WorkerPlace | undefined;
  },
  trialId: string,
  { result, tests }: { readonly result: TrialResult; readonly tests?: TrialTests },
): Promise<void> {
  const paths = runPaths(runDir).trial(trialId);
  // A folder that has the result is complete.
  await writeNewFiles([
    ...(tests === undefined ? [] : [{ file: paths.tests, content: jsonText(tests) }]),
    { file: paths.result, content: jsonText(result) },
  ]);
  const isOpen = worker !== undefined && result.status === 'cancelled';
  await events.emitTrial(
    trialId,
    isOpen ? { type: 'trial.queued' } : { type: 'trial.ended', result },
  );
  await events.closeTrial(trialId);
}

/** Of a trial that a cluster's node works on: which. */
export interface WorkerPlace {
  readonly node: string;
  /** The worker's log, relative to the run folder; null: it has none. */
  readonly log: string | null;
}

/** The beginning of a trial, with the place of its worker where it has one. */
export function startOf(
  worker: WorkerPlace | undefined,
): Extract<TrialEventBody, { type: 'trial.started' }> {
  if (worker === undefined) return { type: 'trial.started' };
  const { node, log } = worker;
  return { type: 'trial.started', node, ...(log === null ? {} : { log }) };
}
