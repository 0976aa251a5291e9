import type * as z from 'zod';
import type { ChatMessage, FlowPlace } from '../../model';
import type { AgentContext } from '../agent';
import type { PromptName, Prompts } from '../prompts';
import { fillPrompt } from '../prompts';
import type { Stopped } from '../questions';
import { Questions, stoppedBy } from '../questions';
import { readAnswer } from './readAnswer';

export type { Stopped } from '../questions';

const languageNames = { PYTHON3: 'Python 3', CPP: 'C++', JAVA: 'Java' } as const;

export type Asked<T> =
  | { readonly kind: 'answer'; readonly value: T; readonly repairs: readonly string[] }
  /** Asked as often as may be, and nothing that could be read. */
  | { readonly kind: 'unreadable'; readonly problem: string }
  | Stopped;

export interface Question<S extends z.ZodObject> {
  readonly place: FlowPlace;
  readonly prompt: PromptName;
  readonly schema: S;
  readonly temperature: number;
  /** What the prompt's places hold besides those of every prompt. */
  readonly values: Readonly<Record<string, string>>;
  /** What an answer is taken for that is no YAML. */
  readonly otherwise?: (text: string) => z.output<S> | null;
}

/** Asks the model one question at a time; every question stands alone. */
export class Asker {
  readonly #context: AgentContext;
  readonly #prompts: Prompts;
  readonly #questions: Questions;

  constructor(context: AgentContext, prompts: Prompts) {
    this.#context = context;
    this.#questions = new Questions(context);
    this.#prompts = prompts;
  }

  async ask<S extends z.ZodObject>(question: Question<S>): Promise<Asked<z.output<S>>> {
    const { record, config } = this.#context;
    const { place: flow, schema, temperature, otherwise } = question;
    const messages = this.#messages(question);
    for (const { role, content } of messages)
      if (role === 'user') await record({ kind: 'message', role, content, flow });
    let problem = '';
    for (let left = config.alphacodium.answer_retries; left >= 0; left -= 1) {
      const answer = await this.#questions.ask(messages, { temperature, marks: { flow } });
      if (answer.kind !== 'answer') return stoppedBy(answer);
      const read = readAnswer(answer.text, schema);
      if (read.ok) return { kind: 'answer', value: read.value, repairs: read.repairs };
      const meant = otherwise?.(answer.text) ?? null;
      if (meant !== null) return { kind: 'answer', value: meant, repairs: ['no YAML'] };
      problem = answer.truncated
        ? `it was cut off at ${String(config.max_output_tokens)} tokens`
        : read.problem;
      if (left === 0) break;
      const content = `Your answer could not be read: ${problem}\n\nAnswer the question again, with nothing but YAML of the form that was asked for.`;
      messages.push({ role: 'assistant', content: answer.text, tool_calls: [] });
      messages.push({ role: 'user', content });
      await record({ kind: 'message', role: 'user', content, flow });
    }
    return { kind: 'unreadable', problem };
  }

  #messages<S extends z.ZodObject>({ prompt, values }: Question<S>): ChatMessage[] {
    const language = languageNames[this.#context.config.alphacodium.language];
    const filled = (name: PromptName): string =>
      fillPrompt(this.#prompts[name], this.#context, { values: { language, ...values } });
    return [
      { role: 'system', content: filled('alphacodium.system') },
      { role: 'user', content: filled(prompt) },
    ];
  }
}
