import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import path from 'node:path';
import * as z from 'zod';
import {
  techniquePreparationSchema,
  techniqueResultSchema,
} from '../../src/runner/model/technique';
import type { TechniqueId, TechniqueResult } from '../../src/runner/model/technique';

export const techniquePrograms = path.resolve('src/runner/benchmarks/mle/sandboxed');
/** Models are fitted, on machines that may have other things to do. */
export const patience = 900_000;
const driver = path.resolve('test/contract/mle/solvers/driver.py');

/** A prepared task and who solves it: see test/contract/mle/solvers/driver.py. */
export interface TechniqueCase {
  readonly task: TechniqueId;
  readonly seed: number;
  readonly solvers: readonly string[];
  readonly table?: string;
  readonly target?: string;
  readonly id?: string;
}

const lineSchema = z.object({
  case: z.object({
    task: z.string(),
    seed: z.int(),
    table: z.string().optional(),
    target: z.string().optional(),
  }),
  preparation: techniquePreparationSchema,
  solver: z.string(),
  result: techniqueResultSchema.strict(),
  truth: z.record(z.string(), z.unknown()),
  public: z.string(),
  private: z.string(),
});
export type TechniqueLine = z.infer<typeof lineSchema>;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PythonInput {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end. Equal calls differ in nothing but the order of hashes. */
export async function runPython(
  python: string,
  args: readonly string[],
  { input = '', env = {} }: PythonInput = {},
): Promise<Ended> {
  const child = spawn(python, args, { env: { ...process.env, ...env } });
  child.stdin.end(input);
  const code = new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

/** Prepares, solves and grades all cases in one interpreter; each line was checked by the product's own schemas. */
export async function runTechniques(
  python: string,
  cases: readonly TechniqueCase[],
  { folder, hashSeed = 'random' }: { readonly folder: string; readonly hashSeed?: string },
): Promise<readonly TechniqueLine[]> {
  const ended = await runPython(python, [driver, techniquePrograms, folder], {
    input: JSON.stringify(cases),
    // Solvers are not to wait for threads of theirs either; technique.py sees to its own.
    env: { PYTHONHASHSEED: hashSeed, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  if (ended.code !== 0) throw new Error(`the driver failed: ${ended.stderr}`);
  return ended.stdout
    .trim()
    .split('\n')
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

export function partOf(result: TechniqueResult, name: string): number {
  const part = result.checks.find((check) => check.name === name);
  if (part === undefined) throw new Error(`${result.task} has no part "${name}"`);
  return part.score;
}
