import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { TaskBrief } from '../../agents/agent';
import type { Tool } from '../../agents/tool';
import { fileTools } from '../../agents/tools';
import type { Host } from '../../host';
import type {
  MleConfig,
  MleTask,
  RunPlan,
  StageLimits,
  TestReport,
  TrialResult,
  TrialStatus,
} from '../../model';
import type { EnvironmentSpec, Sandbox } from '../../sandbox/sandbox';
import type {
  Benchmark,
  Evaluation,
  Furnishing,
  Grade,
  OpenSandbox,
  StageOutcome,
  Submission,
  TrialContext,
} from '../benchmark';
import { competitionBrief, instructionsOf, techniqueBrief } from './brief';
import { collectFolders } from './collect';
import type { DataPlaces } from './dataPlaces';
import { dataPlaces, readManifest } from './dataPlaces';
import { evaluateCompetition, evaluateTechnique } from './evaluateMle';
import { goldSubmission } from './goldSubmission';
import { gradeMle, mleResultFields } from './gradeMle';
import { agentFolders, instructionsFile, validationScript } from './layout';
import { mleEnvironment } from './mleEnvironment';
import { mleSummaries } from './mleSummaries';
import type { Preparation } from './prepareTask';
import { prepareTask } from './prepareTask';
import { keepPrograms } from './programs';
import validateSubmission from './sandboxed/validate_submission.sh';
import { openValidation } from './validation';

export interface MleOptions {
  readonly host: Host;
  readonly config: MleConfig;
  /** Of everything that is drawn; with competition, technique and attempt it is a technique task's. */
  readonly seed: number;
  /** The run folder, for a run that has one: technique tasks' data is made in it. */
  readonly cwd: string;
}

const hour = 3600;

/** Competitions of MLE-bench, and the Redux's technique tasks on their data. */
export class MleBenchmark implements Benchmark<MleTask> {
  readonly id = 'mle';
  /** The trial's folder itself: it has `submission`, `code` and `logs`, as MLE-bench's run groups have them. */
  readonly submissionName = '.';
  readonly testsBefore = false;
  readonly #options: MleOptions;

  constructor(options: MleOptions) {
    this.#options = options;
  }

  limits({ technique }: MleTask): Partial<StageLimits> {
    // MLE-bench gives an agent a day.
    const agent = technique === null ? 24 * hour : hour;
    return { install: 2 * hour, test: hour, total: 4 * hour, agent };
  }

  environment(
    task: MleTask,
    { attempt = 0 }: { readonly attempt?: number },
  ): Promise<EnvironmentSpec> {
    const { config } = this.#options;
    const data =
      task.technique === null
        ? this.#places(task).public
        : path.join(this.#techniqueFolder(task, attempt), 'public');
    return Promise.resolve(mleEnvironment(config, { data, prepared: this.#preparedFolder(task) }));
  }

  /** Data lies on this machine, and not in a kept environment: what is there already needs no stage. */
  preparation(task: MleTask, spec: EnvironmentSpec): readonly string[] {
    const data = spec.mounts?.[0]?.source;
    if (data !== undefined && existsSync(data)) return [];
    return task.technique === null ? ['generate'] : ['transform'];
  }

  fingerprint(task: MleTask, trial: TrialContext): Promise<StageOutcome<readonly string[]>> {
    const { competition, technique, taskId } = task;
    if (technique !== null && competition.dataset.train === undefined) {
      const detail = `${competition.id} has no table with a target column`;
      const notApplicable = true;
      return Promise.resolve({ ok: false, cause: 'failed', exitCode: null, detail, notApplicable });
    }
    const { seed, cwd } = this.#options;
    // A competition's data is the same for every attempt and run, so that those who want it wait for one builder.
    const parts =
      technique === null
        ? [this.#places(task).prepared]
        : [taskId, String(trial.attempt), String(seed), cwd];
    return Promise.resolve({ ok: true, value: parts });
  }

  async prepare(
    task: MleTask,
    { builder }: { readonly builder: Sandbox },
    trial: TrialContext,
  ): Promise<StageOutcome<'unchanged'>> {
    const preparation: Preparation = {
      competition: { config: task.competition, folder: this.#folder(task), shipped: true },
      technique: task.technique,
      places: this.#places(task),
      techniqueFolder: this.#techniqueFolder(task, trial.attempt),
      seed: `${String(this.#options.seed)}/${task.taskId}/${String(trial.attempt)}`,
    };
    return await prepareTask(preparation, builder, trial);
  }

  brief(task: MleTask, spec: EnvironmentSpec): TaskBrief {
    const { technique } = task;
    return technique === null
      ? competitionBrief(task, spec)
      : techniqueBrief(task, { technique, spec });
  }

  tools(_task: MleTask, sandbox: Sandbox): readonly Tool[] {
    return fileTools(sandbox);
  }

  async furnish(
    task: MleTask,
    sandbox: Sandbox,
    trial: TrialContext & { readonly open: OpenSandbox },
  ): Promise<Furnishing> {
    const { signal } = trial;
    const folders = [agentFolders.submission, agentFolders.code, agentFolders.logs];
    const argv = ['mkdir', '-p', ...folders];
    await sandbox.exec(argv, { cwd: '/', timeoutMs: 60_000, signal });
    const brief = this.brief(task, await this.environment(task, trial));
    const instructions = instructionsOf(brief, trial.limits.agent);
    await sandbox.writeFile(instructionsFile, instructions, { signal });
    if (task.technique !== null)
      return { tools: [], [Symbol.asyncDispose]: () => Promise.resolve() };
    await sandbox.writeFile(validationScript, validateSubmission, { signal });
    const [places, folder] = [this.#places(task), this.#folder(task)];
    return await openValidation(task, sandbox, { trial, places, folder });
  }

  baseline(): Promise<string> {
    return Promise.resolve('');
  }

  collect(_task: MleTask, sandbox: Sandbox, trial: TrialContext): Promise<Submission> {
    const maxSubmissionBytes = this.#options.config.max_submission;
    const note = (text: string): void => {
      trial.note(text);
    };
    return collectFolders(sandbox, { maxSubmissionBytes, note, signal: trial.signal });
  }

  hasGold({ competition, technique }: MleTask): boolean {
    return technique === null && competition.dataset.gold_submission !== undefined;
  }

  async gold(task: MleTask): Promise<Submission | null> {
    const { gold_submission: gold } = task.competition.dataset;
    return task.technique !== null || gold === undefined
      ? null
      : await goldSubmission(path.join(this.#places(task).private, gold));
  }

  async keepContent(task: MleTask, { runDir }: { readonly runDir: string }): Promise<MleTask> {
    const folder = path.join('competitions', task.competition.id);
    await keepPrograms(this.#folder(task), path.join(runDir, folder));
    return { ...task, folder };
  }

  evaluate(
    task: MleTask,
    submission: Submission | null,
    open: OpenSandbox,
    trial: TrialContext,
  ): Promise<Evaluation> {
    const evaluation = { submission, open, trial };
    const folder = this.#folder(task);
    if (task.technique === null)
      return evaluateCompetition(task, { places: this.#places(task), folder }, evaluation);
    const dataFolder = this.#techniqueFolder(task, trial.attempt);
    return evaluateTechnique(task, { dataFolder, folder }, evaluation);
  }

  /** Programs that read MLE-bench's run groups expect these folders, also where an agent left nothing. */
  async ended(_task: MleTask, { folder }: { readonly folder: string }): Promise<void> {
    for (const name of ['submission', 'code', 'logs'])
      await mkdir(path.join(folder, name), { recursive: true });
  }

  async refusal({ competition }: MleTask): Promise<string | null> {
    const { id, preparer, generator } = competition;
    if (
      (await readManifest(dataPlaces(this.#options.host, this.#options.config.data_dir, id))) !==
      null
    )
      return null;
    if (preparer === undefined) return 'it is described here, but cannot be prepared yet';
    if (generator !== undefined) return null;
    return `its data is not prepared; "mle prepare -c ${id}" downloads and prepares it`;
  }

  grade(task: MleTask, report: TestReport): Grade {
    return gradeMle(task, report);
  }

  resultFields(
    task: MleTask,
    trial: {
      readonly report: TestReport | null;
      readonly status: TrialStatus;
      readonly detail: string | null;
    },
  ): ReturnType<Benchmark['resultFields']> {
    return { pytest_k: null, patch_stats: null, ...mleResultFields(task, trial) };
  }

  summaries(plan: RunPlan, results: readonly TrialResult[]): ReturnType<typeof mleSummaries> {
    return mleSummaries(plan, results);
  }

  trialId({ competition, technique }: MleTask): string {
    const name = technique === null ? competition.id : `${competition.id}_${technique}`;
    return `${name}_${randomUUID()}`;
  }

  /** Tasks of a run name the copy in its folder. */
  #folder({ folder }: MleTask): string {
    return path.resolve(this.#options.cwd, folder);
  }

  #places({ competition }: MleTask): DataPlaces {
    const { host, config } = this.#options;
    return dataPlaces(host, config.data_dir, competition.id);
  }

  /** A competition's public folder, for a builder that reads it; null: it is not there yet. */
  #preparedFolder(task: MleTask): string | null {
    const { public: folder } = this.#places(task);
    return task.technique !== null && existsSync(folder) ? folder : null;
  }

  #techniqueFolder({ competition, technique }: MleTask, attempt: number): string {
    const name = `${competition.id}_${technique ?? ''}_${String(attempt)}`;
    return path.resolve(this.#options.cwd, 'technique_data', name);
  }
}
