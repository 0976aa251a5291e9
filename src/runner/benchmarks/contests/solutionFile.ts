import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { ContestTask, SolutionDatabase, TrialPlan, TrialResult } from '../../model';
import {
  classOf,
  iterationName,
  iterationsOf,
  RunnerError,
  solutionDatabaseSchema,
  solutionCounts,
  solutionPlace,
  trialTestsSchema,
} from '../../model';
import { isNotFound, readIfThere, readJson, writeWhole } from '../../store/files';
import type { EarlierTrial } from '../benchmark';
import { programsOf } from './programs';

/**
 * A file with AlphaCodium's solution database. It is read before and written after every trial, whole, so that it can be
 * interrupted at any time and what others wrote to it stays.
 */
export class SolutionFile {
  readonly #file: string;
  #last: Promise<unknown> = Promise.resolve();
  /** What was read last, and what told then that it was still the same. */
  #known: { readonly stamp: string; readonly database: SolutionDatabase } | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws `invalid-config` when the file is there and is no solution database */
  async read(): Promise<SolutionDatabase> {
    const stamp = await stampOf(this.#file);
    if (this.#known?.stamp === stamp) return this.#known.database;
    const database = this.#parse((await readIfThere(this.#file)) ?? '');
    // Its stamp was taken before it was read: one that changed meanwhile is read again.
    this.#known = { stamp, database };
    return database;
  }

  #parse(text: string): SolutionDatabase {
    if (text.trim() === '') return {};
    try {
      return solutionDatabaseSchema.parse(JSON.parse(text));
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      throw new RunnerError('invalid-config', `${this.#file} is no solution database: ${why}`, {
        cause: error,
      });
    }
  }

  /** What makes an attempt needless: the problem is solved, or this iteration is there. */
  async earlier(
    task: Pick<ContestTask, 'source'>,
    { attempt }: Pick<TrialPlan, 'attempt'>,
  ): Promise<EarlierTrial | null> {
    const { all, solved } = iterationsOf(await this.read(), solutionPlace(task));
    const file = path.basename(this.#file);
    const [first] = solved;
    if (first !== undefined) return { reason: 'solved', by: `${first} of ${file}` };
    const own = iterationName(attempt);
    return all.includes(own) ? { reason: 'recorded', by: `${own} of ${file}` } : null;
  }

  /** Writes down what an attempt came to; one that was cut off, or that the machine failed, is none. */
  async add(
    task: Pick<ContestTask, 'source'>,
    {
      plan,
      result,
      folder,
    }: { readonly plan: TrialPlan; readonly result: TrialResult; readonly folder: string },
  ): Promise<void> {
    const kind = classOf(result.status);
    if (kind === 'incomplete' || kind === 'infra_failure') return;
    const submission = await readIfThere(path.join(folder, 'candidates.jsonl'));
    const [program] = submission === null ? [] : programsOf({ kind: 'text', text: submission });
    const { after } = await readJson(path.join(folder, 'tests.json'), trialTestsSchema);
    const entry = { solution: program?.source ?? '', ...solutionCounts(after ?? []) };
    const { split, index } = solutionPlace(task);
    const name = iterationName(plan.attempt);
    await this.#change((database) => {
      const problems = database[split] ?? {};
      const problem = { ...problems[index], [name]: entry };
      return { ...database, [split]: { ...problems, [index]: problem } };
    });
  }

  /** One change after the other: each begins with what stands in the file. */
  async #change(change: (database: SolutionDatabase) => SolutionDatabase): Promise<void> {
    const done = this.#last.then(async () => {
      const text = JSON.stringify(change(await this.read()), null, 2);
      await writeWhole(this.#file, `${text}\n`);
    });
    this.#last = done.catch(() => undefined); // told to its caller
    await done;
  }
}

/** Every write is a new file, so size and time alone would do; the inode tells it for certain. */
async function stampOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return [ino, size, mtimeMs].join(' ');
  } catch (error) {
    if (isNotFound(error)) return 'none';
    throw error;
  }
}
