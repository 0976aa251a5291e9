/** What the server says it used; the tokens of the cache and of reasoning are parts of the two others. */
export interface ServedUsage {
  readonly prompt: number;
  readonly completion: number;
  readonly cached?: number;
  readonly reasoning?: number;
}

/** A tool call of an answer. `arguments` as a text is sent as it is, whether it is JSON or not. */
export interface ServedCall {
  readonly name: string;
  readonly arguments: string | Readonly<Record<string, unknown>>;
  /** Default: `call_1`, `call_2`, … of the server. */
  readonly id?: string;
}

/** An answer of the model, streamed when the request asks for it. */
export interface CompletionAnswer {
  readonly text?: string;
  readonly reasoning?: string;
  /** Servers name it differently. Default: `reasoning_content`. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning';
  readonly calls?: readonly ServedCall[];
  readonly refusal?: string;
  /** Default: `tool_calls` with calls, else `stop`. */
  readonly finish?: 'stop' | 'length' | 'tool_calls' | 'content_filter';
  /** Default: a quarter of the bytes of question and answer; null: the server does not say. */
  readonly usage?: ServedUsage | null;
  /** Milliseconds before every event of the stream. */
  readonly pauseMs?: number;
  /** The stream arrives in parts of so many bytes, which cut characters and lines anywhere. */
  readonly bytesAtATime?: number;
  /** The connection is reset after so many events. */
  readonly breakAfter?: number;
  /** The stream ends without an end after so many events, as behind a proxy that gives up. */
  readonly endAfter?: number;
  /** Nothing more comes after so many events, until the client leaves. */
  readonly stallAfter?: number;
  /** An error in the middle of the stream, after so many events. */
  readonly errorAfter?: { readonly events: number; readonly message: string };
}

/** A response that is no answer. */
export interface FailureAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body: unknown;
}

export type Answer = CompletionAnswer | FailureAnswer;

type Options = Omit<CompletionAnswer, 'text' | 'calls'>;

export function say(text: string, options: Options = {}): CompletionAnswer {
  return { text, ...options };
}

/** One tool call; further ones with `callTools`. */
export function callTool(
  name: string,
  args: ServedCall['arguments'],
  options: Options & { readonly text?: string } = {},
): CompletionAnswer {
  return { calls: [{ name, arguments: args }], ...options };
}

/** Several tool calls in one answer. */
export function callTools(
  calls: readonly ServedCall[],
  options: Options & { readonly text?: string } = {},
): CompletionAnswer {
  return { calls, ...options };
}

export function refuse(reason: string): CompletionAnswer {
  return { refusal: reason };
}

function failure(
  status: number,
  error: { readonly message: string; readonly code?: string; readonly type?: string },
  headers: Readonly<Record<string, string>> = {},
): FailureAnswer {
  return { status, headers, body: { error: { type: null, code: null, ...error } } };
}

/** `retryAfter` as the header has it: seconds or a date. */
export function tooManyRequests(retryAfter?: string): FailureAnswer {
  return failure(
    429,
    { message: 'too many requests', code: 'rate_limit_exceeded' },
    retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  );
}

export function serverError(status = 500): FailureAnswer {
  return failure(status, { message: 'something broke here', type: 'server_error' });
}

/** A response that comes from a proxy before the model and is no JSON. */
export function badGateway(): FailureAnswer {
  return { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' };
}

export function contextOverflow(
  message = 'the maximum context length of this model is 100 tokens',
): FailureAnswer {
  return failure(400, { message, code: 'context_length_exceeded' });
}

export function noToolSupport(message = 'this model does not support tools'): FailureAnswer {
  return failure(400, { message, type: 'invalid_request_error' });
}

export function wrongKey(message = 'the key is not valid'): FailureAnswer {
  return failure(401, { message, code: 'invalid_api_key' });
}

export function unknownModel(model: string): FailureAnswer {
  return failure(404, { message: `there is no model ${model}`, code: 'model_not_found' });
}

export function contentFilter(): FailureAnswer {
  return failure(400, { message: 'the filter stopped this prompt', code: 'content_filter' });
}

/** Accepts the request and never sends a byte. */
export const silence: CompletionAnswer = { stallAfter: 0 };
