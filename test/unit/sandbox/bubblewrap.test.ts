import { expect, test } from 'vitest';
import { parseSubordinate } from '../../../src/runner/sandbox/bubblewrap/isolation';
import { seccompProgram } from '../../../src/runner/sandbox/bubblewrap/seccomp';

const allow = 0x7fff0000;
const refused = (errno: number): number => 0x00050000 | errno;
const processors = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;

interface Call {
  readonly processor: number;
  readonly number: number;
  readonly args?: readonly number[];
}

/** Runs a filter as the kernel does. */
function verdict(program: Uint8Array, { processor, number, args = [] }: Call): number {
  const code = Buffer.from(program);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(processor, 4);
  args.forEach((value, index) => data.writeUInt32LE(value, 16 + index * 8));
  let accumulator = 0;
  for (let at = 0; at * 8 < code.length; at += 1) {
    const value = code.readUInt32LE(at * 8 + 4);
    const jump = (holds: boolean): number => code.readUInt8(at * 8 + (holds ? 2 : 3));
    switch (code.readUInt16LE(at * 8)) {
      case 0x20:
        accumulator = data.readUInt32LE(value);
        break;
      case 0x54:
        accumulator = (accumulator & value) >>> 0;
        break;
      case 0x15:
        at += jump(accumulator === value);
        break;
      case 0x45:
        at += jump((accumulator & value) !== 0);
        break;
      case 0x06:
        return value;
      default:
        throw new Error('an instruction that the filter must not have');
    }
  }
  throw new Error('the filter ended without a verdict');
}

test.each([
  ['x64', { read: 0, ptrace: 101, mount: 165, io_uring_setup: 425, clone: 56, clone3: 435 }],
  ['arm64', { read: 63, ptrace: 117, mount: 40, io_uring_setup: 425, clone: 220, clone3: 435 }],
] as const)('the filter on %s', (arch, numbers) => {
  const program = seccompProgram(arch)!;
  const ask = (number: number, args: readonly number[] = []): number =>
    verdict(program, { processor: processors[arch], number, args });
  expect(ask(numbers.read)).toBe(allow);
  for (const name of ['ptrace', 'mount', 'io_uring_setup'] as const) {
    expect(ask(numbers[name])).toBe(refused(1));
  }
  expect(ask(numbers.clone, [0x11])).toBe(allow);
  expect(ask(numbers.clone, [0x10000000])).toBe(refused(1));
  // C libraries fall back to clone, whose flags a filter can read.
  expect(ask(numbers.clone3)).toBe(refused(38));
  const other = processors[arch === 'x64' ? 'arm64' : 'x64'];
  expect(verdict(program, { processor: other, number: numbers.read })).toBe(refused(1));
});

test('the second system call table of x64 is closed', () => {
  const call = { processor: processors.x64, number: 0x40000000 };
  expect(verdict(seccompProgram('x64')!, call)).toBe(refused(1));
});

test('a processor whose numbers are not known has no filter', () => {
  expect(seccompProgram('riscv64')).toBeNull();
});

test('subordinate ids are found by name or number, and must be enough', () => {
  const text = 'other:1:65536\nme:100000:1000\nme:200000:65536\n1005:300000:65536\n';
  expect(parseSubordinate(text, 'me', 1000)).toEqual({ first: 200_000, count: 65_536 });
  expect(parseSubordinate(text, 'unknown', 1005)).toEqual({ first: 300_000, count: 65_536 });
  expect(parseSubordinate(text, 'nobody', 65_534)).toBeNull();
});
