import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { toolCallSchema, usageSchema } from '../model';
import { isNotFound, readIfThere } from '../store/files';
import { throwIfCancelled } from './cancel';
import type { Completion, Model, ModelRequest } from './model';

/** Part of every key: a change of what an entry means makes the old ones unknown. */
const version = 1;

const entrySchema = z.object({
  v: z.literal(version),
  text: z.string(),
  reasoning: z.string().nullable(),
  tool_calls: z.array(toolCallSchema),
  truncated: z.boolean(),
  prompt_tokens: z.int().nonnegative().nullable(),
  usage: usageSchema,
});
type Entry = z.infer<typeof entrySchema>;
type Answer = Extract<Completion, { kind: 'answer' }>;

export interface CacheOptions {
  readonly folder: string;
  /** What the answer depends on besides the request: address, name and ways of the model. No secrets. */
  readonly identity: Readonly<Record<string, unknown>>;
  readonly log: (message: string) => void;
}

/**
 * Answers a request that was answered before with the same answer, at no cost. Its tokens are those of the recorded
 * answer, so that whatever is reckoned with them comes out as it did then.
 *
 * Only answers are kept, and not those that a budget cut off: with a higher one they would be others.
 */
export function withCache(model: Model, { folder, identity, log }: CacheOptions): Model {
  const { name, contextWindow, price } = model;

  async function read(file: string): Promise<Entry | null> {
    try {
      const text = await readIfThere(file);
      if (text === null) return null;
      return entrySchema.parse(JSON.parse(text));
    } catch {
      log(`the cache entry ${path.basename(file)} cannot be read; the model is asked again`);
      return null;
    }
  }

  async function keep(file: string, entry: Entry): Promise<void> {
    try {
      await write(file, JSON.stringify(entry)).catch(async (error: unknown) => {
        if (!isNotFound(error)) throw error;
        await mkdir(path.dirname(file), { recursive: true });
        await write(file, JSON.stringify(entry));
      });
    } catch (error) {
      log(`the answer cannot be cached: ${String(error)}`);
    }
  }

  return {
    name,
    contextWindow,
    price,
    async complete(request, options): Promise<Completion> {
      throwIfCancelled(options);
      const started = performance.now();
      const key = cacheKey(request, identity);
      const file = path.join(folder, key.slice(0, 2), `${key}.json`);
      const entry = await read(file);
      if (entry !== null) {
        if (entry.text !== '') options.onText?.(entry.text);
        return recalled(entry, performance.now() - started);
      }
      const completion = await model.complete(request, options);
      if (completion.kind === 'answer' && !isCutByBudget(request, completion))
        await keep(file, entryOf(completion));
      return completion;
    },
  };
}

/** Renamed, not synced: what a power failure tears cannot be read, and is asked for again. */
async function write(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text);
  await rename(draft, file);
}

/** The name of a request's entry: everything that its answer depends on. */
export function cacheKey(request: ModelRequest, identity: CacheOptions['identity']): string {
  const { messages, tools, maxTokens, askedTokens = maxTokens, temperature = null } = request;
  const sample = request.sample ?? request.trial?.attempt ?? 0;
  const all = [version, identity, messages, tools, askedTokens, temperature, sample];
  return createHash('sha256').update(JSON.stringify(all, sorted)).digest('hex');
}

/** The order of an object's keys says nothing. */
function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isCutByBudget({ maxTokens, askedTokens }: ModelRequest, { truncated }: Answer): boolean {
  return truncated && askedTokens !== undefined && askedTokens > maxTokens;
}

function entryOf({ text, reasoning, toolCalls, truncated, promptTokens, usage }: Answer): Entry {
  return {
    v: version,
    text,
    reasoning,
    tool_calls: [...toolCalls],
    truncated,
    prompt_tokens: promptTokens ?? null,
    usage,
  };
}

function recalled(entry: Entry, durationMs: number): Completion {
  const { text, reasoning, truncated, usage, prompt_tokens: promptTokens } = entry;
  return {
    kind: 'answer',
    text,
    reasoning,
    toolCalls: entry.tool_calls,
    truncated,
    promptTokens: promptTokens ?? undefined,
    usage: { ...usage, cost: 0 },
    durationMs,
    attempts: 0,
    cached: true,
  };
}
