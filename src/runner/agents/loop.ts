import type { Completion } from '../llm/model';
import type { ExitStatus, ToolCall } from '../model';
import type { AgentContext, AgentOutcome } from './agent';
import { ended } from './agent';
import { ends, isSignOff, Progress } from './endings';
import { History } from './history';
import { modelStep, toolStep } from './steps';
import type { Toolbox, ToolCallOutcome } from './toolbox';

/** Answers in a row that cannot be used before the episode ends. */
const mostUnusable = 3;

/** Where nobody knows how much a model takes. */
const usualWindow = 75_000;

const noToolCalled =
  'You called no tool, so nothing happened. Call a tool, or call `submit` when your work is complete.';

/** Who works: a context, the tools that may be called, and a name where several work together. */
export interface Worker {
  readonly context: AgentContext;
  readonly toolbox: Toolbox;
  readonly role: string | null;
}

/** What a worker came to: the end of the episode, or something that a tool of its own ended the work with. */
export type WorkEnd =
  { readonly kind: 'ended'; readonly outcome: AgentOutcome } | { readonly kind: 'handed_over' };

/**
 * The loop of every agent of ours: ask the model, do what it calls for, tell it what came of it, until somebody or
 * something ends it. Everything is recorded as it happens.
 */
export class Loop {
  readonly #worker: Worker;
  readonly #history: History;
  readonly #progress = new Progress();
  #unusable = 0;
  #warned = false;

  constructor(worker: Worker) {
    const { config, model } = worker.context;
    this.#worker = worker;
    this.#history = new History({
      window: config.context_window ?? model?.contextWindow ?? usualWindow,
      answer: config.max_output_tokens,
    });
  }

  /** Tells the model something that no tool said. */
  async tell(role: 'system' | 'user', content: string): Promise<void> {
    this.#history.add({ role, content });
    await this.#record({ kind: 'message', role, content });
  }

  async work(): Promise<WorkEnd> {
    for (;;) {
      const completion = await this.#ask();
      if (completion.kind !== 'answer') return over(exitOf(completion), completion.detail);
      const { text, toolCalls } = completion;
      this.#history.add({ role: 'assistant', content: text, tool_calls: [...toolCalls] });
      const end =
        toolCalls.length === 0
          ? await this.#withoutCalls(completion)
          : await this.#perform(toolCalls);
      if (end !== null) return end;
      await this.#warnOfTheEnd();
    }
  }

  /** One answer of the model. A conversation that is too long for it is shortened and asked again, once. */
  async #ask(): Promise<Completion> {
    this.#history.fit();
    const completion = await this.#complete();
    if (completion.kind !== 'context_overflow' || !this.#history.fit({ harder: true }))
      return completion;
    return await this.#complete();
  }

  async #complete(): Promise<Completion> {
    const { context, toolbox } = this.#worker;
    const { model, config, task, attempt, signal, show } = context;
    if (model === null) throw new TypeError('this agent needs a model');
    const completion = await model.complete(
      {
        messages: this.#history.messages.slice(),
        tools: toolbox.specs,
        maxTokens: config.max_output_tokens,
        temperature: config.temperature,
        trial: { taskId: task.taskId, attempt },
      },
      { signal, onText: show },
    );
    if (completion.kind === 'answer')
      this.#history.counted(completion.promptTokens ?? completion.usage.prompt_tokens);
    await this.#record(modelStep(model.name, completion));
    return completion;
  }

  /** An answer that calls no tool either signs off or has to be told what is expected. */
  async #withoutCalls({
    text,
    truncated,
  }: Extract<Completion, { kind: 'answer' }>): Promise<WorkEnd | null> {
    if (isSignOff(text)) return over('submitted', 'the model signed off without a call of submit');
    const { max_output_tokens: most } = this.#worker.context.config;
    return await this.#unusableAnswer(
      truncated
        ? `Your answer was cut off at ${String(most)} tokens. Be shorter, and call a tool.`
        : noToolCalled,
    );
  }

  async #unusableAnswer(hint: string | null): Promise<WorkEnd | null> {
    this.#unusable += 1;
    if (this.#unusable >= mostUnusable)
      return over('format_error', `${String(mostUnusable)} answers in a row could not be used`);
    if (hint !== null) await this.tell('user', hint);
    return null;
  }

  /** Performs the calls of one answer in their order. */
  async #perform(calls: readonly ToolCall[]): Promise<WorkEnd | null> {
    const { context, toolbox } = this.#worker;
    const outcomes: ToolCallOutcome[] = [];
    for (const call of calls) {
      const outcome = await toolbox.call(call, { signal: context.signal });
      outcomes.push(outcome);
      this.#history.add({ role: 'tool', tool_call_id: call.id, content: outcome.text });
      await this.#record(toolStep(call, outcome));
      const end = ends(outcome, context.config);
      if (end === 'handed_over') {
        this.#leaveUndone(calls.slice(outcomes.length));
        return { kind: 'handed_over' };
      }
      if (end !== null) return over(end);
    }
    if (this.#progress.isStuck(calls, outcomes))
      return over('no_progress', 'the same action with the same result, again and again');
    if (outcomes.every(({ understood }) => !understood)) return await this.#unusableAnswer(null);
    this.#unusable = 0;
    return null;
  }

  /** No conversation may go on with a call that was not answered. */
  #leaveUndone(calls: readonly ToolCall[]): void {
    for (const { id } of calls)
      this.#history.add({
        role: 'tool',
        tool_call_id: id,
        content: 'Not done: handed over before.',
      });
  }

  /** An agent that is not told its deadline loses its work to it. */
  async #warnOfTheEnd(): Promise<void> {
    const { remainingMs, limits } = this.#worker.context;
    if (this.#warned || remainingMs() > limits.agent * 200) return;
    this.#warned = true;
    const seconds = String(Math.ceil(remainingMs() / 1000));
    await this.tell(
      'user',
      `Less than a fifth of the time is left: ${seconds} seconds. Finish your work and submit it.`,
    );
  }

  async #record(step: Parameters<AgentContext['record']>[0]): Promise<void> {
    const { context, role } = this.#worker;
    await context.record(role === null ? step : { ...step, agent: role });
  }
}

function over(exitStatus: ExitStatus, detail: string | null = null): WorkEnd {
  return { kind: 'ended', outcome: ended(exitStatus, detail) };
}

/** How an episode ends whose model gave no answer. */
export function exitOf(completion: Exclude<Completion, { kind: 'answer' }>): ExitStatus {
  switch (completion.kind) {
    case 'refused':
    case 'context_overflow':
      return completion.kind;
    case 'failed':
      return 'model_error';
    case 'over_budget':
      return completion.stop.limit === 'time_s' ? 'time' : `max_${completion.stop.limit}`;
  }
}
