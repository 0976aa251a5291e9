import type { OpenAI } from 'openai';
import * as z from 'zod';
import type { Price, Usage } from '../model';
import { noUsage } from '../model';
import { throwIfCancelled } from './cancel';
import { estimatedUsage, withCost } from './estimate';
import { IdleError, idleFetch } from './idleFetch';
import { LinkedSignal } from './linkedSignal';
import type { Completion, CompletionEnd, Model, ModelRequest } from './model';
import type { Asked, ServerFailure } from './openaiErrors';
import { endOf } from './openaiErrors';
import { splitThinking, StreamedAnswer } from './openaiStream';
import { wireRequest } from './openaiWire';

export interface OpenaiModelOptions {
  /** As people call it. */
  readonly provider: string;
  readonly baseUrl: string;
  readonly model: string;
  /** Sent to `baseUrl` and nowhere else; null for servers that need none. */
  readonly key: string | null;
  /** The variable that the key is read from, for messages. */
  readonly keyName: string;
  readonly boundName: 'max_tokens' | 'max_completion_tokens';
  readonly contextWindow: number | null;
  readonly price: Price | null;
  /** Longest time without a byte. */
  readonly idleSeconds: number;
  readonly userAgent: string;
}

/** No time-out of the library's: `idleFetch` has the one that counts. */
const never = 2_147_483_647;

/** Longest text of a server that is passed on in a detail. */
const longestMessage = 400;

/** A model behind an OpenAI-compatible server. One call is one request: it repeats nothing. */
export function openaiModel(options: OpenaiModelOptions): Model {
  const { model: name, contextWindow, price } = options;
  let client: Promise<OpenAI> | null = null;
  return {
    name,
    contextWindow,
    price,
    async complete(request, completeOptions): Promise<Completion> {
      throwIfCancelled(completeOptions);
      const { signal, onText, meter } = completeOptions;
      const started = performance.now();
      const answer = new StreamedAnswer(onText ?? ignore);
      using own = new LinkedSignal(signal);
      const failure = await receive(await (client ??= openClient(options)), answer, {
        request: wireRequest(name, request, options),
        signal: own.signal,
      });
      if (signal.aborted) {
        meter?.cutOff(spentOn(request, answer, price));
        signal.throwIfAborted();
      }
      const asked: Asked = {
        ...options,
        hasKey: options.key !== null,
        tools: request.tools.length > 0,
      };
      const end =
        failure === null
          ? endOfAnswer(answer, request)
          : endOf({ ...failure, message: speakable(failure.message, options.key) }, asked);
      const began = failure === null || failure.began || answer.everything !== '';
      return {
        ...end,
        usage: began ? spentOn(request, answer, price) : { ...noUsage },
        durationMs: performance.now() - started,
        attempts: 1,
        cached: false,
      };
    },
  };
}

async function openClient(options: OpenaiModelOptions): Promise<OpenAI> {
  const { OpenAI } = await import('openai');
  const { key, baseUrl, userAgent, idleSeconds } = options;
  const watched = idleFetch(idleSeconds);
  return new OpenAI({
    baseURL: baseUrl,
    apiKey: 'set below',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: never,
    logLevel: 'off',
    // Only these headers: the library adds more from variables that belong to another provider.
    fetch: async (input, init) =>
      withError(
        await watched(input, {
          ...init,
          headers: {
            accept: 'text/event-stream',
            'content-type': 'application/json',
            'user-agent': userAgent,
            ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          },
        }),
      ),
  });
}

/** Older vLLM says `message` and FastAPI `detail` where the library looks for `error`. */
const otherErrorSchema = z.object({
  error: z.undefined().optional(),
  message: z.unknown().optional(),
  detail: z.unknown().optional(),
});

async function withError(response: Response): Promise<Response> {
  if (response.ok) return response;
  const text = await response.text();
  const { status, headers } = response;
  return new Response(errorIn(text), { status, headers });
}

function errorIn(text: string): string {
  try {
    const { message, detail } = otherErrorSchema.parse(JSON.parse(text));
    const said = message ?? detail;
    if (said === undefined) return text;
    const error = { message: typeof said === 'string' ? said : JSON.stringify(said) };
    return JSON.stringify({ error });
  } catch {
    return text; // no JSON, or in the usual shape
  }
}

type Failure = ServerFailure & {
  /** The server had taken the request on, so that it may cost something. */
  readonly began: boolean;
};

/** Receives a whole answer, or tells why there is none. Never rejects but for a bug. */
async function receive(
  client: OpenAI,
  answer: StreamedAnswer,
  {
    request,
    signal,
  }: { readonly request: OpenAI.ChatCompletionCreateParamsStreaming; readonly signal: AbortSignal },
): Promise<Failure | null> {
  let began = false;
  try {
    const stream = await client.chat.completions.create(request, { signal });
    began = true;
    for await (const chunk of stream) answer.add(chunk);
    if (answer.finish !== null) return null;
    return { ...noResponse, message: 'the answer broke off', began };
  } catch (error) {
    const { APIError } = await import('openai');
    if (error instanceof APIError) return { ...failureOf(error), began: began || isIdle(error) };
    return { ...noResponse, message: messageOf(error), began: began || isIdle(error) };
  }
}

const noResponse = { status: null, code: null, headers: null } as const;

const errorSchema = z.object({
  status: z.int().nullish().catch(null),
  code: z.string().nullish().catch(null),
  type: z.string().nullish().catch(null),
  headers: z.instanceof(Headers).nullish().catch(null),
});

function failureOf(error: Error): ServerFailure {
  const { status, code, type, headers } = errorSchema.parse(error);
  return {
    status: status ?? null,
    code: code ?? type ?? null,
    message: messageOf(error),
    headers: headers ?? null,
  };
}

function isIdle(error: unknown): boolean {
  return error instanceof IdleError || (error instanceof Error && error.cause instanceof IdleError);
}

/** What happened, with the causes that a fetch hides behind "fetch failed". */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  const own = message.replace(/^\d{3} /, ''); // the status is told apart
  return cause instanceof Error ? `${own} (${messageOf(cause)})` : own;
}

/** One line, not too long, and whatever the server says back, never the key. */
function speakable(message: string, key: string | null): string {
  const line = message.replace(/\s+/g, ' ').trim();
  const safe = key === null ? line : line.replaceAll(key, '[key]');
  return safe.length > longestMessage ? `${safe.slice(0, longestMessage)}…` : safe;
}

function endOfAnswer(answer: StreamedAnswer, request: ModelRequest): CompletionEnd {
  const { refusal, finish, usage } = answer;
  const { text, reasoning } = splitThinking(answer);
  const toolCalls = answer.toolCalls(`call_${String(request.messages.length)}`);
  if (finish === 'content_filter')
    return { kind: 'refused', detail: 'a content filter stopped the answer' };
  if (refusal !== '' && text === '' && toolCalls.length === 0)
    return { kind: 'refused', detail: refusal };
  return {
    kind: 'answer',
    text,
    reasoning: reasoning === '' ? null : reasoning,
    toolCalls,
    truncated: finish === 'length',
    promptTokens: usage?.prompt_tokens,
  };
}

/** What a request came to that the server took on; estimated where it did not say. */
function spentOn(request: ModelRequest, answer: StreamedAnswer, price: Price | null): Usage {
  const { usage, everything } = answer;
  return usage === null ? estimatedUsage(request, everything, { price }) : withCost(usage, price);
}

function ignore(): void {
  // nobody listens
}
