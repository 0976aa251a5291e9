import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Host } from '../../host';
import type { CompetitionConfig } from '../../model';
import { competitionConfigSchema, RunnerError } from '../../model';
import { isNotFound, readIfThere } from '../../store/files';

/** A competition as its folder describes it. */
export interface Competition {
  readonly config: CompetitionConfig;
  /** Absolute. */
  readonly folder: string;
  /** It comes with Benchyard. */
  readonly shipped: boolean;
}

export interface RegistryPlace {
  /** Folders with competitions of the user's own, relative to the working folder. */
  readonly registry?: readonly string[] | undefined;
}

/** The list that a run of MLE-bench's "lite" competitions means. */
const liteList = 'lite';

/**
 * The competitions that can be named: those that come with Benchyard and those in the user's folders, which win where
 * both have one of the same id.
 */
export class CompetitionRegistry {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * All of them, by id.
   *
   * @throws `invalid-config` where a config.yaml cannot be used, with the file and each wrong field; `not-found` without a
   * folder that was named
   */
  async list({ registry = [] }: RegistryPlace = {}): Promise<readonly Competition[]> {
    const found = new Map<string, Competition>();
    for (const { folder, shipped } of this.#roots(registry)) {
      for (const name of await this.#foldersOf(folder, shipped)) {
        const competition = await readCompetitionFolder(path.join(folder, name));
        if (competition !== null) found.set(competition.config.id, { ...competition, shipped });
      }
    }
    return [...found.values()].sort((a, b) => a.config.id.localeCompare(b.config.id, 'en'));
  }

  /** @throws `not-found` where there is none of that id, naming those that are alike */
  async get(id: string, place: RegistryPlace = {}): Promise<Competition> {
    for (const { folder, shipped } of this.#roots(place.registry ?? []).reverse()) {
      const names = await this.#foldersOf(folder, shipped);
      const competition = names.includes(id)
        ? await readCompetitionFolder(path.join(folder, id))
        : null;
      if (competition?.config.id === id) return { ...competition, shipped };
    }
    // A folder may be called otherwise than its competition.
    const all = await this.list(place);
    const other = all.find(({ config }) => config.id === id);
    if (other !== undefined) return other;
    const alike = all.map(({ config }) => config.id).filter((known) => known.includes(id));
    const hint =
      alike.length === 0 ? '"mle list" shows all of them' : `there is ${alike.join(', ')}`;
    throw new RunnerError('not-found', `There is no competition "${id}"; ${hint}.`);
  }

  /** The lists of competitions that come with Benchyard, by name. */
  async lists(): Promise<ReadonlyMap<string, readonly string[]>> {
    const folder = path.join(this.#host.packageDir, 'experiments', 'splits');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.txt')).sort();
    const lists = names.map(async (name) => {
      const text = await readFile(path.join(folder, name), 'utf8');
      return [path.basename(name, '.txt'), linesOf(text)] as const;
    });
    return new Map(await Promise.all(lists));
  }

  /** The ids of the lite competitions. */
  async lite(): Promise<readonly string[]> {
    return (await this.lists()).get(liteList) ?? [];
  }

  /**
   * The ids of a list: one that is shipped, by its name, or a file of the user's.
   *
   * @throws `not-found` when it is neither
   */
  async idsOf(list: string): Promise<readonly string[]> {
    const shipped = (await this.lists()).get(list);
    if (shipped !== undefined) return shipped;
    const text = await readIfThere(path.resolve(this.#host.cwd, list));
    if (text !== null) return linesOf(text);
    const names = [...(await this.lists()).keys()].join(', ');
    throw new RunnerError(
      'not-found',
      `There is no list of competitions "${list}": expected a file with one id a line, or one of ${names}.`,
    );
  }

  #roots(registry: readonly string[]): { readonly folder: string; readonly shipped: boolean }[] {
    return [
      { folder: path.join(this.#host.packageDir, 'competitions'), shipped: true },
      ...registry.map((folder) => ({
        folder: path.resolve(this.#host.cwd, folder),
        shipped: false,
      })),
    ];
  }

  async #foldersOf(folder: string, shipped: boolean): Promise<readonly string[]> {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch (error) {
      if (!isNotFound(error) || shipped) throw error;
      throw new RunnerError('not-found', `There is no folder of competitions ${folder}.`, {
        cause: error,
      });
    }
  }
}

/**
 * A competition's folder.
 *
 * @returns null where it has no config.yaml
 * @throws `invalid-config` with the file and each wrong field
 */
export async function readCompetitionFolder(
  folder: string,
): Promise<Omit<Competition, 'shipped'> | null> {
  const file = path.join(folder, 'config.yaml');
  const text = await readIfThere(file);
  if (text === null) return null;
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw refused(file, error instanceof Error ? error.message : String(error));
  }
  const config = competitionConfigSchema.safeParse(value);
  if (!config.success) throw refused(file, z.prettifyError(config.error));
  return { config: config.data, folder };
}

/** Ids of a list: one a line; empty lines and comments are left out. */
function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('//'));
}

function refused(file: string, reason: string): RunnerError {
  return new RunnerError('invalid-config', `${file}: ${reason}`);
}
