import type { ContestLanguage, ContestProgram } from '../../../model';
import type { Execution, ExecutionEnd, JudgeLimits } from './judge';
import { signalName } from './signals';

/**
 * The language between the host and the judge's supervisor (sandboxed/supervisor.py): a little-endian 32-bit length, a
 * byte that says what it is, the rest. Binary, since thousands of results a second go through it. The supervisor is ours,
 * but what it passes on is not: lengths are checked, and nothing else is believed of a program's bytes.
 */

const prefixBytes = 4;
/** Larger than any result: two outputs at their limit. */
const maxFrameBytes = 1024 ** 3;
const resultBytes = 51;
const microseconds = 1e6;
/** A limit that is never reached, within what the kernel takes. */
const maxSeconds = 4000;

function frame(kind: string, ...parts: readonly Uint8Array[]): Buffer {
  const bytes = parts.reduce((sum, { length }) => sum + length, 1);
  const head = Buffer.alloc(prefixBytes + 1);
  head.writeUInt32LE(bytes, 0);
  head.write(kind, prefixBytes, 'latin1');
  return Buffer.concat([head, ...parts]);
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** One more input of a set. */
export function inputFrame(set: number, index: number, data: Uint8Array): Buffer {
  return frame('i', number32(set), number32(index), data);
}

/** A set is needed no longer. */
export function forgetFrame(set: number): Buffer {
  return frame('f', number32(set));
}

/** A program is needed no longer. It is answered with its end. */
export function stopFrame(program: number): Buffer {
  return frame('x', number32(program));
}

export interface ProgramRequest {
  readonly id: number;
  readonly set: number;
  /** Inputs before it are left out. */
  readonly first: number;
  readonly program: ContestProgram;
  readonly limits: JudgeLimits;
  readonly files: { readonly input: string | null; readonly output: string | null };
}

export function programFrame({ id, set, first, program, limits, files }: ProgramRequest): Buffer {
  const names = [files.input ?? '', files.output ?? ''].map((name) => Buffer.from(name));
  const [input = Buffer.alloc(0), output = Buffer.alloc(0)] = names;
  const head = Buffer.alloc(53);
  head.writeUInt32LE(id, 0);
  head.writeUInt32LE(set, 4);
  head.writeUInt32LE(first, 8);
  head.writeUInt8(languageNumbers[program.language] ?? pythonNumber, 12);
  head.writeUInt32LE(micros(limits.cpuS), 13);
  head.writeBigUInt64LE(BigInt(micros(limits.wallS)), 17);
  head.writeBigUInt64LE(BigInt(Math.ceil(limits.memoryBytes)), 25);
  head.writeBigUInt64LE(BigInt(Math.ceil(limits.outputBytes)), 33);
  head.writeUInt32LE(limits.processes, 41);
  head.writeUInt16LE(input.length, 45);
  head.writeUInt16LE(output.length, 47);
  return frame('p', head.subarray(0, 49), input, output, Buffer.from(program.source));
}

/** What is compiled has a number of its own; everything else is Python 3. */
const languageNumbers: Readonly<Partial<Record<ContestLanguage, number>>> = { CPP: 4, JAVA: 5 };
const pythonNumber = 0;

function micros(seconds: number): number {
  return Math.ceil(Math.min(seconds, maxSeconds) * microseconds);
}

/** What the supervisor tells. */
export type JudgeEvent =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'result';
      readonly program: number;
      readonly index: number;
      readonly execution: Execution;
    }
  /** Nothing more comes of this program. `message`: it was not compiled. */
  | { readonly kind: 'done'; readonly program: number; readonly message: string | null };

const limitEnds = ['cpu_limit', 'wall_limit', 'memory_limit', 'output_limit'] as const;

function endOf(kind: number, value: number): ExecutionEnd {
  if (kind === 0) return { kind: 'exited', code: value };
  if (kind === 1) return { kind: 'signalled', signal: signalName(value) };
  const limit = limitEnds[kind - 2];
  if (limit === undefined) throw new Error('an unknown end');
  return { kind: limit };
}

/** Throws when it is not a well-formed result. */
function resultOf(bytes: Buffer): JudgeEvent {
  const output = bytes.readUInt32LE(39);
  const error = bytes.readUInt32LE(43);
  const file = bytes.readInt32LE(47);
  const after = resultBytes + output + error;
  if (bytes.length !== after + Math.max(0, file)) throw new Error('a result of another length');
  const completed = bytes.readUInt8(38);
  return {
    kind: 'result',
    program: bytes.readUInt32LE(1),
    index: bytes.readUInt32LE(5),
    execution: {
      end: endOf(bytes.readUInt8(9), bytes.readInt32LE(10)),
      stdout: bytes.subarray(resultBytes, resultBytes + output),
      stderr: bytes.subarray(resultBytes + output, after),
      outputFile: file < 0 ? null : bytes.subarray(after),
      cpuS: Number(bytes.readBigUInt64LE(14)) / microseconds,
      wallS: Number(bytes.readBigUInt64LE(22)) / microseconds,
      peakBytes: Number(bytes.readBigUInt64LE(30)),
      completed: completed === 2 ? null : completed === 1,
    },
  };
}

function eventOf(bytes: Buffer): JudgeEvent {
  switch (bytes.toString('latin1', 0, 1)) {
    case '!':
      return { kind: 'ready' };
    case 'r':
      return resultOf(bytes);
    case 'd':
      return { kind: 'done', program: bytes.readUInt32LE(1), message: null };
    case 's':
      return { kind: 'done', program: bytes.readUInt32LE(1), message: bytes.toString('utf8', 5) };
    default:
      throw new Error('an unknown event');
  }
}

/** Cuts what the supervisor says into events. Throws at the first byte that it cannot have said. */
export class JudgeDecoder {
  #waiting: Buffer[] = [];
  #bytes = 0;
  #needed = prefixBytes;

  push(chunk: Buffer): readonly JudgeEvent[] {
    this.#waiting.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return [];
    const bytes = this.#waiting.length === 1 ? chunk : Buffer.concat(this.#waiting);
    const events: JudgeEvent[] = [];
    let at = 0;
    this.#needed = prefixBytes;
    while (bytes.length - at >= prefixBytes) {
      const size = bytes.readUInt32LE(at);
      if (size === 0 || size > maxFrameBytes) throw new Error(`a frame of ${size} bytes`);
      this.#needed = prefixBytes + size;
      if (bytes.length - at < this.#needed) break;
      events.push(eventOf(bytes.subarray(at + prefixBytes, at + this.#needed)));
      at += this.#needed;
      this.#needed = prefixBytes;
    }
    const rest = bytes.subarray(at);
    this.#waiting = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return events;
  }
}
