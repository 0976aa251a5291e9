import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import type { Price, Usage } from '../model';
import { noUsage, priceSchema, RunnerError, toolCallSchema } from '../model';
import { isNotFound } from '../store/files';
import { throwIfCancelled } from './cancel';
import { estimatedPrompt, estimatedUsage, withCost } from './estimate';
import type { CompleteOptions, Completion, CompletionEnd, Model, ModelRequest } from './model';

const tokens = z.int().nonnegative().default(0);

/**
 * A line of a script: one answer. `task_id` and `attempt` say whom it is for, `turn` (from 1) when; without them it is
 * for everybody, in the order of the file. Lines of a trajectory.jsonl are such lines too.
 */
const answerSchema = z.object({
  task_id: z.string().optional(),
  attempt: z.int().nonnegative().optional(),
  turn: z.int().positive().optional(),
  end: z
    .enum(['answer', 'truncated', 'refused', 'context_overflow', 'over_budget', 'failed'])
    .default('answer'),
  /** Why it is no answer. */
  detail: z.string().nullish(),
  text: z.string().default(''),
  reasoning: z.string().nullable().default(null),
  tool_calls: z
    .array(
      toolCallSchema.extend({
        id: z.string().optional(),
        arguments: z.union([z.string(), z.record(z.string(), z.unknown())]),
      }),
    )
    .default([]),
  /** Estimated where it is not given. */
  usage: z
    .object({
      prompt_tokens: tokens,
      cached_tokens: tokens,
      completion_tokens: tokens,
      reasoning_tokens: tokens,
      estimated: z.boolean().default(false),
    })
    .optional(),
  /** The answer takes so long. */
  delay_s: z.number().nonnegative().optional(),
});
type ScriptedAnswer = z.output<typeof answerSchema>;

/** A line that says what the model is: `{"scripted": {"name": …, "price": {"input": …, "output": …}}}`. */
const headerSchema = z.strictObject({
  scripted: z.strictObject({
    name: z.string().optional(),
    price: priceSchema.optional(),
    context_window: z.int().positive().optional(),
  }),
});

/** Other lines of a trajectory than the model's. */
const otherStepSchema = z.object({ kind: z.string().refine((kind) => kind !== 'model') });

const free: Price = { input: 0, output: 0 };

interface Script {
  readonly name: string;
  readonly price: Price;
  readonly contextWindow: number | null;
  readonly answers: readonly ScriptedAnswer[];
}

/**
 * A model that replays the answers of a file, the same to every trial: each trial is given its own lines, or those for
 * everybody, from the first one on, however many run at the same time.
 *
 * @throws `not-found`, `invalid-config` when there is no such file or a line cannot be used
 */
export async function openScriptedModel(file: string): Promise<Model> {
  const script = await readScript(file);
  const { name, price, contextWindow } = script;
  const turns = new Map<string, number>();
  return {
    name,
    contextWindow,
    price,
    async complete(request, options): Promise<Completion> {
      throwIfCancelled(options);
      const started = performance.now();
      const { taskId = null, attempt = 0 } = request.trial ?? {};
      const key = JSON.stringify([taskId, attempt]);
      const turn = (turns.get(key) ?? 0) + 1;
      turns.set(key, turn);
      const line = lineFor(script.answers, { taskId, attempt, turn });
      if (line?.delay_s !== undefined) await delay(line.delay_s, options);
      const end = endOf(line, { request, script, turn });
      if (end.kind === 'answer' && end.text !== '') options.onText?.(end.text);
      return {
        ...end,
        usage: usageOf(line, request, price),
        durationMs: performance.now() - started,
        attempts: 1,
        cached: false,
      };
    },
  };
}

async function readScript(file: string): Promise<Script> {
  const answers: ScriptedAnswer[] = [];
  let header: z.output<typeof headerSchema>['scripted'] = {};
  for (const [n, line] of (await textOf(file)).split('\n').entries()) {
    if (line.trim() === '') continue;
    const value = jsonOf(line);
    if (otherStepSchema.safeParse(value).success) continue;
    const says = headerSchema.safeParse(value);
    if (says.success) {
      header = says.data.scripted;
      continue;
    }
    const answer = answerSchema.safeParse(value);
    if (!answer.success)
      throw new RunnerError(
        'invalid-config',
        `${file}, line ${String(n + 1)} is no recorded answer: ${z.prettifyError(answer.error)}`,
      );
    // A call that was not made had no answer.
    if (answer.data.end !== 'over_budget') answers.push(answer.data);
  }
  return {
    name: header.name ?? `scripted:${path.basename(file)}`,
    price: header.price ?? free,
    contextWindow: header.context_window ?? null,
    answers,
  };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new RunnerError('not-found', `There is no file ${file} with recorded answers.`);
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // the schema says that it is no object
  }
}

/** The answer of a trial's turn: among the lines that are most its own, the one for this turn or the next in order. */
function lineFor(
  answers: readonly ScriptedAnswer[],
  asked: { readonly taskId: string | null; readonly attempt: number; readonly turn: number },
): ScriptedAnswer | null {
  const { taskId, attempt, turn } = asked;
  const ofTask = answers.filter(({ task_id: id }) => id !== undefined && id === taskId);
  const ofNobody = answers.filter(({ task_id: id }) => id === undefined);
  const mine = ofTask.length > 0 ? ofTask : ofNobody;
  const ofAttempt = mine.filter((line) => line.attempt === attempt);
  const own = ofAttempt.length > 0 ? ofAttempt : mine.filter((line) => line.attempt === undefined);
  const fixed = own.find((line) => line.turn === turn);
  if (fixed !== undefined) return fixed;
  const taken = own.filter((line) => line.turn !== undefined && line.turn < turn).length;
  return own.filter((line) => line.turn === undefined)[turn - 1 - taken] ?? null;
}

/** @throws the signal's reason when it aborts before the time is over */
async function delay(seconds: number, options: CompleteOptions): Promise<void> {
  await pause(seconds * 1000, undefined, { signal: options.signal }).catch(() => undefined);
  throwIfCancelled(options);
}

function endOf(
  line: ScriptedAnswer | null,
  {
    request,
    script,
    turn,
  }: { readonly request: ModelRequest; readonly script: Script; readonly turn: number },
): CompletionEnd {
  const { contextWindow, name } = script;
  if (contextWindow !== null && estimatedPrompt(request) > contextWindow)
    return { kind: 'context_overflow', detail: `longer than ${String(contextWindow)} tokens` };
  if (line === null) {
    const whom = request.trial === undefined ? '' : ` for ${request.trial.taskId}`;
    return { kind: 'failed', detail: `${name} has no answer ${String(turn)}${whom}` };
  }
  const { end, text, reasoning, detail } = line;
  if (end === 'refused' || end === 'context_overflow' || end === 'failed')
    return { kind: end, detail: detail ?? 'as recorded' };
  const toolCalls = line.tool_calls.map(({ id, name: tool, arguments: args }, n) => ({
    id: id ?? `call_${String(turn)}_${String(n)}`,
    name: tool,
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
  }));
  return { kind: 'answer', text, reasoning, toolCalls, truncated: end === 'truncated' };
}

function usageOf(line: ScriptedAnswer | null, request: ModelRequest, price: Price): Usage {
  if (line === null) return noUsage;
  if (line.usage !== undefined) return withCost(line.usage, price);
  const { text, reasoning, tool_calls: calls } = line;
  const written = (reasoning ?? '') + text + (calls.length === 0 ? '' : JSON.stringify(calls));
  return estimatedUsage(request, written, { price });
}
