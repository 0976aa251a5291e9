import type { StageLimits, Task, Usage } from '../model';
import type { Sandbox } from '../sandbox/sandbox';
import type { Submission } from '../benchmarks/benchmark';
import type { Model } from '../llm/model';
import type { Tool } from './tool';

/** How an agent's episode ended; stands in result.json as `exit_status`. */
export type ExitStatus =
  'submitted' | 'max_turns' | 'max_tokens' | 'max_cost' | 'time' | 'model_error' | 'cancelled';

/** One thing that an agent did, for the trajectory and for whoever watches. */
export interface AgentStep {
  readonly kind: string;
  /** One line for people. */
  readonly summary: string;
  /** All of it, for trajectory.jsonl. */
  readonly detail: unknown;
}

/** What a task's benchmark hands an agent: the sandbox to work in is opened on first use, since some agents need none. */
export interface AgentContext {
  readonly task: Task;
  /** What the task's own author would hand in; for the gold agent only. */
  readonly gold: Submission | null;
  /** What an agent may call on its sandbox; same limits as the pipeline's own stages. */
  readonly tools: (sandbox: Sandbox) => readonly Tool[];
  readonly sandbox: () => Promise<Sandbox>;
  readonly model: Model | null;
  readonly limits: StageLimits;
  /** Resolves when the step is on disk: what an agent did is never lost to a crash. */
  readonly onStep: (step: AgentStep) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * How an episode went. `submission` is set when the agent hands something in by itself (gold, empty, patch); otherwise
 * the benchmark collects it from the sandbox.
 */
export interface AgentOutcome {
  readonly exitStatus: ExitStatus;
  readonly submission: Submission | null;
  readonly usage: Usage | null;
}

export interface Agent {
  readonly name: string;
  solve(context: AgentContext): Promise<AgentOutcome>;
}
