import { Duplex } from 'node:stream';
import type { ChannelLink } from './channelLink';
import { connectionWindowBytes } from './channelFrames';

const chunkBytes = 64 * 1024;

/**
 * The host's end of a connection that a client inside a sandbox made. Both directions have a window: a client that
 * floods fills its own and waits, and so does a host that writes more than the client reads.
 */
export class ConnectionStream extends Duplex {
  readonly #link: ChannelLink;
  readonly #connection: number;
  readonly #received: Buffer[] = [];
  /** Bytes that the client may still send. */
  #credit = connectionWindowBytes;
  #wanted = false;
  #clientDone = false;
  #unacknowledged = 0;
  #resumeWrite: (() => void) | null = null;
  #ended = false;

  constructor(link: ChannelLink, connection: number) {
    super({ allowHalfOpen: true });
    this.#link = link;
    this.#connection = connection;
  }

  /** Throws when the helper passes on more than it may. */
  received(bytes: Buffer): void {
    this.#credit -= bytes.length;
    if (this.#credit < 0) throw new Error('more of a connection than asked for');
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

  /** The connection is no more. What the client had said before a regular end can still be read. */
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
    const room = connectionWindowBytes - this.#unacknowledged;
    const part = chunk.subarray(0, Math.min(room, chunkBytes));
    if (part.length > 0) {
      this.#unacknowledged += part.length;
      this.#link.send({ op: 'send', connection: this.#connection }, part);
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
    this.#link.send({ op: 'finish', connection: this.#connection });
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const whole = error === null && this.readableEnded && this.writableFinished;
    // After a regular end the helper still passes on what the client has not read.
    if (!this.#ended && !whole) this.#link.send({ op: 'drop', connection: this.#connection });
    this.#received.length = 0;
    done(error);
  }

  #deliver(): void {
    let taken = 0;
    for (let next = this.#received[0]; this.#wanted && next !== undefined;) {
      this.#received.shift();
      taken += next.length;
      this.#wanted = this.push(next);
      [next] = this.#received;
    }
    if (taken > 0) {
      this.#credit += taken;
      this.#link.send({ op: 'took', connection: this.#connection, bytes: taken });
    }
    if (this.#wanted && this.#clientDone && this.#received.length === 0) {
      this.#wanted = false;
      this.push(null);
    }
  }
}
