import type { Completion, ToolSpec } from '../../llm/model';
import type { ChatMessage } from '../../model';
import type { AgentContext } from '../agent';
import { cutInTheMiddle } from '../cutText';
import type { PromptName, Prompts } from '../prompts';
import { fillPrompt } from '../prompts';
import type { Stopped } from '../questions';
import { Questions, stoppedBy } from '../questions';
import type { PromptPart } from './promptRoom';
import { fitParts, PromptRoom } from './promptRoom';

/** Answers to one question that cannot be used before it is given up. */
const mostAnswers = 3;

/** Bytes of an answer that could not be used that the model is shown again. */
const shownAnswer = 4096;

export type Answer = Extract<Completion, { kind: 'answer' }>;

/** What was read in an answer, or why it cannot be used, in words for the model. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

export type Asked<T> =
  | { readonly kind: 'answer'; readonly value: T }
  /** Asked as often as may be, and nothing that could be used. */
  | { readonly kind: 'unreadable'; readonly problem: string }
  | Stopped;

export interface Question<T> {
  /** Who is asked, for people. */
  readonly role: string;
  readonly system: PromptName | null;
  readonly prompt: PromptName;
  /** What may be shortened, what gives way first at the beginning. */
  readonly parts: readonly PromptPart[];
  readonly values: Readonly<Record<string, string>>;
  readonly temperature: number;
  readonly tools?: readonly ToolSpec[];
  readonly read: (answer: Answer) => Read<T>;
  /** What an answer that cannot be used is asked to be. */
  readonly wanted: string;
}

/** Asks questions that fit the model, and asks again where an answer cannot be used. Everything is recorded. */
export class Interview {
  readonly #context: AgentContext;
  readonly #prompts: Prompts;
  readonly #questions: Questions;
  readonly #room: PromptRoom;
  /** System prompts that the record has already. */
  readonly #told = new Set<string>();

  constructor(context: AgentContext, prompts: Prompts) {
    const { config, model } = context;
    this.#context = context;
    this.#prompts = prompts;
    this.#questions = new Questions(context);
    this.#room = new PromptRoom({
      window: config.context_window ?? model?.contextWindow ?? null,
      answer: config.max_output_tokens,
    });
  }

  async ask<T>(question: Question<T>): Promise<Asked<T>> {
    let problem = '';
    let again: readonly ChatMessage[] = [];
    for (let left = mostAnswers; left > 0; left -= 1) {
      const completion = await this.#complete(question, again);
      if (completion.kind !== 'answer') return stoppedBy(completion);
      const read = question.read(completion);
      if (read.ok) return { kind: 'answer', value: read.value };
      problem = read.problem;
      // Only the last of several useless answers is shown: the earlier ones would teach nothing.
      again = complaintAbout(completion, `It cannot be used: ${problem}. ${question.wanted}`);
    }
    return { kind: 'unreadable', problem };
  }

  /** One answer. A prompt that is too long for the model is shortened and asked again, while there is what can go. */
  async #complete<T>(question: Question<T>, again: readonly ChatMessage[]): Promise<Completion> {
    const { role: agent, temperature, tools = [] } = question;
    for (let before = Infinity; ;) {
      const messages = [...this.#messages(question), ...again];
      await this.#record(messages, agent);
      const completion = await this.#questions.ask(messages, {
        temperature,
        tools,
        marks: { agent },
      });
      const bytes = Buffer.byteLength(JSON.stringify([messages, tools]));
      if (completion.kind === 'answer')
        this.#room.counted(bytes, completion.promptTokens ?? completion.usage.prompt_tokens);
      if (completion.kind !== 'context_overflow' || bytes >= before) return completion;
      if (!this.#room.tooLong(bytes)) return completion;
      before = bytes;
    }
  }

  #messages<T>({ system, prompt, parts, values }: Question<T>): readonly ChatMessage[] {
    const names = system === null ? [prompt] : [system, prompt];
    const templates = names.map((name) => this.#prompts[name]);
    const used = parts.filter(({ name }) => templates.some((text) => text.includes(`{{${name}}}`)));
    const filled = (own: Readonly<Record<string, string>>): readonly string[] =>
      templates.map((text) => fillPrompt(text, this.#context, { values: { ...values, ...own } }));
    const empty = filled(Object.fromEntries(used.map(({ name }) => [name, ''])));
    const fixed = empty.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const texts = filled(fitParts(used, this.#room.bytes - fixed));
    return texts.map((content, n) => ({
      role: system !== null && n === 0 ? 'system' : 'user',
      content,
    }));
  }

  /** What the model is told, as far as it is not in the record yet: every question repeats the system prompt. */
  async #record(messages: readonly ChatMessage[], agent: string): Promise<void> {
    const last = messages.findLastIndex(({ role }) => role === 'user');
    for (const [n, { role, content }] of messages.entries()) {
      const isNew = role === 'system' ? !this.#told.has(content) : n === last;
      if ((role !== 'system' && role !== 'user') || !isNew) continue;
      if (role === 'system') this.#told.add(content);
      await this.#context.record({ kind: 'message', role, content, agent });
    }
  }
}

/** An answer and what is wrong with it. Every call of a tool needs an answer of its own. */
function complaintAbout({ text, toolCalls }: Answer, complaint: string): readonly ChatMessage[] {
  return [
    {
      role: 'assistant',
      content: cutInTheMiddle(text, shownAnswer).text,
      tool_calls: [...toolCalls],
    },
    ...toolCalls.map(({ id }) => ({
      role: 'tool' as const,
      tool_call_id: id,
      content: 'Not accepted.',
    })),
    { role: 'user', content: complaint },
  ];
}
