import type { Agent } from '../agents/agent';
import type { Benchmark } from '../benchmarks/benchmark';
import type { Host } from '../host';
import { Budget } from '../llm/budget';
import type { BudgetStop, Model } from '../llm/model';
import type { BudgetLimits, RunPlan, Task, TrialPlan } from '../model';
import type { RunObserver } from '../runner';
import type { SandboxProvider } from '../sandbox/sandbox';
import { SandboxTrees } from '../trajectory/sandboxTrees';
import { TreeCache } from '../trajectory/treeCache';
import type { UpcomingTask } from './environments';
import { Environments } from './environments';
import type { EventLog } from './eventLog';
import { SharedSandboxes } from './sharedSandboxes';
import type { TrialDependencies } from './trial';
import { limitsOfTask } from './trialStages';

/** What trials are done with, in this process, whether a whole run is or a single trial of one. */
export interface TrialParts {
  readonly host: Host;
  readonly runDir: string;
  readonly plan: RunPlan;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly agent: Agent;
  /** null for agents that need none. */
  readonly model: Model | null;
  readonly provider: SandboxProvider;
  readonly benchmarkOf: (id: Task['benchmark']) => Benchmark;
  readonly observer: RunObserver | undefined;
}

export function trialDependencies(
  parts: TrialParts,
  {
    trials,
    events,
    shared,
    budget,
    signal,
    onRunLimit,
    onNote,
  }: {
    readonly trials: readonly TrialPlan[];
    readonly events: EventLog;
    readonly shared: SharedSandboxes;
    readonly budget: BudgetLimits;
    readonly signal: AbortSignal;
    readonly onRunLimit: (limit: BudgetStop['limit']) => void;
    /** Something that a person should know of the environments. */
    readonly onNote: (text: string) => void;
  },
): TrialDependencies {
  const { runDir, plan, provider, agent, model, host, benchmarkOf, observer } = parts;
  const cache = new TreeCache(host);
  return {
    runDir,
    runId: plan.run_id,
    provider,
    environments: new Environments({
      provider,
      signal,
      onProgress: (line) => observer?.onProgress?.(line),
      onNote,
      labels: { run: plan.run_id },
      upcoming: upcoming(parts, trials),
      lookAhead: plan.concurrency,
    }),
    shared,
    events,
    agent,
    model,
    modelName: plan.model,
    config: plan.config,
    budget: new Budget(budget, { spent: events.state.spent }),
    onRunLimit,
    onSession: (session) => {
      try {
        observer?.onSession?.(session);
      } catch (error) {
        host.log('error', `an observer failed: ${String(error)}`);
      }
    },
    recordTrees: (place) => SandboxTrees.start({ ...place, host, cache }),
    keepSandbox: plan.config.keep_sandbox,
    limitsOf: (task) => limitsOfTask(benchmarkOf(task.benchmark), task, plan.config),
    log: (message) => {
      host.log('warning', message);
    },
  };
}

export function sharedSandboxes({ plan, provider, host, observer }: TrialParts): SharedSandboxes {
  return new SharedSandboxes({
    provider,
    labels: { run: plan.run_id },
    onProgress: (line) => observer?.onProgress?.(line),
    log: (message) => {
      host.log('warning', message);
    },
  });
}

/** What trials will be prepared for, in their order. */
export function upcoming(
  { tasks, benchmarkOf }: Pick<TrialParts, 'tasks' | 'benchmarkOf'>,
  trials: readonly TrialPlan[],
): readonly UpcomingTask[] {
  return trials.flatMap(({ task_id: id, benchmark }) => {
    const task = tasks.get(id);
    return task === undefined ? [] : [{ task, benchmark: benchmarkOf(benchmark) }];
  });
}
