import path from 'node:path';
import type { TaskBrief } from '../../agents/agent';
import type { Tool } from '../../agents/tool';
import type {
  ContestConfig,
  ContestTask,
  RunPlan,
  StageLimits,
  TestReport,
  TrialPlan,
  TrialResult,
} from '../../model';
import { contestResultOf, contestSummaryOf } from '../../model';
import type { EnvironmentSpec, Sandbox } from '../../sandbox/sandbox';
import { defaultSandboxLimits } from '../../sandbox/sandbox';
import type {
  Benchmark,
  EarlierTrial,
  Evaluation,
  Grade,
  OpenSandbox,
  StageOutcome,
  Submission,
  TrialContext,
} from '../benchmark';
import { contestBrief, contestStatement } from './brief';
import { collectPrograms } from './collectPrograms';
import { keepContestContent, readContestContent } from './content';
import { ContestEvaluation } from './contestEvaluation';
import { gradeContest } from './gradeContest';
import { judgeLimits } from './judgeProgram';
import { programsOf, referencesOf, submissionOf } from './programs';
import { SolutionFile } from './solutionFile';
import { contestTools } from './tools';
import { testRunner } from './toolRuns';

export interface ContestOptions {
  readonly config: ContestConfig;
  /** What places of contents and the checker's path are relative to: the run folder, for a config that was kept. */
  readonly cwd: string;
}

const workdir = '/workspace/solution';
/** A day: how long it takes is known when the candidates are (`ContestEvaluation`). */
const longestS = 86_400;

/** Tasks whose submission is programs: CodeContests' problems, HumanEval's functions. */
export class ContestBenchmark implements Benchmark<ContestTask> {
  readonly id = 'contests';
  readonly submissionName = 'candidates.jsonl';
  readonly testsBefore = false;
  readonly #options: ContestOptions;
  readonly #evaluation: ContestEvaluation;
  readonly #solutions: SolutionFile | null;
  #solutionsRead: Promise<unknown> | undefined;

  constructor(options: ContestOptions) {
    this.#options = options;
    this.#evaluation = new ContestEvaluation(options);
    const { solutions } = options.config;
    this.#solutions =
      solutions === undefined ? null : new SolutionFile(path.resolve(options.cwd, solutions));
  }

  limits(): Partial<StageLimits> {
    return { test: longestS, total: longestS };
  }

  environment(): Promise<EnvironmentSpec> {
    return Promise.resolve({
      source: null,
      workdir,
      limits: defaultSandboxLimits,
      env: {},
      commands: [],
      notes: [],
    });
  }

  preparation(): readonly string[] {
    return [];
  }

  fingerprint(): Promise<StageOutcome<readonly string[]>> {
    return Promise.resolve({ ok: true, value: [] });
  }

  prepare(): Promise<StageOutcome<null>> {
    return Promise.resolve({ ok: true, value: null });
  }

  brief(task: ContestTask, spec: EnvironmentSpec): TaskBrief {
    const limits = judgeLimits(task, this.#options.config);
    return contestBrief(task, { workdir: spec.workdir, limits });
  }

  tools(
    task: ContestTask,
    sandbox: Sandbox,
    trial: Pick<TrialContext, 'limits' | 'borrow'>,
  ): readonly Tool[] {
    const { config } = this.#options;
    return contestTools({
      task,
      sandbox,
      statement: contestStatement(task, judgeLimits(task, config)),
      runTests: testRunner(task, { ...this.#options, borrow: trial.borrow }),
    });
  }

  baseline(): Promise<string> {
    return Promise.resolve('');
  }

  collect(_task: ContestTask, sandbox: Sandbox, { signal }: TrialContext): Promise<Submission> {
    return collectPrograms(sandbox, { signal });
  }

  hasGold({ hasSolution }: ContestTask): boolean {
    return hasSolution;
  }

  /** The first of the problem's solutions that can be run. */
  async gold(
    task: ContestTask,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Submission | null> {
    if (!task.hasSolution) return null;
    const { cwd } = this.#options;
    const [first] = referencesOf(await readContestContent(task, { cwd, kinds: [], signal }));
    return first === undefined ? null : submissionOf([first]);
  }

  keepContent(
    task: ContestTask,
    place: { readonly runDir: string; readonly signal: AbortSignal },
  ): Promise<ContestTask> {
    return keepContestContent(task, { ...place, cwd: this.#options.cwd });
  }

  evaluate(
    task: ContestTask,
    submission: Submission | null,
    _open: OpenSandbox,
    trial: TrialContext,
  ): Promise<Evaluation> {
    return this.#evaluation.evaluate(task, programsOf(submission), trial);
  }

  /** @throws `invalid-config` when the solution database is none, `not-found` without the checker: before anything is spent */
  async refusal(): Promise<null> {
    await this.#evaluation.checkerSource();
    await (this.#solutionsRead ??= this.#solutions?.read());
    return null;
  }

  async earlier(task: ContestTask, plan: TrialPlan): Promise<EarlierTrial | null> {
    return (await this.#solutions?.earlier(task, plan)) ?? null;
  }

  async ended(
    task: ContestTask,
    trial: {
      readonly plan: TrialPlan;
      readonly result: TrialResult;
      readonly folder: string;
    },
  ): Promise<void> {
    await this.#solutions?.add(task, trial);
  }

  grade(_task: ContestTask, report: TestReport): Grade {
    return gradeContest(report);
  }

  resultFields(
    _task: ContestTask,
    {
      submission,
      report,
    }: { readonly submission: Submission | null; readonly report: TestReport | null },
  ): Pick<TrialResult, 'pytest_k' | 'patch_stats' | 'contest'> {
    // Candidates that could not be judged to the end were not right either.
    const candidates =
      report?.candidates ??
      programsOf(submission).map(() => ({ verdict: 'not_run' as const, tests: [] }));
    return {
      pytest_k: null,
      patch_stats: null,
      contest: contestResultOf(candidates, report?.references),
    };
  }

  summaries(
    plan: RunPlan,
    results: readonly TrialResult[],
  ): readonly { readonly name: string; readonly content: string }[] {
    const ended = new Map(
      results.map((result) => [`${result.task_id}\n${String(result.attempt)}`, result]),
    );
    const trials = plan.trials.map((trial) => ({
      plan: trial,
      result: ended.get(`${trial.task_id}\n${String(trial.attempt)}`) ?? null,
    }));
    const summary = contestSummaryOf(plan, trials);
    return [{ name: 'pass_at_k.json', content: `${JSON.stringify(summary, null, 2)}\n` }];
  }
}
