import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Busboy } from '@fastify/busboy';

/** What is said of a submission's format, and nothing of its score. */
export interface FormatAnswer {
  readonly valid: boolean;
  /** Why it is not valid; null: it is. */
  readonly reason: string | null;
}

export interface ValidationServiceOptions {
  readonly check: (file: Uint8Array) => Promise<FormatAnswer>;
  /** A larger file is refused before it is read. */
  readonly maxBytes: number;
}

/** Serves connections, of whatever kind, as MLE-bench's validation service. */
export interface ValidationService {
  readonly accept: (connection: Duplex) => void;
  close(): void;
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * `POST /validate` with a multipart field `file` answers whether the format is valid, `GET /health` that somebody is there,
 * as MLE-bench's own service does. It listens nowhere: whoever has connections hands them over.
 */
export function validationService({
  check,
  maxBytes,
}: ValidationServiceOptions): ValidationService {
  const connections = new Set<Duplex>();
  const server = createServer((message, response) => {
    // A connection that waits for a next request would take the place of others.
    response.setHeader('connection', 'close');
    answer(message, response).catch((error: unknown) => {
      message.resume();
      const refusal = error instanceof Refusal ? error : null;
      const said = refusal?.message ?? 'The submission cannot be checked now.';
      send(response, refusal?.status ?? 500, { error: said });
    });
  });

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(message.url ?? '/', 'http://localhost');
    if (message.method === 'GET' && pathname === '/health') {
      send(response, 200, { status: 'running' });
      return;
    }
    if (message.method !== 'POST' || pathname !== '/validate')
      throw new Refusal(404, 'Only POST /validate and GET /health are served.');
    const { valid, reason } = await check(await fileOf(message, maxBytes));
    const result = valid ? 'Submission is valid.' : `Submission invalid! ${reason ?? ''}`.trim();
    send(response, 200, { valid, result });
  }

  return {
    accept: (connection) => {
      connections.add(connection);
      connection.once('close', () => connections.delete(connection));
      connection.on('error', () => connection.destroy());
      server.emit('connection', connection);
    },
    close: () => {
      for (const connection of connections) connection.destroy();
    },
  };
}

/** The field `file` of a multipart body. */
async function fileOf(message: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const expected = 'Expected a multipart form with the submission in the field "file".';
  const type = message.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) throw new Refusal(400, expected);
  const form = await multipartOf(message.headers, { type, maxBytes });
  if (form === null) throw new Refusal(400, expected);
  const chunks: Uint8Array[] = [];
  let [found, truncated] = [false, false];
  form.on('file', (_name, file) => {
    found = true;
    file.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    file.on('limit', () => {
      truncated = true;
    });
  });
  await pipeline(message, form).catch(() => {
    throw new Refusal(400, expected);
  });
  if (truncated)
    throw new Refusal(413, `A submission may have ${String(maxBytes)} bytes here at most.`);
  if (!found) throw new Refusal(400, expected);
  return Buffer.concat(chunks);
}

/** null: the headers are not those of a multipart body. */
async function multipartOf(
  headers: IncomingHttpHeaders,
  { type, maxBytes }: { readonly type: string; readonly maxBytes: number },
): Promise<InstanceType<typeof Busboy> | null> {
  const { Busboy } = await import('@fastify/busboy');
  try {
    return new Busboy({
      headers: { ...headers, 'content-type': type },
      limits: { fileSize: maxBytes, files: 1, fields: 16 },
      isPartAFile: (name) => name === 'file',
    });
  } catch {
    return null;
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
