import * as z from 'zod';
import type { ToolCall, Usage } from '../model';

const text = z.string().nullish().catch(null);
const count = z.number().nonnegative().nullish().catch(null);

const usageSchema = z.object({
  prompt_tokens: z.number().nonnegative(),
  completion_tokens: z.number().nonnegative(),
  total_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count }).nullish().catch(null),
  completion_tokens_details: z.object({ reasoning_tokens: count }).nullish().catch(null),
  // Names that Moonshot and DeepSeek have for the tokens of the cache.
  cached_tokens: count,
  prompt_cache_hit_tokens: count,
});

const callDeltaSchema = z.object({
  index: z.int().nonnegative().nullish(),
  id: text,
  function: z.object({ name: text, arguments: text }).nullish(),
});
type CallDelta = z.output<typeof callDeltaSchema>;

const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: text,
            refusal: text,
            reasoning_content: text,
            reasoning: text,
            tool_calls: z.array(callDeltaSchema).nullish(),
          })
          .nullish(),
        finish_reason: text,
      }),
    )
    .nullish(),
  usage: usageSchema.nullish().catch(null),
});

interface CallParts {
  readonly index: number;
  id: string;
  name: string;
  arguments: string;
}

/** Puts an answer together from the chunks of its stream, in the dialects of the common servers. */
export class StreamedAnswer {
  text = '';
  reasoning = '';
  refusal = '';
  /** null until the stream says how the answer ended: one that never does is broken. */
  finish: string | null = null;
  usage: Omit<Usage, 'cost'> | null = null;
  readonly #calls: CallParts[] = [];
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  /** @throws ZodError when the chunk is none */
  add(value: unknown): void {
    const chunk = chunkSchema.parse(value);
    if (chunk.usage) this.usage = usageFrom(chunk.usage);
    const choice = chunk.choices?.[0];
    if (choice === undefined) return;
    const { delta } = choice;
    if (delta?.content) {
      this.text += delta.content;
      this.#onText(delta.content);
    }
    this.reasoning += delta?.reasoning_content ?? delta?.reasoning ?? '';
    this.refusal += delta?.refusal ?? '';
    for (const call of delta?.tool_calls ?? []) this.#addCall(call);
    this.finish = choice.finish_reason ?? this.finish;
  }

  /** All that the model wrote, for an estimate. */
  get everything(): string {
    const calls = this.#calls.map((call) => call.name + call.arguments);
    return [this.reasoning, this.text, this.refusal, ...calls].join('');
  }

  /** The tool calls; those without an id, or with one that was used before, get one that begins with `prefix`. */
  toolCalls(prefix: string): readonly ToolCall[] {
    const seen = new Set<string>();
    return this.#calls.map(({ id, name, arguments: args }, n) => {
      const own = id === '' || seen.has(id) ? `${prefix}_${String(n)}` : id;
      seen.add(own);
      return { id: own, name, arguments: args === '' ? '{}' : args };
    });
  }

  #addCall({ index, id, function: called }: CallDelta): void {
    const call = this.#callOf({ index, id: id ?? '', begins: Boolean(called?.name) });
    if (call.id === '') call.id = id ?? '';
    if (call.name === '') call.name = called?.name ?? '';
    call.arguments += called?.arguments ?? '';
  }

  /** Some servers number no calls, or all of them 0: then a new id, with a name, is a new call. */
  #callOf(delta: {
    readonly index: number | null | undefined;
    readonly id: string;
    readonly begins: boolean;
  }): CallParts {
    const last = this.#calls.at(-1);
    const known =
      delta.index === null || delta.index === undefined
        ? last
        : this.#calls.findLast(({ index }) => index === delta.index);
    const another =
      known !== undefined &&
      delta.begins &&
      known.name !== '' &&
      (delta.index === undefined || delta.index === null
        ? delta.id === '' || delta.id !== known.id
        : delta.id !== '' && delta.id !== known.id);
    if (known !== undefined && !another) return known;
    const call = { index: delta.index ?? this.#calls.length, id: '', name: '', arguments: '' };
    this.#calls.push(call);
    return call;
  }
}

/** Some servers leave the thoughts of a model in its text, fenced by `<think>`. */
export function splitThinking({ text, reasoning }: Pick<StreamedAnswer, 'text' | 'reasoning'>): {
  readonly text: string;
  readonly reasoning: string;
} {
  const [all, thoughts] = /^\s*<think>([^]*?)(?:<\/think>\s*|$)/.exec(text) ?? [];
  if (reasoning !== '' || all === undefined || thoughts === undefined) return { text, reasoning };
  return { text: text.slice(all.length), reasoning: thoughts.trim() };
}

function usageFrom(wire: z.output<typeof usageSchema>): Omit<Usage, 'cost'> {
  const prompt = wire.prompt_tokens;
  const reasoning = wire.completion_tokens_details?.reasoning_tokens ?? 0;
  const cached =
    wire.prompt_tokens_details?.cached_tokens ??
    wire.cached_tokens ??
    wire.prompt_cache_hit_tokens ??
    0;
  // Some servers count the reasoning beside the completion instead of as a part of it.
  const beside =
    reasoning > wire.completion_tokens ||
    (reasoning > 0 && wire.total_tokens === prompt + wire.completion_tokens + reasoning);
  const completion = wire.completion_tokens + (beside ? reasoning : 0);
  return {
    prompt_tokens: Math.round(prompt),
    cached_tokens: Math.round(Math.min(cached, prompt)),
    completion_tokens: Math.round(completion),
    reasoning_tokens: Math.round(reasoning),
    estimated: false,
  };
}
