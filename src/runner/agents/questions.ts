import { createHash } from 'node:crypto';
import type { Completion, ToolSpec } from '../llm/model';
import type { ChatMessage, ExitStatus } from '../model';
import type { AgentContext, AgentStep } from './agent';
import { exitOf } from './loop';
import { modelStep } from './steps';

/** What an episode ends with when the model cannot go on. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly exitStatus: ExitStatus;
  readonly detail: string | null;
}

/** How an episode ends whose model gave no answer. */
export function stoppedBy(completion: Exclude<Completion, { kind: 'answer' }>): Stopped {
  return { kind: 'stopped', exitStatus: exitOf(completion), detail: completion.detail };
}

export interface QuestionOptions {
  readonly temperature: number;
  /** Default: none, so that the answer is a text. */
  readonly tools?: readonly ToolSpec[];
  /** What the step of the answer says besides. */
  readonly marks?: Pick<AgentStep, 'agent' | 'flow'>;
}

/** Asks a model questions that stand alone each, for agents that are programs and hold no conversation. */
export class Questions {
  readonly #context: AgentContext;
  /** How often each question was asked: the same question is to get another answer, also from the cache. */
  readonly #asked = new Map<string, number>();

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** One answer, recorded as a step. The run's own `temperature` counts before the question's. */
  async ask(
    messages: readonly ChatMessage[],
    { temperature, tools = [], marks = {} }: QuestionOptions,
  ): Promise<Completion> {
    const { model, config, task, attempt, signal, show, record } = this.#context;
    if (model === null) throw new TypeError('this agent needs a model');
    const key = createHash('sha1').update(JSON.stringify(messages)).digest('base64');
    const before = this.#asked.get(key) ?? 0;
    this.#asked.set(key, before + 1);
    const completion = await model.complete(
      {
        messages: [...messages],
        tools,
        maxTokens: config.max_output_tokens,
        temperature: config.temperature ?? temperature,
        sample: attempt + before * 1000, // attempts of a task are at most 1000
        trial: { taskId: task.taskId, attempt },
      },
      { signal, onText: show },
    );
    await record({ ...modelStep(model.name, completion), ...marks });
    return completion;
  }
}
