import type { TaskBrief } from '../../agents/agent';
import type { Tool } from '../../agents/tool';
import type {
  EnvironmentSource,
  PatchLimits,
  RepositoryTask,
  RunPlan,
  StageLimits,
  StageResult,
  TestReport,
  TrialResult,
} from '../../model';
import { patchStats, splitTestPart } from '../../model';
import type { EnvironmentSpec, ProgressOptions, Sandbox } from '../../sandbox/sandbox';
import { readDevcontainer } from '../../sandbox/devcontainer';
import { defaultSandboxLimits } from '../../sandbox/sandbox';
import type {
  Benchmark,
  Evaluation,
  Grade,
  OpenSandbox,
  StageOutcome,
  Submission,
  TrialContext,
} from '../benchmark';
import type { ChangedFiles } from './applyPatch';
import { applyPatch, restoreTestFiles } from './applyPatch';
import { repositoryBrief } from './brief';
import { collectPatch } from './collectPatch';
import { gradeRepositoryTask } from './grade';
import { officialSummary } from './officialSummary';
import type { PreparationOptions } from './prepareRepository';
import { RepositoryPreparation } from './prepareRepository';
import { runTests } from './runTests';
import { applyTestPatch, testFilesOf } from './testFiles';
import { sweTools } from './tools';

export interface SweOptions extends PreparationOptions {
  readonly patchLimits: PatchLimits;
  /** Image for tasks that name none. */
  readonly defaultImage: string | null;
}

/** Git in a sandbox works on a folder that another user may own, and never asks. */
const gitEnvironment = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
  GIT_TERMINAL_PROMPT: '0',
};

const defaultWorkdir = '/workspace/project';

/** Repository tasks: seed files and SWE-bench's instances. A submission is a unified diff. */
export class SweBenchmark implements Benchmark<RepositoryTask> {
  readonly id = 'swe';
  readonly submissionName = 'patch.diff';
  readonly testsBefore = true;
  readonly #options: SweOptions;
  readonly #preparation: RepositoryPreparation;
  /** By trial: what its tests replace in pytest before anything was handed in. */
  readonly #replaced = new WeakMap<TrialContext, readonly string[]>();

  constructor(options: SweOptions) {
    this.#options = options;
    this.#preparation = new RepositoryPreparation(options);
  }

  limits(task: RepositoryTask): Partial<StageLimits> {
    return Object.fromEntries(
      Object.entries(task.timeouts).filter(([, limit]) => limit !== undefined),
    );
  }

  async environment(
    task: RepositoryTask,
    options: { readonly signal: AbortSignal },
  ): Promise<EnvironmentSpec> {
    const { defaultImage } = this.#options;
    const source =
      task.environment ??
      (defaultImage === null ? null : { kind: 'image' as const, image: defaultImage });
    const env = { LC_ALL: 'C.UTF-8', ...gitEnvironment, ...task.env };
    const plain = { source, limits: defaultSandboxLimits, commands: [], notes: [] };
    if (source?.kind !== 'devcontainer') {
      return { ...plain, env, workdir: namedWorkdir(source) ?? defaultWorkdir };
    }
    const described = await readDevcontainer(source.devcontainer, options);
    const { cpus, memoryBytes } = described.requirements;
    return {
      ...plain,
      workdir: described.workdir ?? defaultWorkdir,
      limits: {
        ...defaultSandboxLimits,
        cpus: cpus ?? defaultSandboxLimits.cpus,
        memoryBytes: memoryBytes ?? defaultSandboxLimits.memoryBytes,
      },
      env: { ...described.env, ...env },
      commands: described.commands,
      notes: described.notes,
    };
  }

  preparation(task: RepositoryTask, spec: EnvironmentSpec): readonly string[] {
    return task.install === null && spec.commands.length === 0 ? ['clone'] : ['clone', 'install'];
  }

  fingerprint(
    task: RepositoryTask,
    trial: TrialContext,
    options: ProgressOptions,
  ): Promise<StageOutcome<readonly string[]>> {
    return this.#preparation.fingerprint(task, trial, options);
  }

  prepare(
    task: RepositoryTask,
    place: { readonly builder: Sandbox; readonly spec: EnvironmentSpec },
    trial: TrialContext,
  ): Promise<StageOutcome<null>> {
    return this.#preparation.prepare(task, place, trial);
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

  gold({ goldPatch }: RepositoryTask): Submission | null {
    return goldPatch === null ? null : { kind: 'text', text: goldPatch };
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
    const name = submission === null ? 'before' : 'after';
    const { source: goldSource, tests: goldTests } = splitTestPart(task.goldPatch ?? '');
    const testPatch = task.testPatch ?? goldTests;
    const sandbox = await open(name);
    let untrusted: readonly string[] = [];
    if (submission !== null) {
      const applied = await this.#applySubmission(patchOf(submission), {
        sandbox,
        trial,
        goldSource,
      });
      if ('kind' in applied) return applied;
      untrusted = applied.untrusted;
    }
    const outcome = await trial.stage(name, trial.limits.test, async (stage) => {
      await applyTestPatch(task, testPatch, { stage, sandbox });
      const testFiles = testFilesOf(task, testPatch);
      const replacedBefore = submission === null ? 'any' : (this.#replaced.get(trial) ?? []);
      const run = await runTests(stage, sandbox, { task, testFiles, untrusted, replacedBefore });
      if (submission === null) this.#replaced.set(trial, run.replaced);
      const { end } = run.report;
      if (end === 'timeout' || end === 'oom') {
        return { ok: true, value: run, exitCode: null, cause: end };
      }
      return { ok: true, value: run, exitCode: run.report.exit_code };
    });
    if (outcome.ok) return { kind: 'tested', ...outcome.value };
    return {
      kind: 'stopped',
      status: outcome.cause === 'timeout' ? 'timeout' : 'error',
      cause: outcome.cause === 'timeout' ? name : 'crash',
      detail: outcome.detail,
    };
  }

  grade(task: RepositoryTask, report: TestReport): Grade {
    return gradeRepositoryTask(task, report);
  }

  resultFields(
    task: RepositoryTask,
    submission: Submission | null,
  ): Pick<TrialResult, 'pytest_k' | 'patch_stats'> {
    return {
      pytest_k: task.pytestK,
      patch_stats: submission === null ? null : patchStats(patchOf(submission)),
    };
  }

  summaries(
    plan: RunPlan,
    results: readonly TrialResult[],
  ): readonly { readonly name: string; readonly content: unknown }[] {
    const model = (plan.model ?? plan.agent).replaceAll('/', '__');
    return [{ name: `${model}.${plan.run_id}.json`, content: officialSummary(plan, results) }];
  }

  async #applySubmission(
    patch: string,
    {
      sandbox,
      trial,
      goldSource,
    }: { readonly sandbox: Sandbox; readonly trial: TrialContext; readonly goldSource: string },
  ): Promise<Evaluation | ChangedFiles> {
    let changed: ChangedFiles = { restored: [], untrusted: [] };
    const outcome = await trial.stage('apply', trial.limits.apply, async (stage) => {
      const applied = await applyPatch(stage, sandbox, {
        patch,
        limits: this.#options.patchLimits,
      });
      if (applied.ok && 'how' in applied.value) {
        changed = await restoreTestFiles(stage, sandbox, { patch, goldSource });
        if (changed.restored.length > 0)
          trial.note(`put back the task's own version of ${changed.restored.join(', ')}`);
        if (applied.value.applied !== null) await trial.keep('applied.diff', applied.value.applied);
      }
      return applied;
    });
    if (!outcome.ok) {
      const status = outcome.cause === 'timeout' ? 'timeout' : 'error';
      return {
        kind: 'stopped',
        status,
        cause: status === 'timeout' ? 'apply' : 'crash',
        detail: outcome.detail,
      };
    }
    if ('how' in outcome.value) return changed;
    return { kind: 'stopped', status: 'patch_rejected', ...outcome.value };
  }
}

function namedWorkdir(source: EnvironmentSource | null): string | undefined {
  return source !== null && 'workdir' in source ? source.workdir : undefined;
}

function patchOf(submission: Submission): string {
  if (submission.kind === 'text') return submission.text;
  throw new TypeError('a repository task takes a patch, not files');
}
