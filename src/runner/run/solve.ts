import type { AgentContext, AgentOutcome } from '../agents/agent';
import { ended } from '../agents/agent';
import type { Benchmark, OpenSandbox, StageContext, Submission } from '../benchmarks/benchmark';
import type { Model } from '../llm/model';
import type { AgentStats, Task, TrialPlan, TrialStatus, Usage } from '../model';
import { noUsage, usageBeyond } from '../model';
import { runPaths } from '../store/runFolder';
import type { PreparedEnvironment } from './environments';
import { LiveOutput } from './liveText';
import { isEmpty } from './submission';
import { StepRecorder } from './stepRecorder';
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
  readonly open: OpenSandbox;
  /** Told what there is when the trial is cancelled while its agent works. */
  readonly onCancelled: (outcome: SolveOutcome) => void;
}

const nothing: Submission = { kind: 'text', text: '' };

/** Lets the agent work under its own clock and budget, records its steps and takes what it hands in. */
export async function solve<T extends Task>(
  deps: TrialDependencies,
  benchmark: Benchmark<T>,
  parts: SolveParts<T>,
): Promise<SolveOutcome> {
  const { plan, task, stages, onCancelled } = parts;
  const paths = runPaths(deps.runDir).trial(plan.trial_id);
  const { recordTrees } = deps;
  const workplace = new Workplace({ ...parts, benchmark, recordTrees, gitDir: paths.trees });
  const recorder = new StepRecorder({
    paths,
    emit: (body) => deps.events.emitTrial(plan.trial_id, body),
    trees: workplace.trees,
  });
  const model = deps.model === null ? null : trialModel(deps, deps.model, plan);
  const end = async (outcome: AgentOutcome): Promise<void> => {
    // Calls that were cut off were paid for, and what a run spent is folded from its steps.
    const untold = usageBeyond(model?.used ?? noUsage, recorder.usage);
    const { exitStatus, detail } = outcome;
    await recorder.record({ kind: 'end', exit_status: exitStatus, detail, usage: untold });
  };
  const told = ({ exitStatus, detail }: AgentOutcome, submission: Submission): SolveOutcome => ({
    exitStatus,
    detail,
    submission,
    usage: model?.used ?? null,
    stats: recorder.stats,
  });
  let outcome: AgentOutcome;
  try {
    const solved = await stages.stage('agent', stages.limits.agent, async (stage) => {
      const { signal } = stages;
      const gold = await benchmark.gold(task, { signal });
      const context = contextOf({
        deps,
        benchmark,
        parts,
        workplace,
        model,
        recorder,
        stage,
        gold,
      });
      return { ok: true, value: await deps.agent.solve(context), exitCode: null };
    });
    outcome = solved.ok ? solved.value : ended('time');
    await end(outcome);
  } catch (error) {
    if (!stages.signal.aborted) throw error;
    const cut = ended('cancelled');
    await end(cut);
    onCancelled(told(cut, nothing));
    await workplace.close();
    throw error;
  } finally {
    await recorder.close();
  }
  // Out of time is no reason to lose the work: what is there is handed in.
  try {
    return told(outcome, outcome.submission ?? (await workplace.collect()) ?? nothing);
  } finally {
    await workplace.close();
  }
}

/** What the agent is given. */
function contextOf<T extends Task>({
  deps,
  benchmark,
  parts: { plan, task, stages, environment },
  workplace,
  model,
  recorder,
  stage,
  gold,
}: {
  readonly deps: TrialDependencies;
  readonly benchmark: Benchmark<T>;
  readonly parts: SolveParts<T>;
  readonly workplace: Workplace<T>;
  readonly model: Model | null;
  readonly recorder: StepRecorder;
  readonly stage: StageContext;
  readonly gold: Submission | null;
}): AgentContext {
  const live = new LiveOutput(stage.log);
  return {
    task,
    brief: benchmark.brief(task, environment.spec),
    attempt: plan.attempt,
    config: deps.config,
    gold,
    sandbox: workplace.sandbox,
    tools: workplace.tools,
    model,
    limits: stages.limits,
    remainingMs: stage.remainingMs,
    record: async (step) => {
      live.step(step);
      await recorder.record(step);
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
