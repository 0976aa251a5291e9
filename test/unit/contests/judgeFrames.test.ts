import { describe, expect, test } from 'vitest';
import {
  JudgeDecoder,
  programFrame,
} from '../../../src/runner/benchmarks/contests/judge/judgeFrames';
import { signalName } from '../../../src/runner/benchmarks/contests/judge/signals';

interface Parts {
  readonly end?: readonly [number, number];
  readonly completed?: number;
  readonly out?: string;
  readonly err?: string;
  readonly file?: string | null;
}

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

/** As the supervisor packs it: struct '<cIIBiQQQBIIi'. */
function result({ end = [0, 0], completed = 1, out = '', err = '', file = null }: Parts): Buffer {
  const head = Buffer.alloc(51);
  head.write('r', 0);
  head.writeUInt32LE(7, 1);
  head.writeUInt32LE(2, 5);
  head.writeUInt8(end[0], 9);
  head.writeInt32LE(end[1], 10);
  head.writeBigUInt64LE(1_500_000n, 14);
  head.writeBigUInt64LE(2_000_000n, 22);
  head.writeBigUInt64LE(4096n, 30);
  head.writeUInt8(completed, 38);
  head.writeUInt32LE(Buffer.byteLength(out), 39);
  head.writeUInt32LE(Buffer.byteLength(err), 43);
  head.writeInt32LE(file === null ? -1 : Buffer.byteLength(file), 47);
  return framed(Buffer.concat([head, Buffer.from(out + err + (file ?? ''))]));
}

function heard(bytes: Buffer, step = bytes.length): ReturnType<JudgeDecoder['push']> {
  const decoder = new JudgeDecoder();
  const parts = Array.from({ length: Math.ceil(bytes.length / step) }, (_, n) =>
    bytes.subarray(n * step, (n + 1) * step),
  );
  return parts.flatMap((part) => decoder.push(part));
}

describe('what the supervisor tells', () => {
  test('a result has its parts, however it is cut', () => {
    const bytes = Buffer.concat([
      framed(Buffer.from('!')),
      result({ end: [0, 3], out: 'out', err: 'err', file: '' }),
      framed(Buffer.from([100, 7, 0, 0, 0])),
    ]);
    for (const step of [1, 7, 60, bytes.length]) {
      const events = heard(bytes, step);
      expect(events).toEqual([
        { kind: 'ready' },
        {
          kind: 'result',
          program: 7,
          index: 2,
          execution: {
            end: { kind: 'exited', code: 3 },
            stdout: Buffer.from('out'),
            stderr: Buffer.from('err'),
            outputFile: Buffer.alloc(0),
            cpuS: 1.5,
            wallS: 2,
            peakBytes: 4096,
            completed: true,
          },
        },
        { kind: 'done', program: 7, message: null },
      ]);
    }
  });

  test.each([
    [[1, 11], { kind: 'signalled', signal: 'SIGSEGV' }],
    [[2, 0], { kind: 'cpu_limit' }],
    [[3, 0], { kind: 'wall_limit' }],
    [[4, 0], { kind: 'memory_limit' }],
    [[5, 0], { kind: 'output_limit' }],
  ] as const)('end %j is %j', (end, told) => {
    expect(heard(result({ end }))).toMatchObject([{ execution: { end: told } }]);
  });

  test('a language that cannot tell whether a program completed', () => {
    expect(heard(result({ completed: 2 }))).toMatchObject([{ execution: { completed: null } }]);
  });

  test('the words of a compiler', () => {
    const said = Buffer.concat([Buffer.from([115, 9, 0, 0, 0]), Buffer.from('línea 2')]);
    expect(heard(framed(said))).toEqual([{ kind: 'done', program: 9, message: 'línea 2' }]);
  });

  test.each([
    ['an empty frame', Buffer.alloc(4)],
    ['a frame too large', Buffer.from([255, 255, 255, 255])],
    ['an unknown event', framed(Buffer.from('?'))],
    ['an unknown end', result({ end: [9, 0] })],
    ['lengths that do not add up', framed(result({ out: 'abc' }).subarray(4, -1))],
    ['a result cut short', framed(Buffer.from('r123'))],
  ])('%s is refused', (_, bytes) => {
    expect(() => heard(bytes)).toThrow();
  });
});

test('a program is asked for with limits in whole microseconds, rounded up', () => {
  const bytes = programFrame({
    id: 1,
    set: 2,
    first: 3,
    program: { language: 'PYTHON3', source: 'é' },
    limits: { cpuS: 0.0000005, wallS: 1e9, memoryBytes: 5, outputBytes: 6, processes: 7 },
    files: { input: 'in', output: null },
  });
  expect(bytes.readUInt32LE(0)).toBe(bytes.length - 4);
  expect(bytes.readUInt32LE(5 + 13)).toBe(1);
  expect(bytes.readBigUInt64LE(5 + 17)).toBe(4_000_000_000n);
  expect(bytes.toString('utf8', 5 + 49)).toBe('iné');
});

test('signals have their usual names', () => {
  expect([6, 9, 11, 17, 25, 40].map(signalName)).toEqual([
    'SIGABRT',
    'SIGKILL',
    'SIGSEGV',
    'SIGCHLD',
    'SIGXFSZ',
    'SIG40',
  ]);
});
