import { RunnerError } from '../model';
import type { CompletionEnd } from './model';
import { retryAfterMs } from '../retryAfter';

/** What a server said when it gave no answer, however its client library puts it. */
export interface ServerFailure {
  /** HTTP status; null when there was no response, or it broke. */
  readonly status: number | null;
  /** The server's own code of the error, where it has one. */
  readonly code: string | null;
  readonly message: string;
  readonly headers: Headers | null;
}

/** Who was asked, for messages that say what to do. */
export interface Asked {
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  /** The variable that the key is read from. */
  readonly keyName: string;
  readonly hasKey: boolean;
  /** Whether tools were given. */
  readonly tools: boolean;
}

const overflowCodes = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'string_above_max_length',
]);
// OpenAI and vLLM, llama.cpp, SGLang, Text Generation Inference, and those that speak for Anthropic and Google.
const overflowTexts =
  /context[ _](length|window|size|limit)|maximum context|prompt is too long|input (is )?too long|too many (input )?tokens|max_new_tokens` must be|input token count/i;
const filterCodes = new Set(['content_filter', 'content_policy_violation']);
const quotaCodes = new Set(['insufficient_quota', 'billing_hard_limit_reached']);
// Ollama, vLLM, llama.cpp, OpenRouter.
const noToolsTexts =
  /(not|n't) (support|accept|allow)\w* (the )?(parameter )?[`'"]?(tool|function)|tool use|support.*(tool|function)s? (use|call)|enable-auto-tool-choice|--jinja|tools? (is|are) not (supported|enabled|available)|unsupported.*tools?\b/i;

/**
 * What a failure means: an end that the agent handles, or one that may be tried again.
 *
 * @throws `model-denied` when no retry can mend it and a person has to: key, account, name or address of the model
 */
export function endOf(
  failure: ServerFailure,
  asked: Asked,
): Exclude<CompletionEnd, { kind: 'answer' } | { kind: 'over_budget' }> {
  const { status, code, message } = failure;
  const detail = status === null ? message : `HTTP ${String(status)}: ${message}`;
  if (code !== null && filterCodes.has(code)) return { kind: 'refused', detail };
  if (isOverflow(failure)) return { kind: 'context_overflow', detail };
  if (
    asked.tools &&
    status !== null &&
    status >= 400 &&
    status !== 429 &&
    noToolsTexts.test(message)
  )
    return { kind: 'failed', detail, toolsRefused: true };
  assertAllowed(failure, asked);
  if (!mayPass(status)) return { kind: 'failed', detail };
  return { kind: 'failed', detail, retry: { afterMs: retryAfter(failure.headers) } };
}

function isOverflow({ status, code, message }: ServerFailure): boolean {
  if (code !== null && overflowCodes.has(code)) return true;
  if (status === 413) return true;
  return (status === null || status === 400 || status === 422) && overflowTexts.test(message);
}

function mayPass(status: number | null): boolean {
  if (status === null) return true;
  if (status === 501 || status === 505) return false;
  return status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
}

function assertAllowed({ status, code, message }: ServerFailure, asked: Asked): void {
  const { provider, model, baseUrl, keyName, hasKey } = asked;
  const denied = (what: string): RunnerError =>
    new RunnerError('model-denied', `${sentence(what)} (${baseUrl}: ${message})`);
  if (status === 401)
    throw denied(
      hasKey
        ? `${provider} does not take the key in ${keyName}; set another one.`
        : `${provider} asks for a key; set ${keyName}.`,
    );
  if (status === 402 || (code !== null && quotaCodes.has(code)))
    throw denied(`The account of ${keyName} at ${provider} has nothing left to spend; top it up.`);
  if (status === 403)
    throw denied(`${provider} does not let the key in ${keyName} use ${model}; choose another.`);
  if (status === 404)
    throw denied(`${provider} has no model ${model} at this address; check both.`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Milliseconds that the server asks to wait: `retry-after-ms`, which some have, or `Retry-After`; else 0. */
export function retryAfter(headers: Headers | null, now = Date.now()): number {
  const exact = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  return exact >= 0 ? exact : retryAfterMs(headers, now);
}
