import { StringDecoder } from 'node:string_decoder';
import type { EndEvent } from './channelFrames';
import type { ChannelStream } from './channelStream';
import type { ExecResult } from './sandbox';

/** Bytes for stdin that may be under way before the command took any of them. */
const stdinWindowBytes = 1024 * 1024;

export interface CommandOptions {
  readonly keepBytes: number;
  readonly onOutput?: ((text: string) => void) | undefined;
  /** Takes stdout as it comes, and what stdin took; then of stderr only the last `keepBytes` are kept. */
  readonly stream?: Pick<ChannelStream, 'received' | 'sent'>;
}

interface StreamState {
  readonly chunks: Buffer[];
  /** One for each stream: a character may be cut by a chunk's border. */
  readonly decoder: StringDecoder;
  bytes: number;
}

function newStream(): StreamState {
  return { chunks: [], decoder: new StringDecoder('utf8'), bytes: 0 };
}

/** A command under way: gathers its output and settles once, with its end or with the error that came first. */
export class PendingCommand {
  readonly ended: Promise<EndEvent>;
  readonly #keepBytes: number;
  readonly #onOutput: ((text: string) => void) | undefined;
  readonly #stream: CommandOptions['stream'];
  readonly #streams = { 1: newStream(), 2: newStream() };
  readonly #resolve: (end: EndEvent) => void;
  readonly #reject: (error: unknown) => void;
  #unacknowledged = 0;
  #wakeFeeder: (() => void) | null = null;
  #settled = false;

  constructor(options: CommandOptions) {
    this.#keepBytes = options.keepBytes;
    this.#onOutput = options.onOutput;
    this.#stream = options.stream;
    // Promise.withResolvers would be one line; Node 20 does not have it.
    let resolve: (end: EndEvent) => void = () => undefined;
    let reject: (error: unknown) => void = () => undefined;
    this.ended = new Promise((onEnd, onError) => {
      resolve = onEnd;
      reject = onError;
    });
    this.#resolve = resolve;
    this.#reject = reject;
    this.ended.catch(() => undefined); // Whoever runs the command awaits it, maybe only after feeding stdin.
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Throws when the helper passes on more than it was told to keep. */
  output(fd: 1 | 2, bytes: Buffer): void {
    const stream = this.#streams[fd];
    if (this.#stream !== undefined) {
      if (fd === 1) this.#stream.received(bytes);
      else this.#keepEnd(bytes);
      return;
    }
    stream.bytes += bytes.length;
    if (stream.bytes > this.#keepBytes) throw new Error('more output than asked for');
    stream.chunks.push(bytes);
    if (this.#onOutput !== undefined && !this.#settled) this.#tell(stream.decoder.write(bytes));
  }

  #keepEnd(bytes: Buffer): void {
    const { chunks } = this.#streams[2];
    const kept = Buffer.concat([...chunks.splice(0), bytes]);
    chunks.push(Buffer.from(kept.subarray(-this.#keepBytes)));
  }

  /** An error of whoever listens is the command's, not the channel's. */
  #tell(text: string): void {
    if (text === '') return;
    try {
      this.#onOutput?.(text);
    } catch (error) {
      this.fail(error);
    }
  }

  end(event: EndEvent): void {
    for (const stream of [this.#streams[1], this.#streams[2]]) this.#tell(stream.decoder.end());
    this.#settle();
    this.#resolve(event);
  }

  fail(error: unknown): void {
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.#settled = true;
    this.#wakeFeeder?.();
  }

  /** Resolves when `bytes` more may be sent to the command's stdin; at once when the command has ended. */
  async mayFeed(bytes: number): Promise<void> {
    while (!this.#settled && this.#unacknowledged + bytes > stdinWindowBytes) {
      await new Promise<void>((resolve) => {
        this.#wakeFeeder = resolve;
      });
    }
    this.#unacknowledged += bytes;
  }

  taken(bytes: number): void {
    this.#stream?.sent(bytes);
    this.#unacknowledged -= bytes;
    this.#wakeFeeder?.();
  }

  stdout(): Buffer {
    return Buffer.concat(this.#streams[1].chunks);
  }

  stderr(): Buffer {
    return Buffer.concat(this.#streams[2].chunks);
  }

  result(end: Omit<EndEvent, 'cause'> & { readonly cause: ExecResult['cause'] }): ExecResult {
    return {
      cause: end.cause,
      exitCode: end.cause === 'exited' ? end.code : null,
      signal: end.signal,
      stdout: this.stdout(),
      // Where the helper could not even start a process, its reason stands where a shell would have put it.
      stderr: end.message === null ? this.stderr() : Buffer.from(`benchyard: ${end.message}\n`),
      droppedBytes: { stdout: end.dropped[0], stderr: end.dropped[1] },
      durationMs: end.ms,
    };
  }
}

/** The end of what has no result: the helper did what it was asked for. */
export function acknowledged(id: number): EndEvent {
  return {
    event: 'end',
    id,
    cause: 'exited',
    code: 0,
    signal: null,
    dropped: [0, 0],
    ms: 0,
    message: null,
  };
}

/** The end that the host itself gives a command. */
export function timedOut(id: number, ms: number): EndEvent {
  return { ...acknowledged(id), cause: 'timeout', code: null, ms };
}

/** More than any kernel takes for a command line and environment, and less than a frame may hold. */
const maxCommandBytes = 8 * 1024 ** 2;

/** The result of a command that is too long to be even asked for: what a shell makes of E2BIG. */
export function tooLong(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): ExecResult | null {
  const words = [...argv, ...Object.entries(env).flat()];
  if (words.reduce((sum, word) => sum + Buffer.byteLength(word), 0) <= maxCommandBytes) return null;
  return {
    cause: 'exited',
    exitCode: 126,
    signal: null,
    stdout: Buffer.alloc(0),
    stderr: Buffer.from(`benchyard: cannot run ${argv[0] ?? ''}: Argument list too long\n`),
    droppedBytes: { stdout: 0, stderr: 0 },
    durationMs: 0,
  };
}
