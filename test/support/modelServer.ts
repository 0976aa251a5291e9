import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import * as z from 'zod';
import type { Answer } from './modelServer/answers';
import type { AnswerFrame } from './modelServer/stream';
import { streamAnswer, wholeAnswer } from './modelServer/stream';

export * from './modelServer/answers';

const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.string().nullish(),
  tool_calls: z
    .array(
      z.looseObject({
        id: z.string().min(1),
        type: z.literal('function'),
        function: z.looseObject({ name: z.string().min(1), arguments: z.string() }),
      }),
    )
    .min(1)
    .optional(),
  tool_call_id: z.string().optional(),
});
const bodySchema = z.looseObject({
  model: z.string(),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().default(false),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).optional(),
  max_tokens: z.int().positive().optional(),
  max_completion_tokens: z.int().positive().optional(),
  temperature: z.number().optional(),
  tools: z
    .array(
      z.looseObject({
        type: z.literal('function'),
        function: z.looseObject({ name: z.string().regex(/^[\w-]{1,64}$/) }),
      }),
    )
    .min(1)
    .optional(),
});

/** The body of a request for an answer. */
export type ServedBody = z.output<typeof bodySchema>;
export type ServedMessage = z.output<typeof messageSchema>;

/** A request for an answer, as it arrived. */
export interface ServedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: ServedBody;
  /** When its last byte arrived, as `performance.now()` has it. */
  readonly at: number;
}

/**
 * What the model answers: in this order whoever asks, or what the function makes of the request (`n` counts requests from
 * 0). Asking after the last answer is an error 400 that says so.
 */
export type Script =
  readonly Answer[] | ((request: ServedRequest, n: number) => Answer | Promise<Answer>);

export interface ModelServerOptions {
  /** Requests without this key are denied. */
  readonly key?: string;
}

export interface ModelServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseUrl: string;
  /** Requests for answers so far. */
  readonly requests: readonly ServedRequest[];
  /** Requests that are being answered. */
  readonly open: number;
  close(): Promise<void>;
}

/**
 * A scripted OpenAI-compatible server over real HTTP and SSE, as strict as the real ones: a conversation in which a tool
 * call is not answered exactly once is refused. Imports no test framework: it also runs inside VS Code's tests.
 */
export async function startModelServer(
  script: Script,
  { key }: ModelServerOptions = {},
): Promise<ModelServer> {
  const requests: ServedRequest[] = [];
  let open = 0;
  let calls = 0;

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(message);
    const url = new URL(message.url ?? '/', 'http://localhost');
    if (key !== undefined && message.headers.authorization !== `Bearer ${key}`)
      fail(response, 401, 'the key is not valid');
    else if (message.method === 'GET' && url.pathname === '/v1/models')
      sendJson(response, 200, { object: 'list', data: [{ id: 'scripted', object: 'model' }] });
    else if (message.method === 'POST' && url.pathname === '/v1/chat/completions')
      await complete(text, { message, response });
    else fail(response, 404, `there is no ${url.pathname}`);
  }

  async function complete(
    text: string,
    { message, response }: { message: IncomingMessage; response: ServerResponse },
  ): Promise<void> {
    const parsed = bodySchema.safeParse(jsonOf(text));
    if (!parsed.success) {
      fail(response, 400, z.prettifyError(parsed.error));
      return;
    }
    const body = parsed.data;
    const complaint = complaintAbout(body.messages);
    if (complaint !== null) {
      fail(response, 400, complaint);
      return;
    }
    const request = { headers: message.headers, body, at: performance.now() };
    const n = requests.push(request) - 1;
    const given = typeof script === 'function' ? await script(request, n) : script[n];
    if (given === undefined) {
      fail(response, 400, `the script has no answer ${String(n + 1)}`);
      return;
    }
    await give(response, given, {
      stream: body.stream,
      frame: {
        id: `chatcmpl-${String(n + 1)}`,
        model: body.model,
        promptBytes: Buffer.byteLength(JSON.stringify([body.messages, body.tools])),
        includeUsage: body.stream_options?.include_usage === true,
        nextCallId: () => `call_${String((calls += 1))}`,
      },
    });
  }

  const server = createServer((message, response) => {
    open += 1;
    response.once('close', () => (open -= 1));
    answer(message, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else fail(response, 500, `the script failed: ${String(error)}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) =>
      server.close(() => {
        resolve();
      }),
    );
    server.closeAllConnections();
    await closed;
  }

  return {
    baseUrl: `http://127.0.0.1:${String(address.port)}/v1`,
    requests,
    get open() {
      return open;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function give(
  response: ServerResponse,
  answer: Answer,
  { stream, frame }: { readonly stream: boolean; readonly frame: AnswerFrame },
): Promise<void> {
  if ('status' in answer) {
    const { status, headers = {}, body } = answer;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  } else if (stream) await streamAnswer(response, answer, frame);
  else if (answer.breakAfter !== undefined) response.socket?.resetAndDestroy();
  else if (answer.stallAfter === undefined) sendJson(response, 200, wholeAnswer(answer, frame));
}

/** What is wrong with a conversation, as real servers see it, or null. */
function complaintAbout(messages: readonly ServedMessage[]): string | null {
  let unanswered = new Set<string>();
  for (const [n, { role, tool_calls: calls = [], tool_call_id: id }] of messages.entries()) {
    if (role === 'tool') {
      if (id === undefined || !unanswered.delete(id))
        return `messages.${String(n)} answers no tool call`;
      continue;
    }
    if (unanswered.size > 0)
      return `messages.${String(n)}: unanswered tool calls ${[...unanswered].join(', ')}`;
    unanswered = new Set(calls.map((call) => call.id));
  }
  return unanswered.size > 0 ? `unanswered tool calls ${[...unanswered].join(', ')}` : null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what is missing
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer); // no encoding is set
  return Buffer.concat(chunks).toString('utf8');
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function fail(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { message, type: null, code: null } });
}
