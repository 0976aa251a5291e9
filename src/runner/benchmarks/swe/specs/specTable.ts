import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type {
  EnvironmentRecipe,
  PartialRecipe,
  RepositorySpecs,
  RepositoryTask,
} from '../../../model';
import { environmentRecipeSchema, repositorySpecsSchema, RunnerError } from '../../../model';
import { recipeOfInstallConfig } from './installConfig';
import { ourSpecs } from './ourSpecs';

/** Recipes of environments by repository (`owner/name`, lower case) and version. */
export type SpecTable = ReadonlyMap<string, RepositorySpecs>;

/** The specs that come with Benchyard. */
export const usualSpecs: SpecTable = mergeSpecs(new Map(), ourSpecs);

/** A table in which the later specs of a repository are laid over the earlier ones, field by field. */
export function mergeSpecs(table: SpecTable, specs: readonly RepositorySpecs[]): SpecTable {
  const merged = new Map(table);
  for (const { repository, all, versions } of specs) {
    const key = repository.toLowerCase();
    const known = merged.get(key);
    merged.set(key, {
      repository,
      all: { ...known?.all, ...all },
      // What somebody says of all versions also wins over what we say of one.
      versions: [
        ...(known?.versions ?? []).map((version) => ({ ...version, ...all })),
        ...versions,
      ],
    });
  }
  return merged;
}

/**
 * How the environment of a task is built: the task's own spec, else what its row says of its installation, else the
 * table's for its repository and version. null: nobody knows.
 */
export function specOf(
  task: RepositoryTask,
  table: SpecTable = usualSpecs,
): EnvironmentRecipe | null {
  if (task.environment?.kind === 'spec') return task.environment.spec;
  const columns = task.officialColumns;
  if (columns === undefined) return null;
  if (columns.installConfig !== null) {
    const recipe = recipeOfInstallConfig(columns.installConfig);
    if (recipe !== null) return recipe;
  }
  return specFor(columns.repository, task.version, table);
}

/** The table's recipe for a version of a repository. A version that is not listed is taken as the repository's usual. */
export function specFor(
  repository: string,
  version: string | null,
  table: SpecTable = usualSpecs,
): EnvironmentRecipe | null {
  const specs = table.get(repository.toLowerCase());
  if (specs === undefined) return null;
  const fields: PartialRecipe[] = [specs.all];
  for (const { of, ...recipe } of specs.versions) {
    if (version !== null && of.includes(version)) fields.push(recipe);
  }
  const recipe = environmentRecipeSchema.safeParse(Object.assign({}, ...fields));
  return recipe.success ? recipe.data : null;
}

const specFileSchema = z.union([
  z.array(repositorySpecsSchema),
  repositorySpecsSchema.transform((specs) => [specs]),
]);

/**
 * Our table with a user's files laid over it. A file holds the specs of a repository, or a list of them.
 *
 * @throws `not-found`, or `invalid-config` that names the file and the field
 */
export async function loadSpecs(files: readonly string[], cwd: string): Promise<SpecTable> {
  let table = usualSpecs;
  for (const file of files) {
    const text = await readFile(path.resolve(cwd, file), 'utf8').catch((error: unknown) => {
      throw new RunnerError('not-found', `The specs file ${file} cannot be read.`, {
        cause: error,
      });
    });
    table = mergeSpecs(table, parseSpecs(text, file));
  }
  return table;
}

function parseSpecs(text: string, file: string): readonly RepositorySpecs[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunnerError('invalid-config', `${file} is not valid JSON: ${reason}`);
  }
  // Of a list or of one: whichever was meant says better what is wrong.
  const meant = Array.isArray(value) ? z.array(repositorySpecsSchema) : repositorySpecsSchema;
  const checked = meant.safeParse(value);
  if (!checked.success)
    throw new RunnerError('invalid-config', `${file}: ${z.prettifyError(checked.error)}`);
  return specFileSchema.parse(value);
}
