import type { AgentContext, AgentOutcome, AgentStep } from '../agents/agent';
import { ended } from '../agents/agent';
import type { Benchmark, StageContext, Submission } from '../benchmarks/benchmark';
import type { Model } from '../llm/model';
import type { AgentStats, Task, TrialPlan, TrialStatus, Usage } from '../model';
import { addUsage, countStep, noAgentStats, noUsage, usageBeyond } from '../model';
import type { Sandbox } from '../sandbox/sandbox';
import { runPaths } from '../store/runFolder';
import type { PreparedEnvironment } from './environments';
import { LiveOutput } from './liveText';
import { isEmpty } from './submission';
import { StepRecorder } from './stepRecorder';
import { summaryOf } from './stepSummary';
import type { TrialDependencies } from './trial';
import { trialModel } from './trialModel';
import type { TrialStages } from './trialStages';
import { Workplace } from './workplace';

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

function endOf({ exitStatus, detail }: AgentOutcome, usage: Usage | null): AgentStep {
  return { kind: 'end', exit_status: exitStatus, detail, usage };
}

/** Lets the agent work under its own clock and budget, records its steps and takes what it hands in. */
export async function solve<T extends Task>(
  deps: TrialDependencies,
  benchmark: Benchmark<T>,
  parts: SolveParts<T>,
): Promise<SolveOutcome> {
  const { plan, stages, onCancelled } = parts;
  const paths = runPaths(deps.runDir).trial(plan.trial_id);
  const { recordTrees } = deps;
  const workplace = new Workplace({ ...parts, benchmark, recordTrees, gitDir: paths.trees });
  const recorder = new StepRecorder({
    paths,
    emit: (body) => deps.events.emitTrial(plan.trial_id, body),
    trees: workplace.trees,
  });
  const model = deps.model === null ? null : trialModel(deps, deps.model, plan);
  let stats = noAgentStats;
  let told = noUsage;
  const record = async (step: AgentStep): Promise<void> => {
    const facts = summaryOf(step);
    stats = countStep(stats, facts);
    if (facts.usage !== null) told = addUsage(told, facts.usage);
    await recorder.record(step);
  };
  /** Calls that were cut off were paid for, and what a run spent is folded from its steps. */
  const untold = (): Usage | null => usageBeyond(model?.used ?? noUsage, told);
  let outcome: AgentOutcome;
  try {
    const solved = await stages.stage('agent', stages.limits.agent, async (stage) => {
      const context = contextOf({ deps, benchmark, parts, workplace, model, record, stage });
      return { ok: true, value: await deps.agent.solve(context), exitCode: null };
    });
    outcome = solved.ok ? solved.value : ended('time');
    await record(endOf(outcome, untold()));
  } catch (error) {
    if (!stages.signal.aborted) throw error;
    const cut = ended('cancelled');
    await record(endOf(cut, untold()));
    onCancelled({ ...cut, submission: nothing, usage: model?.used ?? null, stats });
    throw error;
  } finally {
    await recorder.close();
  }
  // Out of time is no reason to lose the work: what is there is handed in.
  const submission = outcome.submission ?? (await workplace.collect()) ?? nothing;
  const { exitStatus, detail } = outcome;
  return { exitStatus, detail, submission, usage: model?.used ?? null, stats };
}

/** What the agent is given. */
function contextOf<T extends Task>({
  deps,
  benchmark,
  parts: { plan, task, stages, environment },
  workplace,
  model,
  record,
  stage,
}: {
  readonly deps: TrialDependencies;
  readonly benchmark: Benchmark<T>;
  readonly parts: SolveParts<T>;
  readonly workplace: Workplace<T>;
  readonly model: Model | null;
  readonly record: AgentContext['record'];
  readonly stage: StageContext;
}): AgentContext {
  const live = new LiveOutput(stage.log);
  return {
    task,
    brief: benchmark.brief(task, environment.spec),
    attempt: plan.attempt,
    config: deps.config,
    gold: benchmark.gold(task),
    sandbox: workplace.sandbox,
    tools: workplace.tools,
    model,
    limits: stages.limits,
    remainingMs: stage.remainingMs,
    record: async (step) => {
      live.step(step);
      await record(step);
    },
    show: (text) => {
      live.text(text);
    },
    publish: (session) => {
      const { trial_id: trialId, task_id: taskId } = plan;
      deps.onSession({ ...session, runDir: deps.runDir, trialId, taskId });
    },
    signal: stage.limitSignal,
  };
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
