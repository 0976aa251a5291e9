import * as z from 'zod';
import { seccompOf } from '../docker/containerConfig';
import type { SandboxProfile } from '../sandbox';
import { syscallNumbers } from './syscallNumbers';

const argumentSchema = z.object({
  index: z.int().min(0).max(5),
  value: z.int().min(0).max(0xffffffff),
  valueTwo: z.int().optional(),
  op: z.enum(['SCMP_CMP_EQ', 'SCMP_CMP_NE', 'SCMP_CMP_MASKED_EQ']),
});
const profileSchema = z.object({
  defaultAction: z.literal('SCMP_ACT_ALLOW'),
  syscalls: z.array(
    z.object({
      names: z.array(z.string()),
      action: z.literal('SCMP_ACT_ERRNO'),
      errnoRet: z.int(),
      args: z.array(argumentSchema).max(1).optional(),
    }),
  ),
});
type Argument = z.infer<typeof argumentSchema>;

const processors = {
  x64: { audit: 0xc000003e },
  arm64: { audit: 0xc00000b7 },
} as const;
type Processor = keyof typeof processors;

// Classic BPF: linux/bpf_common.h, linux/seccomp.h.
const op = { load: 0x20, jumpEqual: 0x15, jumpSet: 0x45, and: 0x54, return: 0x06 } as const;
const offset = { number: 0, processor: 4, argument: 16, argumentSize: 8 } as const;
const verdict = { allow: 0x7fff0000, errno: 0x00050000 } as const;
const EPERM = 1;
/** Calls of the x32 ABI, which has numbers of its own. */
const x32Bit = 0x40000000;

interface Instruction {
  readonly code: number;
  /** How many instructions are skipped when the test holds, and when not. */
  readonly jump?: readonly [number, number];
  readonly value: number;
}

/**
 * The Docker provider's deny list as a program for `bwrap --seccomp`, so that both refuse the same. Everything through
 * another processor's system call table is refused too. null where the numbers are not known.
 */
export function seccompProgram(arch: string, profile: SandboxProfile = 'trial'): Uint8Array | null {
  if (arch !== 'x64' && arch !== 'arm64') return null;
  const { syscalls } = profileSchema.parse(seccompOf(profile));
  const rules = syscalls.flatMap(({ names, errnoRet, args }) =>
    names.flatMap((name) => {
      const number = syscallNumbers[name]?.[arch] ?? null;
      return number === null ? [] : rule({ number, errno: errnoRet, argument: args?.[0] ?? null });
    }),
  );
  return assemble([...ownTableOnly(arch), ...rules, { code: op.return, value: verdict.allow }]);
}

function ownTableOnly(arch: Processor): readonly Instruction[] {
  return [
    { code: op.load, value: offset.processor },
    { code: op.jumpEqual, jump: [1, 0], value: processors[arch].audit },
    refuse(EPERM),
    { code: op.load, value: offset.number },
    { code: op.jumpSet, jump: [0, 1], value: x32Bit },
    refuse(EPERM),
  ];
}

function refuse(errno: number): Instruction {
  return { code: op.return, value: verdict.errno | errno };
}

/** Leaves the system call's number in the accumulator for the next rule. */
function rule({
  number,
  errno,
  argument,
}: {
  readonly number: number;
  readonly errno: number;
  readonly argument: Argument | null;
}): readonly Instruction[] {
  if (argument === null) {
    return [{ code: op.jumpEqual, jump: [0, 1], value: number }, refuse(errno)];
  }
  const test = testOf(argument, errno);
  const reload = { code: op.load, value: offset.number };
  return [{ code: op.jumpEqual, jump: [0, test.length + 1], value: number }, ...test, reload];
}

/** Looks at the lower half of an argument only: all that are tested are flags and small numbers of 32 bits. */
function testOf(
  { index, op: compare, value, valueTwo }: Argument,
  errno: number,
): readonly Instruction[] {
  const load = { code: op.load, value: offset.argument + index * offset.argumentSize };
  switch (compare) {
    case 'SCMP_CMP_EQ':
      return [load, { code: op.jumpEqual, jump: [0, 1], value }, refuse(errno)];
    case 'SCMP_CMP_NE':
      return [load, { code: op.jumpEqual, jump: [1, 0], value }, refuse(errno)];
    case 'SCMP_CMP_MASKED_EQ':
      return [
        load,
        { code: op.and, value },
        { code: op.jumpEqual, jump: [0, 1], value: valueTwo ?? 0 },
        refuse(errno),
      ];
  }
}

/** struct sock_filter, in the byte order of both processors. */
function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(({ code, jump = [0, 0], value }, at) => {
    bytes.writeUInt16LE(code, at * 8);
    bytes.writeUInt8(jump[0], at * 8 + 2);
    bytes.writeUInt8(jump[1], at * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, at * 8 + 4);
  });
  return bytes;
}
