import type { TaskBrief } from '../../agents/agent';
import type { Tool } from '../../agents/tool';
import type {
  PatchLimits,
  RepositoryTask,
  RunPlan,
  StageLimits,
  StageResult,
  TestReport,
  TrialResult,
} from '../../model';
import { patchStats } from '../../model';
import type { EnvironmentSpec, ProgressOptions, Sandbox } from '../../sandbox/sandbox';
import type {
  Benchmark,
  EnvironmentLayer,
  Evaluation,
  Grade,
  OpenSandbox,
  StageOutcome,
  Submission,
  TrialContext,
} from '../benchmark';
import { repositoryBrief } from './brief';
import { collectPatch } from './collectPatch';
import type { EnvironmentChoice, EnvironmentSource } from '../../model';
import { environmentOf } from './environment';
import { OfficialTests } from './evaluateOfficial';
import { gradeOfficialTask, gradeRepositoryTask } from './grade';
import type { HowGraded } from './howGraded';
import { howGraded } from './howGraded';
import { pythonJson } from './official/pythonJson';
import type { OfficialGrading } from './official/statuses';
import { officialEntryOf, officialSummary, summaryName } from './officialSummary';
import { OwnTests } from './ownTests';
import { holdsRepository, imageFingerprint, prepareOfficialImage } from './prepareOfficialImage';
import type { PreparationOptions } from './prepareRepository';
import { RepositoryPreparation } from './prepareRepository';
import type { SpecTable } from './specs/specTable';
import { applyStartPatch, startPatchKey } from './startPatch';
import { sweTools } from './tools';

export interface SweOptions extends PreparationOptions {
  readonly patchLimits: PatchLimits;
  /** Image for tasks that name none. */
  readonly defaultImage: string | null;
  /** Environment that the run describes for tasks that name none, and for official ones. */
  readonly described: EnvironmentSource | null;
  readonly environments: EnvironmentChoice;
  /** How environments are built, by repository and version. */
  readonly specs: () => Promise<SpecTable>;
  /** Whose rules hold for official tasks. */
  readonly grading: OfficialGrading;
  readonly testsBefore: boolean;
}

/** Repository tasks: seed files and SWE-bench's instances. A submission is a unified diff. */
export class SweBenchmark implements Benchmark<RepositoryTask> {
  readonly id = 'swe';
  readonly submissionName = 'patch.diff';
  readonly testsBefore: boolean;
  readonly #options: SweOptions;
  readonly #preparation: RepositoryPreparation;
  readonly #ownTests: OwnTests;
  readonly #officialTests: OfficialTests;

  constructor(options: SweOptions) {
    this.#options = options;
    this.testsBefore = options.testsBefore;
    this.#preparation = new RepositoryPreparation(options);
    this.#ownTests = new OwnTests(options);
    this.#officialTests = new OfficialTests(options);
  }

  limits(task: RepositoryTask): Partial<StageLimits> {
    // An environment from a spec downloads more than what the usual limit was made for.
    const usual = task.environment?.kind === 'spec' ? { install: 1200 } : {};
    const own = Object.entries(task.timeouts).filter(([, limit]) => limit !== undefined);
    return { ...usual, ...Object.fromEntries(own) };
  }

  async environment(
    task: RepositoryTask,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<EnvironmentSpec> {
    const specs = await this.#options.specs();
    return await environmentOf(task, { ...this.#options, specs, signal });
  }

  preparation(task: RepositoryTask, spec: EnvironmentSpec): readonly string[] {
    if (holdsRepository(task, spec)) return ['clone'];
    const installs =
      task.install !== null || spec.commands.length > 0 || spec.source?.kind === 'spec';
    return installs ? ['clone', 'install'] : ['clone'];
  }

  layer(task: RepositoryTask, spec: EnvironmentSpec): EnvironmentLayer | null {
    return this.#preparation.layer(task, spec);
  }

  async fingerprint(
    task: RepositoryTask,
    trial: TrialContext,
    options: ProgressOptions & { readonly spec: EnvironmentSpec },
  ): Promise<StageOutcome<readonly string[]>> {
    const own = startPatchKey(task);
    if (holdsRepository(task, options.spec))
      return { ok: true, value: [...imageFingerprint(task), ...own] };
    const parts = await this.#preparation.fingerprint(task, trial, options);
    return parts.ok ? { ...parts, value: [...parts.value, ...own] } : parts;
  }

  async prepare(
    task: RepositoryTask,
    place: { readonly builder: Sandbox; readonly spec: EnvironmentSpec },
    trial: TrialContext,
  ): Promise<StageOutcome<'unchanged' | null>> {
    const prepared = holdsRepository(task, place.spec)
      ? await prepareOfficialImage(task, place.builder, trial)
      : await this.#preparation.prepare(task, place, trial);
    if (!prepared.ok || task.startPatch === null) return prepared;
    await applyStartPatch(task, place.builder, trial);
    return { ...prepared, value: null };
  }

  brief(task: RepositoryTask, spec: EnvironmentSpec): TaskBrief {
    return repositoryBrief(task, spec);
  }

  tools(
    task: RepositoryTask,
    sandbox: Sandbox,
    trial: Pick<TrialContext, 'limits'> & { readonly prepared: readonly StageResult[] },
  ): readonly Tool[] {
    const { patchLimits } = this.#options;
    return sweTools({ task, sandbox, patchLimits, ...trial });
  }

  hasGold({ goldPatch }: RepositoryTask): boolean {
    return goldPatch !== null;
  }

  gold({ goldPatch }: RepositoryTask): Promise<Submission | null> {
    return Promise.resolve(goldPatch === null ? null : { kind: 'text', text: goldPatch });
  }

  async baseline(_task: RepositoryTask, sandbox: Sandbox, trial: TrialContext): Promise<string> {
    const exec = await sandbox.exec(['git', 'rev-parse', 'HEAD'], {
      timeoutMs: 10_000,
      signal: trial.signal,
    });
    return Buffer.from(exec.stdout).toString('utf8').trim();
  }

  async collect(
    _task: RepositoryTask,
    sandbox: Sandbox,
    trial: TrialContext & { readonly baseline: string },
  ): Promise<Submission> {
    return await collectPatch(sandbox, trial);
  }

  async evaluate(
    task: RepositoryTask,
    submission: Submission | null,
    open: OpenSandbox,
    trial: TrialContext,
  ): Promise<Evaluation> {
    const patch = submission === null ? null : patchOf(submission);
    const plan = await this.#plan(task);
    switch (plan.kind) {
      case 'own':
        return await this.#ownTests.evaluate(task, patch, { open, trial });
      case 'official':
        return await this.#officialTests.evaluate({ task, plan, open, trial }, patch);
      case 'unsupported':
        return notGraded(plan.reason);
    }
  }

  grade(task: RepositoryTask, report: TestReport): Grade {
    return report.evidence === undefined
      ? gradeRepositoryTask(task, report)
      : gradeOfficialTask(task, report, this.#options);
  }

  async #plan(task: RepositoryTask): Promise<HowGraded> {
    const { grading } = this.#options;
    return howGraded(task, { grading, specs: await this.#options.specs() });
  }

  async refusal(task: RepositoryTask): Promise<string | null> {
    const plan = await this.#plan(task);
    return plan.kind === 'unsupported' ? `unsupported_parser: ${plan.reason}` : null;
  }

  resultFields(
    task: RepositoryTask,
    { submission }: { readonly submission: Submission | null },
  ): Pick<TrialResult, 'pytest_k' | 'patch_stats'> {
    return {
      pytest_k: task.pytestK,
      patch_stats: submission === null ? null : patchStats(patchOf(submission)),
    };
  }

  summaries(
    plan: RunPlan,
    results: readonly TrialResult[],
  ): readonly { readonly name: string; readonly content: string }[] {
    const tasks = [...new Set(plan.trials.map(({ task_id: id }) => id))];
    const entries = results
      .filter(({ attempt }) => attempt === 0)
      .map(({ task_id: id, status, cause, after }) =>
        officialEntryOf({ id, status, cause, reported: after !== null }),
      );
    const submitted = entries.flatMap(({ id, end }) => (end === null ? [] : [id]));
    const content = `${pythonJson(officialSummary(tasks, submitted, entries))}\n`;
    return [{ name: summaryName(plan.model ?? plan.agent, plan.run_id), content }];
  }
}

function notGraded(reason: string): Evaluation {
  return { kind: 'stopped', status: 'error', cause: 'unsupported_parser', detail: reason };
}

function patchOf(submission: Submission): string {
  if (submission.kind === 'text') return submission.text;
  throw new TypeError('a repository task takes a patch, not files');
}
