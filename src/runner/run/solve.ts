import type { AgentOutcome, AgentStep } from '../agents/agent';
import type { Benchmark, Submission } from '../benchmarks/benchmark';
import { Budget } from '../llm/budget';
import type { Completion, Model } from '../llm/model';
import type { BudgetedModel } from '../llm/withBudgets';
import { withBudgets } from '../llm/withBudgets';
import type { AgentStats, Task, TrialPlan, TrialStatus, Usage } from '../model';
import { countStep, noAgentStats, trialBudget } from '../model';
import type { Sandbox } from '../sandbox/sandbox';
import { runPaths } from '../store/runFolder';
import type { PreparedEnvironment } from './environments';
import { liveText } from './liveText';
import { isEmpty } from './submission';
import type { TreeRecorder } from './stepRecorder';
import { StepRecorder } from './stepRecorder';
import { summaryOf } from './stepSummary';
import type { TrialDependencies } from './trial';
import type { TrialStages } from './trialStages';

/** What the agent's part of a trial came to. */
export interface SolveOutcome {
  readonly exitStatus: AgentOutcome['exitStatus'];
  readonly detail: string | null;
  readonly submission: Submission;
  readonly usage: Usage | null;
  readonly stats: AgentStats;
}

interface SolveParts<T extends Task> {
  readonly plan: TrialPlan;
  readonly task: T;
  readonly stages: TrialStages;
  readonly environment: PreparedEnvironment;
  readonly open: (purpose: string) => Promise<Sandbox>;
  /** Told what there is when the trial is cancelled while its agent works. */
  readonly onCancelled: (outcome: SolveOutcome) => void;
}

const nothing: Submission = { kind: 'text', text: '' };

function endOf({ exitStatus, detail }: AgentOutcome): AgentStep {
  return { kind: 'end', exit_status: exitStatus, detail };
}

interface Workplace {
  readonly sandbox: Sandbox;
  readonly baseline: string;
  readonly trees: TreeRecorder | null;
}

/** Lets the agent work under its own clock and budget, records its steps and takes what it hands in. */
export async function solve<T extends Task>(
  deps: TrialDependencies,
  benchmark: Benchmark<T>,
  { plan, task, stages, environment, open, onCancelled }: SolveParts<T>,
): Promise<SolveOutcome> {
  const paths = runPaths(deps.runDir).trial(plan.trial_id);
  let work: Promise<Workplace> | null = null;
  let opened: Workplace | null = null;
  const workplace = (): Promise<Workplace> =>
    (work ??= enter().then((entered) => (opened = entered)));
  const enter = async (): Promise<Workplace> => {
    const sandbox = await open('agent');
    const baseline = await benchmark.baseline(task, sandbox, stages);
    const { note, signal } = stages;
    const trees = await deps.recordTrees({
      gitDir: paths.trees,
      environment,
      sandbox,
      note,
      signal,
    });
    return { sandbox, baseline, trees };
  };
  const recorder = new StepRecorder({
    paths,
    emit: (body) => deps.events.emitTrial(plan.trial_id, body),
    trees: () => opened?.trees ?? null,
  });
  const model = deps.model === null ? null : budgeted(deps, deps.model, plan);
  let stats = noAgentStats;
  let outcome: AgentOutcome;
  try {
    const solved = await stages.stage('agent', stages.limits.agent, async (stage) => {
      let midLine = false;
      const show = (text: string): void => {
        if (text === '') return;
        midLine = !text.endsWith('\n');
        stage.log(text);
      };
      const record = async (step: AgentStep): Promise<void> => {
        stats = countStep(stats, summaryOf(step));
        show(`${midLine ? '\n' : ''}${liveText(step)}`);
        await recorder.record(step);
      };
      const value = await deps.agent.solve({
        task,
        brief: benchmark.brief(task, environment.spec),
        attempt: plan.attempt,
        config: deps.config,
        gold: benchmark.gold(task),
        sandbox: async () => (await workplace()).sandbox,
        tools: async () =>
          benchmark.tools(task, (await workplace()).sandbox, {
            limits: stages.limits,
            prepared: stages.results,
          }),
        model,
        limits: stages.limits,
        remainingMs: stage.remainingMs,
        record,
        show,
        publish: (session) => {
          const { trial_id: trialId, task_id: taskId } = plan;
          deps.onSession({ ...session, runDir: deps.runDir, trialId, taskId });
        },
        signal: stage.limitSignal,
      });
      return { ok: true, value, exitCode: null };
    });
    outcome = solved.ok ? solved.value : { exitStatus: 'time', detail: null, submission: null };
    await recorder.record(endOf(outcome));
  } catch (error) {
    if (!stages.signal.aborted) throw error;
    const cut: AgentOutcome = { exitStatus: 'cancelled', detail: null, submission: null };
    await recorder.record(endOf(cut));
    onCancelled({ ...cut, submission: nothing, usage: model?.used ?? null, stats });
    throw error;
  } finally {
    await recorder.close();
  }
  // Out of time is no reason to lose the work: what is there is handed in.
  const submission = outcome.submission ?? (await collected(benchmark, task, opened, stages));
  const { exitStatus, detail } = outcome;
  return { exitStatus, detail, submission, usage: model?.used ?? null, stats };
}

/** The run's model for one trial: counted against the trial's budget and the run's, which stops the run when it is spent. */
function budgeted(
  deps: TrialDependencies,
  model: Model,
  { task_id: taskId, attempt }: TrialPlan,
): BudgetedModel {
  const own = withBudgets(model, { trial: new Budget(trialBudget(deps.config)), run: deps.budget });
  return {
    name: own.name,
    contextWindow: own.contextWindow,
    price: own.price,
    get used() {
      return own.used;
    },
    async complete(request, options): Promise<Completion> {
      const completion = await own.complete({ ...request, trial: { taskId, attempt } }, options);
      if (completion.kind === 'over_budget' && completion.stop.of === 'run') {
        deps.onRunLimit(completion.stop.limit);
        options.signal.throwIfAborted();
      }
      return completion;
    },
  };
}

async function collected<T extends Task>(
  benchmark: Benchmark<T>,
  task: T,
  work: Workplace | null,
  stages: TrialStages,
): Promise<Submission> {
  if (work === null) return nothing;
  const { signal, limits, stage, note, keep } = stages;
  const { baseline, sandbox } = work;
  const trial = { signal, limits, stage, note, keep, baseline };
  return await benchmark.collect(task, sandbox, trial);
}

/**
 * The end of a trial that is not graded: nothing was handed in, or the model could not be asked, which is no failure of
 * the agent and would be counted as one. null: there is something to grade.
 */
export function ungraded({ exitStatus, detail, submission }: SolveOutcome): {
  readonly status: TrialStatus;
  readonly cause: string | null;
  readonly detail: string | null;
} | null {
  if (exitStatus === 'model_error')
    return { status: 'infra_failure', cause: 'model_error', detail };
  return isEmpty(submission) ? { status: 'empty_patch', cause: null, detail } : null;
}
