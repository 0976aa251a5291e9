import { Duplex } from 'node:stream';

const chunkBytes = 64 * 1024;

/** What a stream asks of the other end. */
export interface StreamOperations {
  send(bytes: Buffer): void;
  /** That was all that is sent. */
  finish(): void;
  /** Nobody reads or writes any more. */
  drop(): void;
  /** So many more bytes are wanted. */
  took(bytes: number): void;
}

export interface StreamOptions {
  /** Bytes of one direction that may be under way before the other end took any. */
  readonly windowBytes: number;
  /** What the other end may send beyond the window, once. Default: nothing. */
  readonly slackBytes?: number;
}

/**
 * The host's end of a stream from or to a sandbox: of a connection that a client inside made, or of a program's stdin and
 * stdout. Both directions have a window: who floods fills its own and waits, and so does a host that writes more than the
 * other end reads.
 */
export class ChannelStream extends Duplex {
  readonly #operations: StreamOperations;
  readonly #windowBytes: number;
  readonly #received: Buffer[] = [];
  /** Bytes that the other end may still send. */
  #credit: number;
  /** Bytes that were taken and not asked for again yet. */
  #taken = 0;
  #wanted = false;
  #clientDone = false;
  #unacknowledged = 0;
  #resumeWrite: (() => void) | null = null;
  #ended = false;

  constructor(operations: StreamOperations, { windowBytes, slackBytes = 0 }: StreamOptions) {
    super({ allowHalfOpen: true });
    this.#operations = operations;
    this.#windowBytes = windowBytes;
    this.#credit = windowBytes + slackBytes;
  }

  /** Throws when the helper passes on more than it may. */
  received(bytes: Buffer): void {
    this.#credit -= bytes.length;
    if (this.#credit < 0) throw new Error('more of a stream than asked for');
    this.#received.push(bytes);
    this.#deliver();
  }

  finished(): void {
    this.#clientDone = true;
    this.#deliver();
  }

  sent(bytes: number): void {
    this.#unacknowledged -= bytes;
    const resume = this.#resumeWrite;
    this.#resumeWrite = null;
    resume?.();
  }

  /** The other end is no more. What it had said before a regular end can still be read. */
  hangUp(error: Error | null): void {
    this.#ended = true;
    if (error !== null) this.destroy(error);
  }

  override _read(): void {
    this.#wanted = true;
    this.#deliver();
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    const room = this.#windowBytes - this.#unacknowledged;
    const part = chunk.subarray(0, Math.min(room, chunkBytes));
    if (part.length > 0) {
      this.#unacknowledged += part.length;
      this.#operations.send(part);
    }
    const rest = chunk.subarray(part.length);
    if (rest.length === 0) {
      done();
      return;
    }
    const goOn = (): void => {
      this._write(rest, _encoding, done);
    };
    if (part.length > 0 && part.length < room) goOn();
    else this.#resumeWrite = goOn;
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#operations.finish();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const whole = error === null && this.readableEnded && this.writableFinished;
    // After a regular end the helper still passes on what was not read there.
    if (!this.#ended && !whole) this.#operations.drop();
    this.#received.length = 0;
    done(error);
  }

  #deliver(): void {
    for (let next = this.#received[0]; this.#wanted && next !== undefined;) {
      this.#received.shift();
      this.#taken += next.length;
      this.#wanted = this.push(next);
      [next] = this.#received;
    }
    // Asked for in large parts: each request costs both ends something.
    if (this.#taken * 4 >= this.#windowBytes && !this.#clientDone) {
      this.#credit += this.#taken;
      this.#operations.took(this.#taken);
      this.#taken = 0;
    }
    if (this.#wanted && this.#clientDone && this.#received.length === 0) {
      this.#wanted = false;
      this.push(null);
    }
  }
}
