import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../host';
import { RunnerError } from '../../model';
import type { MakeDatasetOptions } from '../../runner';
import { isNotFound } from '../../store/files';
import type { HubDatasets } from '../hub/hubDatasets';
import { knownByName, knownByRepository } from '../knownDatasets';
import type { SavedDatasets } from '../saved/savedDatasets';
import { parseSourceName } from '../sourceName';
import { splitFiles } from '../splits';
import { downloadFiles } from './downloadFiles';

/** A data file on this machine, and what people call it. */
export interface SourceFile {
  readonly path: string;
  readonly title: string;
}

export interface SourceSplit {
  readonly name: string;
  readonly files: readonly SourceFile[];
}

export interface EtlSource {
  /** Of the hub; null: of this machine. */
  readonly commit: string | null;
  readonly splits: readonly SourceSplit[];
}

interface Places {
  readonly host: Host;
  readonly hub: HubDatasets;
  readonly saved: SavedDatasets;
}

/**
 * The splits of a source that are wanted, with all of their files on this machine. What exists as a file or folder is that;
 * else `owner/name` is a dataset of the hub.
 */
export async function openSource(
  source: string,
  wanted: readonly string[] | undefined,
  { host, hub, saved, ...options }: Places & MakeDatasetOptions,
): Promise<EtlSource> {
  const place = path.resolve(host.cwd, source);
  const there = await stat(place).catch((error: unknown) => {
    if (isNotFound(error)) return null;
    throw error;
  });
  if (there?.isDirectory() === true) return { commit: null, splits: await folder(place, wanted) };
  if (there !== null) return { commit: null, splits: singleFile(source, place, wanted) };
  const name = parseSourceName(hubName(source));
  if (name.kind === 'saved') {
    const { splits } = await saved.open(name.name, options);
    const found = splits.map(({ name: split, path: file }) => ({
      name: split,
      files: [{ path: file, title: `data:${name.name}:${split}` }],
    }));
    const asked = wanted ?? (name.split === null ? undefined : [name.split]);
    return { commit: null, splits: chosen(source, found, asked) };
  }
  if (name.kind === 'file')
    throw new RunnerError(
      'not-found',
      `There is no file or folder ${source}, and it is no dataset of the hub (OWNER/NAME).`,
    );
  if (name.kind === 'mle')
    throw new RunnerError(
      'invalid-config',
      `${source} names competitions, which are no dataset; "mle prepare" prepares their data.`,
    );
  const { repository, revision, split } = name;
  const pinned = await hub.pin(repository, revision, { ...options, onProgress: options.onNote });
  const splits = splitFiles(pinned.files.map((file) => file.path));
  if (splits.length === 0) throw noData(repository);
  const asked = wanted ?? (split === null ? undefined : [split]);
  const taken = chosen(repository, splits, asked);
  return { commit: pinned.commit, splits: await downloadFiles(hub, pinned, taken, options) };
}

function hubName(source: string): string {
  if (/^(hub|data):/.test(source)) return source;
  const isName = knownByRepository(source) ?? knownByName(source);
  return isName !== undefined || /^[\w.-]+\/[\w.-]+$/.test(source) ? `hub:${source}` : source;
}

async function folder(
  place: string,
  wanted: readonly string[] | undefined,
): Promise<readonly SourceSplit[]> {
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      path.relative(place, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'),
    );
  const splits = splitFiles(paths);
  if (splits.length === 0) throw noData(place);
  return chosen(place, splits, wanted).map(({ name, files }) => ({
    name,
    files: files.map((file) => ({ path: path.join(place, file), title: file })),
  }));
}

/** A single file is one split; which, its name may say. As the Hugging Face library has it, it is `train` otherwise. */
function singleFile(
  source: string,
  place: string,
  wanted: readonly string[] | undefined,
): readonly SourceSplit[] {
  if (!/\.(parquet|jsonl?|jsonl?\.gz)$/.test(place))
    throw new RunnerError(
      'invalid-config',
      `${source} is no data file; a source is .parquet, .jsonl or .jsonl.gz, a folder of them, or a dataset of the hub.`,
    );
  const [said] =
    /(?<![a-z])(train|validation|valid|test)(?![a-z])/.exec(path.basename(place)) ?? [];
  const split = { name: said ?? 'train', files: [{ path: place, title: source }] };
  return chosen(source, [split], wanted);
}

function chosen<T extends { readonly name: string }>(
  source: string,
  splits: readonly T[],
  wanted: readonly string[] | undefined,
): readonly T[] {
  if (wanted === undefined) return splits;
  const names = splits.map(({ name }) => name);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length === 0) return splits.filter(({ name }) => wanted.includes(name));
  throw new RunnerError(
    'not-found',
    `${source} has no split ${unknown.map((name) => `"${name}"`).join(', ')}; it has ${names.join(', ')}.`,
  );
}

function noData(source: string): RunnerError {
  return new RunnerError('not-found', `${source} has neither Parquet nor JSON lines files.`);
}
