import PQueue from 'p-queue';
import type { MakeDatasetOptions } from '../../runner';
import type { HubDatasets, PinnedDataset } from '../hub/hubDatasets';
import type { SourceSplit } from './etlSource';

/** A few files at a time: one connection seldom fills a line, many only hinder each other. */
const atATime = 4;

/** Brings the files of some splits to this machine, and tells how many bytes of all are there. */
export async function downloadFiles(
  hub: HubDatasets,
  pinned: PinnedDataset,
  splits: readonly { readonly name: string; readonly files: readonly string[] }[],
  { signal, onProgress, onNote }: MakeDatasetOptions,
): Promise<readonly SourceSplit[]> {
  const sizes = new Map(pinned.files.map((file) => [file.path, file.size]));
  const names = splits.flatMap(({ files }) => files);
  const have = new Map<string, number>();
  const total = sum(names.map((name) => sizes.get(name) ?? 0));
  let fresh = 0;
  const tell = (what: string): void => {
    onProgress?.({ phase: 'download', what, done: sum([...have.values()]), fresh, total });
  };
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const queue = new PQueue({ concurrency: atATime });
  const bring = async (name: string): Promise<readonly [string, string]> => {
    const file = await hub.file(pinned, name, {
      signal: both,
      onProgress: onNote,
      onBytes: (bytes, added) => {
        have.set(name, bytes);
        fresh += added;
        tell(name);
      },
    });
    have.set(name, sizes.get(name) ?? 0);
    tell(name);
    return [name, file];
  };
  const brought = names.map((name) => queue.add(() => bring(name), { signal: both }));
  const paths = await Promise.all(brought).catch(async (error: unknown) => {
    // One that cannot be had ends the others: what they have so far is gone on with next time.
    stop.abort();
    await Promise.allSettled(brought);
    signal.throwIfAborted();
    throw error;
  });
  const places = new Map(paths);
  return splits.map(({ name, files }) => ({
    name,
    files: files.map((file) => ({
      path: places.get(file) ?? '',
      title: `${pinned.repository}/${file}`,
    })),
  }));
}

function sum(numbers: readonly number[]): number {
  let all = 0;
  for (const number of numbers) all += number;
  return all;
}
