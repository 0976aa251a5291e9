import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Completion } from './model';
import type { AnswerFrame } from './proxyAnswer';
import { answerEvents, wholeAnswer } from './proxyAnswer';
import { ProxyError } from './proxyError';
import type { ProxyRequest } from './proxyRequest';
import { parseRequest } from './proxyRequest';

const mostBytes = 8 * 1024 ** 2;
/** A client that hears nothing for long gives up; from then on it is told that there is somebody. */
const patienceMs = 15_000;

export interface ModelProxyOptions {
  /** As answers to `GET /v1/models` name it. Every other name that is asked for is served by it too. */
  readonly modelName: string;
  /** What clients have to send as their API key. */
  readonly token: string;
  readonly maxTokens: number;
  readonly temperature: number | undefined;
  /**
   * Answers a request. What it rejects with is told the client as a failure of the server; with `signal.reason` when the
   * client has gone.
   */
  readonly complete: (
    request: ProxyRequest['request'],
    options: { readonly signal: AbortSignal },
  ) => Promise<Completion>;
  readonly patienceMs?: number;
}

/** Serves connections, of whatever kind, as an OpenAI-compatible endpoint for one model. */
export interface ModelProxy {
  readonly accept: (connection: Duplex) => void;
  /** Ends all connections and the requests that are under way. */
  close(): void;
}

/**
 * An OpenAI-compatible endpoint in front of a model: `POST /v1/chat/completions` and `GET /v1/models`. It listens nowhere:
 * whoever has connections hands them over.
 */
export function modelProxy(options: ModelProxyOptions): ModelProxy {
  const connections = new Set<Duplex>();
  let answers = 0;
  const server = createServer((message, response) => {
    // Idle connections would take the places of those who have something to ask.
    response.setHeader('connection', 'close');
    answer(message, response).catch((error: unknown) => {
      refuse(response, error);
    });
  });

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(message.url ?? '/', 'http://localhost').pathname.replace(/^\/v1\//, '/');
    if (message.headers.authorization !== `Bearer ${options.token}`)
      throw new ProxyError(401, 'invalid_api_key', 'The API key is not the one of this trial.');
    if (message.method === 'POST' && path === '/chat/completions') await chat(message, response);
    else if (message.method === 'GET' && path === '/models')
      sendJson(response, 200, { object: 'list', data: [modelOf(options.modelName)] });
    else if (message.method === 'GET' && path.startsWith('/models/'))
      sendJson(response, 200, modelOf(options.modelName));
    else {
      message.resume();
      throw new ProxyError(
        404,
        'not_found',
        `There is no ${message.method ?? ''} ${path} here: only POST /v1/chat/completions and GET /v1/models are served.`,
      );
    }
  }

  async function chat(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { maxTokens, temperature } = options;
    const asked = parseRequest(await bodyOf(message), { maxTokens, temperature });
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort(new Error('the client has gone'));
    });
    const stillThere = asked.stream ? keepAlive(response, options.patienceMs ?? patienceMs) : null;
    try {
      const completion = await options.complete(asked.request, { signal: gone.signal });
      answers += 1;
      const frame = { id: `chatcmpl-${answers}`, created: Math.floor(Date.now() / 1000) };
      send(response, asked, { completion, frame });
    } finally {
      clearInterval(stillThere ?? undefined);
    }
  }

  return {
    accept: (connection) => {
      connections.add(connection);
      connection.once('close', () => connections.delete(connection));
      server.emit('connection', connection);
    },
    close: () => {
      for (const connection of connections) connection.destroy();
    },
  };
}

function send(
  response: ServerResponse,
  asked: ProxyRequest,
  { completion, frame }: { readonly completion: Completion; readonly frame: AnswerFrame },
): void {
  if (!asked.stream) {
    sendJson(response, 200, wholeAnswer(asked, completion, frame));
    return;
  }
  const events = answerEvents(asked, completion, frame);
  beginStream(response);
  for (const event of events) response.write(`data: ${event}\n\n`);
  response.end();
}

/**
 * Until a while has passed an error can still be told by its status. Then the stream begins with comments, so that no
 * client takes a slow model for a dead server.
 */
function keepAlive(response: ServerResponse, everyMs: number): NodeJS.Timeout {
  return setInterval(() => {
    beginStream(response);
    response.write(': the model is answering\n\n');
  }, everyMs);
}

function beginStream(response: ServerResponse): void {
  if (response.headersSent) return;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  const refusal =
    error instanceof ProxyError
      ? error
      : new ProxyError(500, 'internal_error', 'The model cannot be asked any more.');
  if (response.headersSent) {
    response.end(`data: ${JSON.stringify(refusal.body)}\n\n`);
    return;
  }
  // The host has repeated what was worth repeating.
  response.setHeader('x-should-retry', 'false');
  sendJson(response, refusal.status, refusal.body);
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    const part: Buffer = Buffer.from(chunk as Buffer); // no encoding is set
    bytes += part.length;
    if (bytes > mostBytes)
      throw new ProxyError(413, 'too_large', `A request may have ${mostBytes} bytes at most.`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function modelOf(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'benchyard' };
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
