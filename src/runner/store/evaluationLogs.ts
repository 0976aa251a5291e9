import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { KeptEvaluation } from '../evaluation';
import { keptEvaluationSchema } from '../evaluation';
import { RunnerError } from '../model';
import { diskError, isNotFound, readIfThere, writeJson, writeWhole } from './files';

/** The files of the official layout, in the order in which they are written: a report says that all others are there. */
export const officialFiles = [
  'patch.diff',
  'eval.sh',
  'test_output.txt',
  'run_instance.log',
  'report.json',
] as const;
export type OfficialFile = (typeof officialFiles)[number];

const keptName = 'evaluation.json';

/** What is kept of one evaluation: its files that there are, by name. */
export type OfficialContents = Partial<Readonly<Record<OfficialFile, string>>>;

/**
 * A folder of the official layout, `<run id>/<model>/<instance>/`. Evaluations are found again by what they hang on, in
 * whatever run of the folder they were made.
 */
export class EvaluationLogs {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** @throws `invalid-config` where a name is none for a folder */
  folderOf(runId: string, model: string, taskId: string): string {
    const parts = [runId, model, taskId].map((name) => {
      const part = name.replaceAll('/', '__');
      if (/^\.{0,2}$/.test(part) || /[\\\u0000-\u001f]/.test(part))
        throw new RunnerError('invalid-config', `"${name}" cannot be the name of a folder.`);
      return part;
    });
    return path.join(this.#root, ...parts);
  }

  /**
   * The evaluation of this key, in `folder`: one of another run is copied there. null: there is none, or its files are
   * no longer whole.
   */
  async find(key: string, folder: string): Promise<KeptEvaluation | null> {
    const here = await readKept(folder);
    if (here?.key === key) return here;
    const place = await readIfThere(this.#indexOf(key));
    if (place === null) return null;
    const other = path.resolve(this.#root, place.trim());
    const kept = await readKept(other);
    if (kept?.key !== key) return null;
    await this.#write(folder, kept, async (name) => {
      try {
        await copyFile(path.join(other, name), path.join(folder, name));
      } catch (error) {
        if (!isNotFound(error)) throw diskError(error, folder);
      }
    });
    return kept;
  }

  /** Keeps an evaluation in `folder`, in place of what was there. A kill leaves no report of another patch. */
  async keep(folder: string, contents: OfficialContents, kept: KeptEvaluation): Promise<void> {
    await this.#write(folder, kept, async (name) => {
      const content = contents[name];
      if (content !== undefined) await writeWhole(path.join(folder, name), content);
    });
    if (kept.key !== null)
      await writeWhole(this.#indexOf(kept.key), `${path.relative(this.#root, folder)}\n`);
  }

  /** Removes what is kept in `folder`: nothing was handed in this time. */
  async forget(folder: string): Promise<void> {
    for (const name of [keptName, ...officialFiles])
      await rm(path.join(folder, name), { force: true });
  }

  async read(folder: string, file: OfficialFile): Promise<string | null> {
    return await readIfThere(path.join(folder, file));
  }

  async #write(
    folder: string,
    kept: KeptEvaluation,
    put: (name: OfficialFile) => Promise<void>,
  ): Promise<void> {
    await mkdir(folder, { recursive: true });
    await this.forget(folder);
    for (const name of officialFiles) await put(name);
    await writeJson(path.join(folder, keptName), kept);
  }

  #indexOf(key: string): string {
    return path.join(this.#root, '.benchyard', key.slice(0, 2), key);
  }
}

async function readKept(folder: string): Promise<KeptEvaluation | null> {
  const text = await readIfThere(path.join(folder, keptName));
  if (text === null) return null;
  try {
    const parsed = keptEvaluationSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // not ours, or torn: the patch is evaluated again
  }
}
