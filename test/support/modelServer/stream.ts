import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { CompletionAnswer, ServedCall, ServedUsage } from './answers';

/** What identifies an answer on the wire. */
export interface AnswerFrame {
  readonly id: string;
  readonly model: string;
  readonly promptBytes: number;
  readonly includeUsage: boolean;
  /** Numbers the tool calls that have no id of their own. */
  readonly nextCallId: () => string;
}

interface WireCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

function wireCalls(calls: readonly ServedCall[], frame: AnswerFrame): readonly WireCall[] {
  return calls.map(({ id, name, arguments: args }) => ({
    id: id ?? frame.nextCallId(),
    name,
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
  }));
}

function usageOf(answer: CompletionAnswer, promptBytes: number): unknown {
  if (answer.usage === null) return null;
  const { text = '', reasoning = '', calls = [] } = answer;
  const estimated: ServedUsage = {
    prompt: Math.ceil(promptBytes / 4),
    completion: Math.ceil((text.length + reasoning.length + JSON.stringify(calls).length) / 4),
  };
  const { prompt, completion, cached, reasoning: thought } = answer.usage ?? estimated;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
    ...(thought === undefined ? {} : { completion_tokens_details: { reasoning_tokens: thought } }),
  };
}

function finishOf({ finish, calls = [] }: CompletionAnswer): string {
  return finish ?? (calls.length > 0 ? 'tool_calls' : 'stop');
}

/** A text in up to three parts; none for an empty one. */
function parts(text: string): readonly string[] {
  const size = Math.max(1, Math.ceil(text.length / 3));
  const cut: string[] = [];
  for (let at = 0; at < text.length; at += size) cut.push(text.slice(at, at + size));
  return cut;
}

/** The deltas of several calls take turns, as some servers send them. */
function callDeltas(calls: readonly WireCall[]): readonly unknown[] {
  const begins = calls.map(({ id, name }, index) => ({
    tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
  }));
  const rest = calls.map((call) => parts(call.arguments));
  const rounds = Math.max(0, ...rest.map(({ length }) => length));
  const pieces = Array.from({ length: rounds }, (_, round) =>
    rest.flatMap((cut, index) => {
      const piece = cut[round];
      return piece === undefined
        ? []
        : [{ tool_calls: [{ index, function: { arguments: piece } }] }];
    }),
  );
  return [...begins, ...pieces.flat()];
}

function events(answer: CompletionAnswer, frame: AnswerFrame): readonly unknown[] {
  const { text = '', reasoning = '', reasoningField = 'reasoning_content', refusal } = answer;
  const common = { id: frame.id, object: 'chat.completion.chunk', created: 1, model: frame.model };
  const choice = (delta: unknown, finish: string | null = null): unknown => ({
    ...common,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const usage = frame.includeUsage ? usageOf(answer, frame.promptBytes) : null;
  return [
    choice({ role: 'assistant', content: '' }),
    ...parts(reasoning).map((part) => choice({ [reasoningField]: part })),
    ...parts(text).map((content) => choice({ content })),
    ...(refusal === undefined ? [] : parts(refusal).map((part) => choice({ refusal: part }))),
    ...callDeltas(wireCalls(answer.calls ?? [], frame)).map((delta) => choice(delta)),
    choice({}, finishOf(answer)),
    ...(usage === null ? [] : [{ ...common, choices: [], usage }]),
  ];
}

/** The whole answer as one JSON document, for requests that do not stream. */
export function wholeAnswer(answer: CompletionAnswer, frame: AnswerFrame): unknown {
  const { text = '', reasoning, reasoningField = 'reasoning_content', refusal = null } = answer;
  const calls = wireCalls(answer.calls ?? [], frame).map(({ id, name, arguments: args }) => ({
    id,
    type: 'function',
    function: { name, arguments: args },
  }));
  const usage = usageOf(answer, frame.promptBytes);
  return {
    id: frame.id,
    object: 'chat.completion',
    created: 1,
    model: frame.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' ? null : text,
          refusal,
          ...(reasoning === undefined ? {} : { [reasoningField]: reasoning }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        finish_reason: finishOf(answer),
      },
    ],
    ...(usage === null ? {} : { usage }),
  };
}

async function send(response: ServerResponse, text: string, bytesAtATime?: number): Promise<void> {
  const bytes = Buffer.from(text);
  const size = bytesAtATime ?? bytes.length;
  for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
    response.write(bytes.subarray(at, at + size));
    // A turn of the event loop, so that the parts are sent one by one.
    if (bytesAtATime !== undefined) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Streams an answer as server-sent events, with all that is to go wrong on the way. */
export async function streamAnswer(
  response: ServerResponse,
  answer: CompletionAnswer,
  frame: AnswerFrame,
): Promise<void> {
  const { pauseMs = 0, bytesAtATime, breakAfter, stallAfter, errorAfter, endAfter } = answer;
  if (stallAfter === 0) return; // not even headers
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
  let sent = 0;
  for (const event of events(answer, frame)) {
    if (pauseMs > 0) await pause(pauseMs);
    if (response.destroyed || sent === stallAfter) return;
    if (sent === breakAfter) {
      // A reset throws away what the client has not read yet; most of it should arrive.
      await pause(20);
      response.socket?.resetAndDestroy();
      return;
    }
    if (sent === endAfter) {
      response.end();
      return;
    }
    if (sent === errorAfter?.events) {
      const error = { message: errorAfter.message, type: 'server_error', code: null };
      await send(response, `data: ${JSON.stringify({ error })}\n\n`);
      response.end();
      return;
    }
    await send(response, `data: ${JSON.stringify(event)}\n\n`, bytesAtATime);
    sent += 1;
  }
  await send(response, 'data: [DONE]\n\n');
  response.end();
}
