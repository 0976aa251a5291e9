import path from 'node:path';
import type { RunHeader, Runner } from '../runner/index';
import type { RunState, TrialState } from '../runner/model';
import { progressOf, RunnerError, runGrades, totalsOf } from '../runner/model';
import type { OpenRun, RunDesk } from './runDesk';
import type { RunRecord } from './runRecord';
import { isOpen, readRecord } from './runRecord';
import type { RunEntry, RunStatus, RunSummary, RunView, TrialSummary } from './schemas';

export interface RunViewsParts {
  readonly runner: Runner;
  readonly desk: RunDesk;
  /** Absolute. */
  readonly runsDir: string;
}

/** Headers that are read at the same time. */
const width = 8;

/** Runs of the folder, whoever made them, as they go over the wire. Nothing is kept between two questions. */
export class RunViews {
  readonly #parts: RunViewsParts;

  constructor(parts: RunViewsParts) {
    this.#parts = parts;
  }

  /** @throws `not-found` for anything but the name of a run folder */
  folderOf(runId: string): string {
    if (!/^[\w@+-][\w.@+-]*$/.test(runId))
      throw new RunnerError('not-found', `There is no run "${runId}".`);
    return path.join(this.#parts.runsDir, runId);
  }

  /** Some runs, the newest first, and where the next ones begin. */
  async list(
    { limit, before }: { readonly limit: number; readonly before?: string | undefined },
    signal: AbortSignal,
  ): Promise<{ runs: RunEntry[]; next: string | null }> {
    const { runner, runsDir } = this.#parts;
    const all = await runner.listRuns(runsDir, { signal });
    const from = before === undefined ? 0 : all.findIndex(({ runId }) => runId === before) + 1;
    if (before !== undefined && from === 0)
      throw new RunnerError('not-found', `There is no run "${before}".`);
    const page = all.slice(from, from + limit);
    const entries = new Map<string, RunEntry>();
    const left = page.values();
    const work = async (): Promise<void> => {
      for (const { runId } of left) {
        const entry = await this.#entryIfWhole(runId, signal);
        if (entry !== null) entries.set(runId, entry);
      }
    };
    await Promise.all(Array.from({ length: width }, work));
    const runs = page.flatMap(({ runId }) => entries.get(runId) ?? []);
    return { runs, next: from + limit < all.length ? (page.at(-1)?.runId ?? null) : null };
  }

  /** @throws `not-found` */
  async read(runId: string, signal: AbortSignal): Promise<RunView> {
    const { desk } = this.#parts;
    const [entry, state, record] = await Promise.all([
      this.#entry(runId, signal),
      this.#state(runId, signal),
      this.#record(runId),
    ]);
    return {
      ...entry,
      accepted_at: record?.accepted_at ?? null,
      queue_position: desk.positionOf(runId),
      totals: totalsOf(state),
      progress: progressView(state),
    };
  }

  /** @throws `not-found` */
  async summarize(runId: string, signal: AbortSignal): Promise<RunSummary> {
    const { status } = await this.#entry(runId, signal);
    const state = await this.#state(runId, signal);
    const trials = [...state.trials.values()];
    const results = trials.flatMap(({ result }) => result ?? []);
    const grades = state.plan === null ? null : runGrades(state.plan, results);
    return {
      run_id: runId,
      status,
      totals: totalsOf(state),
      grading_report: grades?.grading ?? null,
      technique_grades: grades?.techniques ?? null,
      trials: trials.map(trialSummary),
    };
  }

  /** @throws `not-found` */
  async statusOf(runId: string, signal: AbortSignal): Promise<RunStatus> {
    return (await this.#entry(runId, signal)).status;
  }

  /** null: it is being made right now, or was removed since the list was read. */
  async #entryIfWhole(runId: string, signal: AbortSignal): Promise<RunEntry | null> {
    try {
      return await this.#entry(runId, signal);
    } catch (error) {
      if (RunnerError.is(error)) return null;
      throw error;
    }
  }

  async #entry(runId: string, signal: AbortSignal): Promise<RunEntry> {
    const runDir = this.folderOf(runId);
    const header = await this.#parts.runner.readRunHeader(runDir, { signal });
    const record = await this.#record(runId);
    // Looked up last: a run that ends meanwhile is told as it was a moment ago, never as something that it was not.
    const open = this.#parts.desk.find(runId);
    return {
      run_id: runId,
      status: statusOf(header, record, open),
      agent_id: header.agent,
      model: header.model,
      created_at: header.createdAt,
      started_at: header.startedAt,
      ended_at: open === null ? header.endedAt : null,
      trials: header.trials,
      error: open === null ? errorOf(header, record) : null,
    };
  }

  async #record(runId: string): Promise<RunRecord | null> {
    return this.#parts.desk.find(runId)?.record ?? (await readRecord(this.folderOf(runId)));
  }

  async #state(runId: string, signal: AbortSignal): Promise<RunState> {
    const live = this.#parts.desk.find(runId)?.state ?? null;
    return live ?? (await this.#parts.runner.openRun(this.folderOf(runId), { signal }));
  }
}

function statusOf({ phase }: RunHeader, record: RunRecord | null, open: OpenRun | null): RunStatus {
  if (open !== null) return open.stop === null ? 'queued' : 'running';
  if (record !== null && record.error !== null) return 'failed';
  // Its server is closing: the next one goes on with it.
  const isLeft = record !== null && isOpen(record);
  switch (phase) {
    case 'running':
      return 'running';
    case 'finished':
      return 'completed';
    case 'cancelled':
      return isLeft ? 'queued' : 'cancelled';
    case 'interrupted':
      if (isLeft) return 'queued';
      return record?.state === 'cancelled' ? 'cancelled' : 'failed';
  }
}

/** Why a run did not come to its end, and how it does; null where there is nothing to mend. */
export function errorOf(
  { phase, runDir, endCause }: Pick<RunHeader, 'phase' | 'runDir' | 'endCause'>,
  record: RunRecord | null,
): RunEntry['error'] {
  if (record !== null && record.error !== null) return record.error;
  if (phase === 'cancelled' && endCause !== null && endCause !== 'user') {
    const mend = endCause.startsWith('max_')
      ? 'The run reached its limit. Go on with a higher one by'
      : 'The run could not go on; its notes say why. When that is mended, go on by';
    return { code: endCause, message: `${mend}: benchyard resume ${runDir}` };
  }
  const isTold = record !== null && (isOpen(record) || record.state === 'cancelled');
  if (phase !== 'interrupted' || isTold) return null;
  const message = `Whoever ran it stopped before its end. Go on with it by: benchyard resume ${runDir}`;
  return { code: 'interrupted', message };
}

function progressView(state: RunState): RunView['progress'] {
  const { rate, time_left: left, cost, failures } = progressOf(state, Date.now());
  return {
    rate,
    time_left_s: left?.seconds ?? null,
    time_left_is_rough: left?.rough ?? false,
    cost:
      cost === null
        ? null
        : { so_far: cost.so_far, projected: cost.projected, at_least: cost.at_least },
    failures: failures.map(({ status, cause, message, count, example }) => ({
      ...{ status, cause, message, count },
      example: example.trial_id,
    })),
  };
}

function trialSummary({ plan, phase, result }: TrialState): TrialSummary {
  return {
    trial_id: plan.trial_id,
    task_id: plan.task_id,
    attempt: plan.attempt,
    phase,
    status: result?.status ?? null,
    duration_s: result?.duration_s ?? null,
    score: result?.competition?.score ?? result?.technique?.score ?? null,
    medal: medalOf(result?.competition),
    detail: result?.detail ?? null,
  };
}

function medalOf(
  award: Readonly<Record<'gold_medal' | 'silver_medal' | 'bronze_medal', boolean>> | undefined,
): TrialSummary['medal'] {
  if (award?.gold_medal === true) return 'gold';
  if (award?.silver_medal === true) return 'silver';
  return award?.bronze_medal === true ? 'bronze' : null;
}
