import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';

const headerBytes = 8;
const maxFrameBytes = 16 * 1024 ** 2;
const stderrTailBytes = 4096;

/**
 * Takes stdout out of an engine's attach stream, which interleaves stdout and stderr: a byte that says which, three
 * zeros, a big-endian 32-bit length, then the bytes. Of stderr the end is kept, to tell why a container died.
 */
export class AttachDemultiplexer extends Transform {
  #pending: Buffer = Buffer.alloc(0);
  #stderr: Buffer = Buffer.alloc(0);
  /** What is still to come of the frame under way. */
  #left = 0;
  #isStdout = false;

  get stderrTail(): string {
    return this.#stderr.toString('utf8').trim();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (bytes.length > 0) {
      if (this.#left === 0) {
        if (bytes.length < headerBytes) break;
        this.#isStdout = bytes[0] === 1;
        this.#left = bytes.readUInt32BE(4);
        if (this.#left > maxFrameBytes) {
          done(new Error('the engine sent a malformed attach stream'));
          return;
        }
        bytes = bytes.subarray(headerBytes);
        continue;
      }
      const part = bytes.subarray(0, this.#left);
      this.#left -= part.length;
      bytes = bytes.subarray(part.length);
      if (this.#isStdout) this.push(part);
      else this.#stderr = Buffer.concat([this.#stderr, part]).subarray(-stderrTailBytes);
    }
    this.#pending = bytes;
    done();
  }
}
