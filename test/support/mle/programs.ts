import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import * as z from 'zod';
import { readCompetitionFolder } from '../../../src/runner/benchmarks/mle/competitionRegistry';
import { mlePrograms } from '../../../src/runner/benchmarks/mle/sandboxed';

const run = promisify(execFile);

const support = path.resolve('test/support/mle');

export interface ProgramCase {
  readonly program: 'mle_grade.py' | 'mle_prepare.py';
  readonly argv: readonly string[];
}

const resultSchema = z.object({ status: z.number(), stdout: z.string(), stderr: z.string() });
export type ProgramResult = z.infer<typeof resultSchema>;

/** What mle_grade.py prints. */
export const gradeSchema = z.strictObject({
  valid: z.boolean(),
  score: z.number().nullable(),
  score_exact: z.number().nullable(),
  message: z.string().nullable(),
});
export type Grade = z.infer<typeof gradeSchema>;

/** The programs as a sandbox has them, run with a Python of this machine that starts once. */
export class Programs implements AsyncDisposable {
  readonly #python: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: NodeJS.AsyncIterator<string>;
  #said = '';

  private constructor(python: string, folder: string) {
    this.#python = python;
    this.#process = spawn(python, [path.join(support, 'run_many.py'), folder]);
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
    this.#process.stderr.on('data', (data: Buffer) => {
      this.#said += data.toString();
    });
  }

  static async in(folder: string, python: string): Promise<Programs> {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(mlePrograms))
      await writeFile(path.join(folder, name), text);
    return new Programs(python, folder);
  }

  /** The results in the order of the cases. One call at a time. */
  async run(cases: readonly ProgramCase[]): Promise<readonly ProgramResult[]> {
    this.#process.stdin.write(`${JSON.stringify(cases)}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error(`run_many.py ended: ${this.#said}`);
    return z.array(resultSchema).parse(JSON.parse(answer.value));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'close');
    this.#process.stdin.end();
    await ended;
  }

  /** Grades, each of which has to be an answer and not a failure. */
  async grades(cases: readonly (readonly string[])[]): Promise<readonly Grade[]> {
    const results = await this.run(cases.map((argv) => ({ program: 'mle_grade.py', argv })));
    return results.map((result) => gradeSchema.parse(lastLine(result)));
  }

  /** A program of the tests' own. */
  async support(program: string, ...args: readonly string[]): Promise<void> {
    await run(this.#python, [path.join(support, program), ...args]);
  }
}

/** The JSON that a program printed last. */
export function lastLine({ status, stdout, stderr }: ProgramResult): unknown {
  if (status !== 0) throw new Error(`exit status ${String(status)}: ${stderr}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/** A competition that is shipped, as a sandbox has it. */
export async function shippedCompetition(id: string, folder: string): Promise<void> {
  const source = path.resolve('competitions', id);
  const competition = await readCompetitionFolder(source);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(competition?.config));
  const programs = (await readdir(source)).filter((name) => name.endsWith('.py'));
  for (const name of programs) await copyFile(path.join(source, name), path.join(folder, name));
}
