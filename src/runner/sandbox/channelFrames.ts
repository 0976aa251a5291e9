import * as z from 'zod';

/**
 * The language of the channel between host and helper (helper/helper.py). A frame is two big-endian 32-bit lengths, a
 * JSON object of the first length and bytes of the second. The helper lives beside hostile code, so nothing that
 * comes from it is believed before it is parsed here.
 */

const maxHeaderBytes = 64 * 1024;
const maxPayloadBytes = 1024 * 1024;
const prefixBytes = 8;

const idSchema = z.int().nonnegative();

const helperEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('ready'),
    protocol: z.literal(1),
    python: z.string().max(100),
    pid: z.int(),
  }),
  /** Asked for and done, where there is nothing else to say. */
  z.object({ event: z.literal('done'), id: idSchema }),
  z.object({ event: z.literal('refused'), id: idSchema, message: z.string().max(1000) }),
  z.object({ event: z.literal('listening'), id: idSchema, port: z.int().min(1).max(65535) }),
  /** A client of listener `id`. */
  z.object({ event: z.literal('opened'), id: idSchema, connection: idSchema }),
  /** What the client says. */
  z.object({ event: z.literal('received'), connection: idSchema }),
  /** The client says no more. */
  z.object({ event: z.literal('finished'), connection: idSchema }),
  /** Bytes that the client's socket took. */
  z.object({ event: z.literal('sent'), connection: idSchema, bytes: z.int().nonnegative() }),
  /** `whole`: both sides had said all. */
  z.object({ event: z.literal('closed'), connection: idSchema, whole: z.boolean() }),
  /** Bytes for stdin that the command took (or will never take). */
  z.object({ event: z.literal('taken'), id: idSchema, bytes: z.int().nonnegative() }),
  z.object({
    event: z.literal('output'),
    id: idSchema,
    fd: z.union([z.literal(1), z.literal(2)]),
  }),
  z.object({
    event: z.literal('end'),
    id: idSchema,
    cause: z.enum(['exited', 'signalled', 'timeout', 'oom', 'output_limit', 'cancelled']),
    code: z.int().min(0).max(255).nullable(),
    signal: z
      .string()
      .regex(/^SIG[A-Z0-9+-]{1,20}$/)
      .nullable(),
    dropped: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
    ms: z.number().nonnegative(),
    /** What the helper itself has to say: why it could not start the command. */
    message: z.string().max(1000).nullable(),
  }),
]);

/** What the helper tells. */
export type HelperEvent = z.infer<typeof helperEventSchema>;
export type EndEvent = Extract<HelperEvent, { event: 'end' }>;
export type ConnectionEvent = Extract<
  HelperEvent,
  { event: 'listening' | 'refused' | 'opened' | 'received' | 'finished' | 'sent' | 'closed' }
>;

export interface HelperFrame {
  readonly event: HelperEvent;
  readonly payload: Buffer;
}

/** A program or a file operation to run. Bytes for stdin come in the same frame and in `stdin` frames after it. */
export interface RunRequest {
  readonly op: 'run';
  readonly id: number;
  readonly argv?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: 'read' | 'write' | 'unpack' | 'pack';
  readonly path?: string;
  /** For reading and packing: more bytes than this are refused. */
  readonly limit?: number;
  readonly timeout_ms: number;
  /** Bytes of stdout and of stderr that are passed on. */
  readonly keep: number;
  /** Bytes of both together that end the command. */
  readonly flood: number;
  /** No `stdin` frames follow. */
  readonly eof: boolean;
  /** Bytes of stdout that may be passed on before `read` asks for more; absent: all of it. The rest of one that ended is. */
  readonly window?: number;
}

export type HostRequest =
  | RunRequest
  | { readonly op: 'stdin'; readonly id: number; readonly eof: boolean }
  | { readonly op: 'cancel'; readonly id: number }
  /** More bytes of stdout are wanted. */
  | { readonly op: 'read'; readonly id: number; readonly bytes: number }
  /** Stay alive when the host goes away. */
  | { readonly op: 'keep'; readonly id: number }
  /** Listen on the loopback device; port 0: any. Clients beyond `limit` wait. */
  | {
      readonly op: 'listen';
      readonly id: number;
      readonly port: number;
      readonly limit: number;
    }
  | { readonly op: 'unlisten'; readonly id: number; readonly listener: number }
  /** `send`: for the client; `finish`: that was all; `drop`: end the connection at once. */
  | { readonly op: 'send' | 'finish' | 'drop'; readonly connection: number }
  /** More bytes of the client are wanted. */
  | { readonly op: 'took'; readonly connection: number; readonly bytes: number };

/** Bytes of one direction of a connection that may be under way before the other end took any. */
export const connectionWindowBytes = 256 * 1024;

/** The same for the stdin and stdout of a long-lived program. */
export const processWindowBytes = 1024 * 1024;

/** What a program that ended may have left in its pipe: it is passed on at once. */
export const pipeBytes = 1024 * 1024;

export function encodeFrame(request: HostRequest, payload: Uint8Array = new Uint8Array()): Buffer {
  const header = Buffer.from(JSON.stringify(request));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(header.length, 0);
  prefix.writeUInt32BE(payload.length, 4);
  return Buffer.concat([prefix, header, payload]);
}

/** Cuts a byte stream into frames. Throws at the first byte that is not of a well-formed frame. */
export class FrameDecoder {
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Bytes that must be there before looking again, so that many small chunks do not cost n². */
  #needed = prefixBytes;

  push(chunk: Buffer): readonly HelperFrame[] {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes < this.#needed) return [];
    const bytes = this.#waiting.length === 1 ? chunk : Buffer.concat(this.#waiting);
    const frames: HelperFrame[] = [];
    let start = 0;
    this.#needed = prefixBytes;
    while (bytes.length - start >= prefixBytes) {
      const headerBytes = bytes.readUInt32BE(start);
      const payloadBytes = bytes.readUInt32BE(start + 4);
      if (headerBytes > maxHeaderBytes || payloadBytes > maxPayloadBytes) {
        throw new Error(`frame of ${headerBytes} + ${payloadBytes} bytes`);
      }
      this.#needed = prefixBytes + headerBytes + payloadBytes;
      if (bytes.length - start < this.#needed) break;
      const headerStart = start + prefixBytes;
      const header = bytes.toString('utf8', headerStart, headerStart + headerBytes);
      frames.push({
        event: helperEventSchema.parse(JSON.parse(header)),
        payload: bytes.subarray(headerStart + headerBytes, start + this.#needed),
      });
      start += this.#needed;
      this.#needed = prefixBytes;
    }
    const rest = bytes.subarray(start);
    this.#waiting = rest.length === 0 ? [] : [rest];
    this.#waitingBytes = rest.length;
    return frames;
  }
}

/** What a file operation writes to stderr when it cannot do what was asked. */
export const fileProblemSchema = z.object({
  kind: z.enum(['missing', 'refused', 'too-large', 'full']),
  message: z.string(),
});
