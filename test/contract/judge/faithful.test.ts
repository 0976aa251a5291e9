import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Execution, JudgeLimits } from '../../../src/runner/benchmarks/contests/judge/judge';
import { describeOn, describeOnEverySandbox } from '../../support/sandboxes';
import { sharedData } from '../../support/sharedData';
import { never } from '../../support/temp';
import plainProgram from './plain.py';
import { trickyPrograms } from './trickyPrograms';
import { JudgeWorld, limits } from './world';

interface Program {
  readonly name: string;
  readonly source: string;
  readonly inputs: readonly string[];
  readonly differs?: string;
}

/** What a program printed and how it ended, as both sides tell it. */
interface Outcome {
  readonly stdout: string;
  /** Negative: a signal, by its number. */
  readonly code: number;
}

const plainSchema = z.array(z.object({ stdout: z.base64(), code: z.int() }));
const signals: Readonly<Record<string, number>> = {
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGTERM: 15,
};

/** `python3 main.py` for each input, in the judge's own sandbox. */
async function plainly(
  world: JudgeWorld,
  programs: readonly Program[],
  { cpuS }: JudgeLimits = limits,
): Promise<Outcome[][]> {
  const request = programs.map(({ source, inputs }) => ({
    source,
    inputs: inputs.map((input) => Buffer.from(input).toString('base64')),
  }));
  const { stdout, stderr, exitCode } = await world.sandbox.exec(
    ['python3', '-c', plainProgram, JSON.stringify({ cpuS })],
    {
      cwd: '/tmp',
      stdin: Buffer.from(JSON.stringify(request)),
      timeoutMs: 1_500_000,
      outputLimitBytes: 1024 ** 3,
      signal: never,
    },
  );
  if (exitCode !== 0) throw new Error(Buffer.from(stderr).toString('utf8'));
  const lines = Buffer.from(stdout).toString('utf8').trimEnd().split('\n');
  return lines.map((line) =>
    plainSchema.parse(JSON.parse(line)).map(({ stdout: printed, code }) => ({
      stdout: Buffer.from(printed, 'base64').toString('latin1'),
      code,
    })),
  );
}

function outcomeOf({ stdout, end }: Execution): Outcome | string {
  const printed = Buffer.from(stdout).toString('latin1');
  if (end.kind === 'exited') return { stdout: printed, code: end.code };
  if (end.kind === 'signalled') return { stdout: printed, code: -(signals[end.signal] ?? NaN) };
  return end.kind;
}

async function judged(
  world: JudgeWorld,
  program: Program,
  limited: JudgeLimits = limits,
): Promise<readonly (Outcome | string)[]> {
  const { outcome, executions } = await world.run(program.source, program.inputs, {
    limits: limited,
  });
  // A source that Python cannot read: a message and exit code 1, like any other failure.
  if (outcome.kind === 'not_compiled') return program.inputs.map(() => ({ stdout: '', code: 1 }));
  return executions.map(outcomeOf);
}

describeOnEverySandbox('the judge and plain python3 agree', (sandbox) => {
  let world: JudgeWorld | undefined;
  let plain: Outcome[][] = [];
  const programs = trickyPrograms.map(({ input = '', ...rest }) => ({ ...rest, inputs: [input] }));
  beforeAll(async () => {
    world = await JudgeWorld.open(sandbox);
    plain = await plainly(world, programs);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test.each(programs.map((program, index) => [program.name, program, index] as const))(
    '%s',
    async (_, program, index) => {
      const ours = await judged(world!, program);
      // Known differences are few, and stay known.
      if (program.differs === undefined) expect(ours).toEqual(plain[index]);
      else expect(ours).not.toEqual(plain[index]);
    },
  );
});

const testsSchema = z.object({ input: z.array(z.string()) });
const rowSchema = z.object({
  name: z.string(),
  public_tests: testsSchema,
  private_tests: testsSchema,
  generated_tests: testsSchema,
  solutions: z.object({ solution: z.array(z.string()) }),
});

function sharedPrograms(file: string): readonly Program[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const row = rowSchema.parse(JSON.parse(line));
    const kinds = [row.public_tests, row.private_tests, row.generated_tests];
    const inputs = kinds.flatMap(({ input }) => input);
    return { name: row.name, source: row.solutions.solution[0] ?? '', inputs: chosen(inputs) };
  });
}

/** All of them take three minutes; the first, the middle and the last show most of what a program does. */
function chosen(inputs: readonly string[]): readonly string[] {
  if (whole) return inputs;
  const places = new Set([0, Math.floor(inputs.length / 2), inputs.length - 1]);
  return inputs.filter((_, place) => places.has(place));
}

/** One of the programs takes five seconds: nobody is to be stopped on one side alone. */
const enough: JudgeLimits = { ...limits, cpuS: 30, wallS: 90 };

const whole = process.env['BENCHYARD_TEST_WHOLE'] !== undefined;

const shared = sharedData('contests/codecontests_train_py3.jsonl.gz');

describe.skipIf(shared === null)('accepted programs of CodeContests', () => {
  describeOn('docker', `${whole ? 'every test' : 'three tests'} of every program`, () => {
    test('the judge prints and exits as plain python3 does', { timeout: 1_800_000 }, async () => {
      const programs = sharedPrograms(shared ?? '');
      await using world = await JudgeWorld.open('docker');
      const plain = await plainly(world, programs, enough);
      expect(plain.flat().length).toBeGreaterThan(whole ? 1900 : 550);
      const differences: string[] = [];
      for (const [index, program] of programs.entries()) {
        const ours = await judged(world, program, enough);
        for (const [n, theirs] of (plain[index] ?? []).entries())
          if (JSON.stringify(ours[n]) !== JSON.stringify(theirs))
            differences.push(
              `${program.name}, test ${String(n)}: ${JSON.stringify([theirs, ours[n]]).slice(0, 300)}`,
            );
      }
      expect(differences).toEqual([]);
    });
  });
});
