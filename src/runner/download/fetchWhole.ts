import type { FileHandle } from 'node:fs/promises';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { diskError } from '../store/files';
import type { Digest } from './digest';
import { hasDigest } from './digest';
import type { DownloadOptions } from './progress';
import { Progress } from './progress';
import { Again, repeat } from './repeat';
import { requireRoom } from './room';
import { unavailable, unreachable } from './unavailable';

/** A connection that brings nothing for so long is given up. */
const idleMs = 60_000;

/** A file's content, from some byte on, as its server begins to send it. */
export interface OpenedContent {
  /** 200 with all of it, 206 with what was asked for, or 416. */
  readonly response: Response;
  /** Bytes of the whole; null: the server does not say. */
  readonly size: number | null;
  /** What the server says that the whole is; null: it does not. */
  readonly digest: Digest | null;
}

export interface DownloadSource<T extends OpenedContent> {
  /** For people. */
  readonly name: string;
  /** Who has it, in words that begin no sentence: `the hub`. */
  readonly server: string;
  readonly firstPauseMs: number;
  /** What is known before the content is opened; null: only opening it tells. */
  readonly known: Omit<OpenedContent, 'response'> | null;
  /** Asked once; rejects with `Again` when asking again may help. */
  open(options: { readonly from: number; readonly signal: AbortSignal }): Promise<T>;
}

/**
 * Brings what is missing of `part`, and checks size and digest of the whole. A download that broke, in this process or in
 * an earlier one, goes on where it ended; what is wrong is removed and fetched anew. Answers what was opened last; null
 * when all of it was there.
 */
export async function fetchWhole<T extends OpenedContent>(
  source: DownloadSource<T>,
  part: string,
  options: DownloadOptions,
): Promise<T | null> {
  const { signal, onProgress } = options;
  const onRepeat = (line: string): void => onProgress?.(line);
  return await repeat(() => fetchRest(source, part, options), {
    signal,
    firstPauseMs: source.firstPauseMs,
    onRepeat,
  });
}

async function fetchRest<T extends OpenedContent>(
  source: DownloadSource<T>,
  part: string,
  options: DownloadOptions,
): Promise<T | null> {
  const { known, name } = source;
  const have = (await sizeOf(part)) ?? 0;
  const isWhole = known !== null && have > 0 && have === known.size;
  const opened = isWhole ? null : await append(source, part, { ...options, have });
  const digest = (opened ?? known)?.digest ?? null;
  if (digest === null || (await hasDigest(part, digest, options))) return opened;
  await rm(part);
  throw new Again(unavailable(`${name} came with a wrong checksum.`));
}

async function append<T extends OpenedContent>(
  source: DownloadSource<T>,
  part: string,
  { have, signal, ...options }: DownloadOptions & { readonly have: number },
): Promise<T> {
  const { name, known } = source;
  const from = startFor(have, known?.size ?? null);
  const idle = new AbortController();
  const opened = await source.open({ from, signal: AbortSignal.any([signal, idle.signal]) });
  const { response, size } = opened;
  const goesOn = response.status === 206 && startOf(response) === from;
  try {
    if (response.status === 416 || (response.status === 206 && !goesOn)) {
      await rm(part, { force: true });
      throw new Again(unavailable(`${name} cannot be gone on with.`));
    }
    const begin = goesOn ? from : 0;
    if (size !== null)
      await requireRoom(path.dirname(part), { bytes: size - begin, what: `The rest of ${name}` });
    const progress = new Progress({ name, size, from: begin }, options);
    await using handle = await open(part, goesOn ? 'a' : 'w');
    await handle.truncate(begin);
    await writeBody(opened, handle, { source, progress, idle, signal });
    if (size !== null && progress.bytes !== size)
      throw new Again(unavailable(`${name} ended early.`, { retryable: true }));
    return opened;
  } finally {
    // What is not read is not sent for longer either; a body that was read or broke has nothing to cancel.
    await response.body?.cancel().catch(() => undefined);
  }
}

/**
 * Where to go on. As long as the size is not known, the last byte is asked for once more: whatever is whole already has
 * an answer then, too, which says its size and digest.
 */
function startFor(have: number, size: number | null): number {
  if (size === null) return Math.max(0, have - 1);
  return have < size ? have : 0;
}

async function writeBody(
  { response, size }: OpenedContent,
  handle: FileHandle,
  {
    source,
    progress,
    idle,
    signal,
  }: {
    readonly source: Pick<DownloadSource<OpenedContent>, 'name' | 'server'>;
    readonly progress: Progress;
    readonly idle: AbortController;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { name, server } = source;
  const watch = setTimeout(() => {
    idle.abort();
  }, idleMs);
  try {
    for await (const chunk of chunksOf(response, { what: name, server, signal })) {
      watch.refresh();
      try {
        await handle.appendFile(chunk);
      } catch (error) {
        throw diskError(error, name);
      }
      if (progress.add(chunk.length) <= (size ?? Infinity)) continue;
      await handle.truncate(0);
      throw new Again(unavailable(`${name} is longer than ${server} says.`));
    }
  } finally {
    clearTimeout(watch);
  }
}

/** The body; a connection that breaks is worth another try. */
async function* chunksOf(
  response: Response,
  {
    signal,
    ...place
  }: { readonly what: string; readonly server: string; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const chunk = await reader.read().catch((error: unknown) => {
        signal.throwIfAborted();
        throw new Again(unreachable(place, error));
      });
      if (chunk.done) return;
      yield chunk.value;
    }
  } finally {
    // What is left when the reader leaves early; a body that broke has nothing to cancel.
    await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

function startOf(response: Response): number | null {
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
  return start === undefined ? null : Number(start);
}

async function sizeOf(file: string): Promise<number | null> {
  return await stat(file).then(
    ({ size }) => size,
    () => null,
  );
}
