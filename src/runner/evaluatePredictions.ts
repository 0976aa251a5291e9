import path from 'node:path';
import { infraSignOf } from './benchmarks/swe/official/logSigns';
import { pythonJson } from './benchmarks/swe/official/pythonJson';
import type { OfficialEntry } from './benchmarks/swe/officialSummary';
import { officialEntryOf, officialSummary, summaryName } from './benchmarks/swe/officialSummary';
import type {
  EvaluatedModel,
  EvaluatedPrediction,
  EvaluationOutcome,
  EvaluationQuery,
  KeptEvaluation,
} from './evaluation';
import type { EvaluationOptions, EvaluationParts, Item, ModelItems } from './evaluationItems';
import { contentHash, itemsByModel } from './evaluationItems';
import { countsOf, isFinal, officialContents } from './evaluationRecord';
import type { RepositoryTask, TrialResult } from './model';
import { isRepositoryTask } from './model';
import { assertRunnable } from './run/planning';
import { EvaluationLogs } from './store/evaluationLogs';
import { writeWhole } from './store/files';
import { runPaths } from './store/runFolder';

/** How an item ended, and whether that was known before. */
type Ended = Omit<KeptEvaluation, 'schema_version' | 'key'> & { readonly earlier: boolean };

/**
 * Evaluates predictions through the usual pipeline, one run for each model, and keeps them in the official layout. A
 * trial is kept the moment it ends, so that a kill loses those in flight alone; whatever was evaluated before with the
 * same patch, task, rules and environment is not run again.
 */
export async function evaluatePredictions(
  query: EvaluationQuery,
  options: EvaluationOptions,
  parts: EvaluationParts,
): Promise<EvaluationOutcome> {
  const selected = await parts.runner.selectTasks(query.config, options);
  assertRunnable(parts.config, selected);
  const tasks = selected.tasks.filter(isRepositoryTask);
  const models = await itemsByModel(query, tasks, options, parts);
  const runId = query.runId ?? contentHash(models);
  const evaluation = new Evaluation({ query, options, parts, runId });
  const evaluated: EvaluatedModel[] = [];
  for (const model of models) evaluated.push(await evaluation.run(model, tasks));
  return { runId, models: evaluated };
}

class Evaluation {
  readonly #query: EvaluationQuery;
  readonly #options: EvaluationOptions;
  readonly #parts: EvaluationParts;
  readonly #runId: string;
  readonly #logs: EvaluationLogs;

  constructor({
    query,
    options,
    parts,
    runId,
  }: {
    readonly query: EvaluationQuery;
    readonly options: EvaluationOptions;
    readonly parts: EvaluationParts;
    readonly runId: string;
  }) {
    this.#query = query;
    this.#options = options;
    this.#parts = parts;
    this.#runId = runId;
    this.#logs = new EvaluationLogs(path.resolve(parts.host.cwd, query.logsDir));
  }

  async run(of: ModelItems, tasks: readonly RepositoryTask[]): Promise<EvaluatedModel> {
    const { model, items, unknown } = of;
    if (unknown.length > 0)
      this.#options.onProblem(
        `${model}: no task has ${unknown.length === 1 ? 'the id' : 'the ids'} ${unknown.join(', ')}`,
      );
    const ended = new Map<string, Ended>();
    const left: Item[] = [];
    for (const item of items) {
      const known = await this.#known(model, item);
      if (known === null) left.push(item);
      else ended.set(item.task.taskId, known);
    }
    if (left.length > 0) await this.#runItems(model, left, ended);
    this.#options.signal.throwIfAborted();
    return await this.#sumUp(of, tasks, ended);
  }

  /** Nothing to run: nothing was handed in, or it was evaluated before. */
  async #known(model: string, { task, patch, key }: Item): Promise<Ended | null> {
    const folder = this.#folderOf(model, task.taskId);
    if (patch.trim() === '') {
      await this.#logs.forget(folder);
      return { status: 'empty_patch', cause: null, detail: null, evidence: null, earlier: false };
    }
    const kept = await this.#logs.find(key, folder);
    return kept === null ? null : { ...kept, earlier: true };
  }

  #folderOf(model: string, taskId: string): string {
    return this.#logs.folderOf(this.#runId, model, taskId);
  }

  async #runItems(model: string, left: readonly Item[], ended: Map<string, Ended>): Promise<void> {
    const { config, predictions } = this.#query;
    const { signal, observer } = this.#options;
    const byTask = new Map(left.map((item) => [item.task.taskId, item]));
    const keeping: Promise<void>[] = [];
    const starting = this.#parts.runner.startRun(
      {
        ...config,
        task_ids: [...byTask.keys()],
        tests_before: false,
        attempts: 1,
        ...(predictions === 'gold'
          ? { agent: 'gold' }
          : { agent: 'predictions', predictions, predictions_model: model }),
      },
      {
        signal,
        observer: {
          ...observer,
          onEvent: (event, state) => {
            observer?.onEvent?.(event, state);
            const item =
              event.type === 'trial.ended' ? byTask.get(event.result.task_id) : undefined;
            if (event.type !== 'trial.ended' || item === undefined) return;
            const { trial, result } = event;
            const kept = starting.then(async ({ runDir }) => {
              const { folder } = runPaths(runDir).trial(trial);
              ended.set(item.task.taskId, await this.#keep({ model, item, folder, result }));
            });
            kept.catch(() => undefined); // told below, when the run is over
            keeping.push(kept);
          },
        },
      },
    );
    await (
      await starting
    ).done;
    await Promise.all(keeping);
  }

  async #keep({
    model,
    item,
    folder,
    result,
  }: {
    readonly model: string;
    readonly item: Item;
    readonly folder: string;
    readonly result: TrialResult;
  }): Promise<Ended> {
    const { status, cause, detail, after } = result;
    const { grading } = this.#parts.config;
    const end = { status, cause, detail, evidence: after?.evidence ?? null };
    const contents = await officialContents(folder, result, { patch: item.patch, model, grading });
    await this.#logs.keep(this.#folderOf(model, item.task.taskId), contents, {
      schema_version: 1,
      key: isFinal(result) ? item.key : null,
      ...end,
    });
    return { ...end, earlier: false };
  }

  async #sumUp(
    { model, items, unknown }: ModelItems,
    tasks: readonly RepositoryTask[],
    ended: ReadonlyMap<string, Ended>,
  ): Promise<EvaluatedModel> {
    const entries: OfficialEntry[] = [];
    const predictions: EvaluatedPrediction[] = [];
    const missing = { status: 'cancelled', cause: null, detail: null, evidence: null } as const;
    for (const { task } of items) {
      const { taskId } = task;
      const end = ended.get(taskId) ?? { ...missing, earlier: false };
      const folder = this.#folderOf(model, taskId);
      const report = await this.#logs.read(folder, 'report.json');
      const { status, cause } = end;
      const entry = officialEntryOf({ id: taskId, status, cause, reported: report !== null });
      entries.push(await this.#classified(entry, folder));
      predictions.push({ taskId, ...end, ...countsOf(report, taskId) });
    }
    const submitted = [...items.map(({ task }) => task.taskId), ...unknown];
    const ids = tasks.map(({ taskId }) => taskId);
    const summary = officialSummary(ids, submitted, entries);
    const place = path.resolve(this.#parts.host.cwd, this.#query.reportDir);
    const summaryFile = path.join(place, summaryName(model, this.#runId));
    await writeWhole(summaryFile, `${pythonJson(summary)}\n`);
    return { model, summaryFile, summary, predictions, unknown };
  }

  /** Adds what the logs say of why it failed, as version 5 does; what we know better stays. */
  async #classified(entry: OfficialEntry, folder: string): Promise<OfficialEntry> {
    const failed = entry.end === 'unresolved' || entry.end === 'error';
    if (!failed || (entry.failure !== null && entry.failure.tier !== null)) return entry;
    if (entry.failure?.reason.startsWith('suspicious') === true) return entry;
    const logs = await Promise.all(
      (['test_output.txt', 'run_instance.log'] as const).map((name) =>
        this.#logs.read(folder, name),
      ),
    );
    const sign = infraSignOf(logs.filter((log) => log !== null).join('\n'));
    return sign === null ? entry : { ...entry, failure: sign };
  }
}
