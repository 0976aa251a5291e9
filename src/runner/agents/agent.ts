import type { ExitStatus, FlowPlace, RunConfig, StageLimits, StepBody, Task } from '../model';
import type { Sandbox } from '../sandbox/sandbox';
import type { Submission } from '../benchmarks/benchmark';
import type { Model, ToolSpec } from '../llm/model';
import type { Tool } from './tool';

/** One thing that an agent did, for the trajectory and for whoever watches. Summaries and trees are added by the recorder. */
export type AgentStep = StepOfBody<StepBody> & {
  /** The speaker's role where an agent has several. */
  readonly agent?: string;
  /** Where it stands in the agent's plan, where it has one. */
  readonly flow?: FlowPlace;
  /** All of a tool's output, when `output` was cut. */
  readonly whole?: string;
  /** Whether the working tree may be another one now, so that its state is to be kept. */
  readonly changesFiles?: boolean;
};
// The recorder names the file of a long output.
type StepOfBody<B> = B extends { kind: 'tool' } ? Omit<B, 'output_file'> : B;

/** What a benchmark tells an agent about its task. */
export interface TaskBrief {
  /** The task as a person or model reads it, Markdown. */
  readonly statement: string;
  /** Where the agent works. */
  readonly workdir: string;
  /** What is handed in and how it is judged, Markdown. */
  readonly rules: string;
}

/**
 * A task that somebody outside works on: a person in a terminal, an editor's own agent, a program. They get the tools, the
 * clock and the grading of every agent; what they do through `call` is recorded like an agent's steps.
 */
export interface AgentSession {
  readonly brief: TaskBrief;
  /** When the time is over (ISO 8601); what stands in the sandbox then is handed in. */
  readonly deadline: string;
  /** `submit`, which hands the work in and ends the session, is one of them. */
  readonly tools: readonly ToolSpec[];
  /**
   * Calls a tool, one at a time. What goes wrong (unknown tool, bad arguments, a failing command, a session that is
   * over) is an answer that says so.
   *
   * @throws `signal.reason` on cancel
   */
  call(
    tool: string,
    args: unknown,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly ok: boolean; readonly text: string }>;
  /** Command on the host that opens a shell in the sandbox; null where there is no way in. */
  shellCommand(): readonly string[] | null;
  /** Resolves when the session is over, however it ended: submitted, out of time, cancelled. Never rejects. */
  readonly ended: Promise<void>;
}

/** What a task's benchmark hands an agent: the sandbox to work in is opened on first use, since some agents need none. */
export interface AgentContext {
  readonly task: Task;
  readonly brief: TaskBrief;
  readonly attempt: number;
  readonly config: RunConfig;
  /** What the task's own author would hand in; for the gold agent only. */
  readonly gold: Submission | null;
  readonly sandbox: () => Promise<Sandbox>;
  /** What the agent may call on its sandbox; same limits as the pipeline's own stages. */
  readonly tools: () => Promise<readonly Tool[]>;
  /** Counts and limits what it is asked, against the budgets of trial and run; null for agents that need none. */
  readonly model: Model | null;
  readonly limits: StageLimits;
  /** Milliseconds until the agent's time is over. */
  readonly remainingMs: () => number;
  /** Resolves when the step is on disk, and the tree with it: what an agent did is never lost to a crash. */
  readonly record: (step: AgentStep) => Promise<void>;
  /** Shows something in the trial's live output that is no step (an answer as it comes). */
  readonly show: (text: string) => void;
  /** Offers the task to whoever watches the run, for somebody outside to work on. */
  readonly publish: (session: AgentSession) => void;
  readonly signal: AbortSignal;
}

/**
 * How an episode went. `submission` is set when the agent hands something in by itself (gold, empty, patch); otherwise
 * the benchmark collects it from the sandbox.
 */
export interface AgentOutcome {
  readonly exitStatus: ExitStatus;
  /** One line for people; null when the exit status says all. */
  readonly detail: string | null;
  readonly submission: Submission | null;
}

export interface Agent {
  readonly name: string;
  solve(context: AgentContext): Promise<AgentOutcome>;
}

/** The end of an episode that hands in what stands in the sandbox. */
export function ended(exitStatus: ExitStatus, detail: string | null = null): AgentOutcome {
  return { exitStatus, detail, submission: null };
}
