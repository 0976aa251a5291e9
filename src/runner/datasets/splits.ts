/** Which files of a dataset hold a split, or what is wrong with the question. */
export type SplitChoice =
  | { readonly ok: true; readonly split: string; readonly files: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** All data files, whatever their split. */
export const everySplit = '*';

interface DataFile {
  readonly path: string;
  /** Folders that mean something: a configuration, a language. */
  readonly folder: string;
  readonly split: string;
}

/**
 * The data files of one split, by their names: `data/test-00000-of-00002.parquet`, `default/test/0000.parquet`,
 * `java/project_dataset.jsonl`. A split may also be named with its folder (`python/test`), as a folder, or as a file.
 * Parquet is preferred to the same rows as JSON lines.
 */
export function chooseSplit(
  paths: readonly string[],
  wanted: string | null,
  usual: string | null,
): SplitChoice {
  const files = usableFiles(paths);
  if (files.length === 0)
    return { ok: false, message: 'it has neither Parquet nor JSON lines files' };
  const split = wanted ?? usual ?? onlySplit(files);
  if (split === null) return { ok: false, message: `name one of its splits: ${splitsOf(files)}` };
  if (split === everySplit) return { ok: true, split, files: sorted(files) };
  const found = preferred(files.filter((file) => isOf(file, split)));
  if (found.length === 0)
    return { ok: false, message: `it has no split "${split}"; it has ${splitsOf(files)}` };
  const folders = new Set(found.filter((file) => file.split === split).map(({ folder }) => folder));
  if (folders.size > 1)
    return {
      ok: false,
      message: `"${split}" is in several folders; name one: ${[...folders].map((folder) => `${folder}/${split}`).join(', ')}`,
    };
  return { ok: true, split, files: sorted(found) };
}

/** All splits with their files, `train` before `valid` before `test`; of several configurations the usual one. */
export function splitFiles(
  paths: readonly string[],
): readonly { readonly name: string; readonly files: readonly string[] }[] {
  const groups = new Map<string, DataFile[]>();
  for (const file of preferred(usableFiles(paths)))
    groups.set(file.split, [...(groups.get(file.split) ?? []), file]);
  return [...groups]
    .map(([name, files]) => ({ name, files: sorted(files) }))
    .sort((a, b) => rankOf(a.name) - rankOf(b.name) || (a.name < b.name ? -1 : 1));
}

const usualOrder = ['train', 'valid', 'validation', 'test'];

function rankOf(split: string): number {
  const rank = usualOrder.indexOf(split);
  return rank === -1 ? usualOrder.length : rank;
}

function usableFiles(paths: readonly string[]): readonly DataFile[] {
  const parquet = paths.filter((path) => path.endsWith('.parquet'));
  const usable =
    parquet.length > 0 ? parquet : paths.filter((path) => /\.jsonl(\.gz)?$/.test(path));
  return usable.map(dataFile);
}

function dataFile(path: string): DataFile {
  const parts = path.split('/');
  const stem = (parts.pop() ?? '')
    .replace(/\.(parquet|jsonl|jsonl\.gz)$/, '')
    .replace(/-\d{5}-of-\d{5}(-[0-9a-f]+)?$/, '');
  // Where files are numbered, their folder is the split.
  const split = /^\d+$/.test(stem) ? (parts.pop() ?? stem) : stem;
  return { path, split, folder: parts.filter((part) => part !== 'data').join('/') };
}

function isOf({ path, folder, split }: DataFile, wanted: string): boolean {
  return (
    wanted === split ||
    wanted === path ||
    wanted === `${folder}/${split}` ||
    path.startsWith(`${wanted}/`) ||
    path.startsWith(`data/${wanted}/`)
  );
}

/** Of configurations with the same split, the one that is meant when none is named. */
function preferred(files: readonly DataFile[]): readonly DataFile[] {
  const usual = files.filter(({ folder }) => folder === '' || folder === 'default');
  return usual.length > 0 ? usual : files;
}

function onlySplit(files: readonly DataFile[]): string | null {
  const splits = new Set(files.map(({ split }) => split));
  if (splits.has('test')) return 'test';
  const [only] = splits;
  return splits.size === 1 && only !== undefined ? only : null;
}

function splitsOf(files: readonly DataFile[]): string {
  const names = new Set(
    files.map(({ folder, split }) => (folder === '' ? split : `${folder}/${split}`)),
  );
  const shown = [...names].slice(0, 20);
  return shown.join(', ') + (names.size > shown.length ? ', …' : '');
}

function sorted(files: readonly DataFile[]): readonly string[] {
  return files.map(({ path }) => path).sort((a, b) => (a < b ? -1 : 1));
}
