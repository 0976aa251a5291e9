import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { diskError } from '../../store/files';
import type { HubApi, HubFile, HubOptions } from './hubApi';
import { unreachable } from './hubApi';
import { unavailable } from './hubErrors';
import { Again, repeat } from './repeat';

const MB = 1_000_000;
/** A connection that brings nothing for so long is given up. */
const idleMs = 60_000;
const lockedPauseMs = 250;

/** What is downloaded, from where. */
export interface DownloadSource {
  readonly api: HubApi;
  readonly repository: string;
  readonly commit: string;
  readonly file: HubFile;
}

/**
 * Downloads a file of the hub to `target`, which is there whole or not at all. A download that broke, in this process or
 * in an earlier one, goes on where it ended; size and hash are checked before the file gets its name. Processes that
 * want the same file wait for the one that has it.
 */
export async function download(
  source: DownloadSource,
  target: string,
  options: HubOptions,
): Promise<void> {
  if ((await sizeOf(target)) !== null) return;
  await mkdir(path.dirname(target), { recursive: true });
  const release = await lockFile(target, source, options);
  try {
    if ((await sizeOf(target)) !== null) return;
    const part = `${target}.part`;
    const { signal, onProgress } = options;
    const { firstPauseMs } = source.api;
    const onRepeat = (line: string): void => onProgress?.(line);
    await repeat(() => fetchRest(source, part, options), { signal, firstPauseMs, onRepeat });
    await rename(part, target);
  } finally {
    await release();
  }
}

async function lockFile(
  target: string,
  { file }: DownloadSource,
  { signal, onProgress }: HubOptions,
): Promise<() => Promise<void>> {
  for (let told = false; ; told = true) {
    signal.throwIfAborted();
    try {
      // Should the lock be lost while the machine sleeps, the hash still decides what gets the name.
      const onCompromised = (): void => undefined;
      return await lockfile.lock(target, {
        realpath: false,
        stale: 20_000,
        update: 5000,
        onCompromised,
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
      if (!told) onProgress?.(`waiting for another process that downloads ${file.path}`);
      await pause(lockedPauseMs, undefined, { signal });
    }
  }
}

/** Brings what is missing of `part`, and checks the whole. */
async function fetchRest(source: DownloadSource, part: string, options: HubOptions): Promise<void> {
  const { file } = source;
  const have = (await sizeOf(part)) ?? 0;
  if (have > file.size) await rm(part);
  if (have !== file.size || file.size === 0) await append(source, part, { ...options, have });
  const hash = createHash(file.digest.algorithm === 'sha256' ? 'sha256' : 'sha1');
  // Git hashes a file with a header before it.
  if (file.digest.algorithm === 'git-sha1') hash.update(`blob ${String(file.size)}\0`);
  for await (const chunk of createReadStream(part, { signal: options.signal, highWaterMark: MB }))
    hash.update(chunk as Buffer); // a stream without an encoding yields Buffers
  if (hash.digest('hex') === file.digest.hex) return;
  await rm(part);
  throw new Again(unavailable(`${nameOf(source)} came with a wrong checksum.`));
}

async function append(
  source: DownloadSource,
  part: string,
  { have, signal, ...options }: HubOptions & { readonly have: number },
): Promise<void> {
  const { api, file } = source;
  const from = have < file.size ? have : 0;
  const idle = new AbortController();
  const both = AbortSignal.any([signal, idle.signal]);
  const response = await api.open(source, file.path, { from, signal: both });
  const goesOn = response.status === 206 && startOf(response) === from;
  if (response.status === 416 || (response.status === 206 && !goesOn)) {
    await response.body?.cancel();
    await rm(part, { force: true });
    throw new Again(unavailable(`${nameOf(source)} cannot be gone on with.`));
  }
  const handle = await open(part, goesOn ? 'a' : 'w');
  const progress = new Progress(source, options, goesOn ? from : 0);
  try {
    await writeBody(response, handle, { source, progress, idle, signal });
  } finally {
    await handle.close();
  }
  if (progress.bytes !== file.size)
    throw new Again(unavailable(`${nameOf(source)} ended early.`, { retryable: true }));
}

async function writeBody(
  response: Response,
  handle: FileHandle,
  {
    source,
    progress,
    idle,
    signal,
  }: {
    readonly source: DownloadSource;
    readonly progress: Progress;
    readonly idle: AbortController;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const watch = setTimeout(() => {
    idle.abort();
  }, idleMs);
  try {
    for await (const chunk of chunksOf(response, source, signal)) {
      watch.refresh();
      try {
        await handle.appendFile(chunk);
      } catch (error) {
        throw diskError(error, source.file.path);
      }
      if (progress.add(chunk.length) <= source.file.size) continue;
      await handle.truncate(0);
      throw new Again(unavailable(`${nameOf(source)} is longer than the hub says.`));
    }
  } finally {
    clearTimeout(watch);
  }
}

/** The body; a connection that breaks is worth another try. */
async function* chunksOf(
  response: Response,
  source: DownloadSource,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const chunk = await reader.read().catch((error: unknown) => {
        signal.throwIfAborted();
        throw new Again(unreachable(nameOf(source), error));
      });
      if (chunk.done) return;
      yield chunk.value;
    }
  } finally {
    // What is left when the reader leaves early; a body that broke has nothing to cancel.
    await reader.cancel().catch(() => undefined);
  }
}

/** Tells how far a download is, once in ten hundredths and not for what is there at once. */
class Progress {
  bytes: number;
  readonly #source: DownloadSource;
  readonly #say: HubOptions['onProgress'];
  readonly #count: HubOptions['onBytes'];
  #told: number;

  constructor(
    source: DownloadSource,
    { onProgress, onBytes }: Pick<HubOptions, 'onProgress' | 'onBytes'>,
    bytes: number,
  ) {
    this.#source = source;
    this.#say = onBytes === undefined ? onProgress : undefined;
    this.#count = onBytes;
    this.bytes = bytes;
    this.#told = this.#tenth();
    this.#count?.(bytes, 0);
    if (bytes > 0) this.#tell('going on with');
    else this.#tell('downloading');
  }

  add(count: number): number {
    this.bytes += count;
    this.#count?.(this.bytes, count);
    if (this.#tenth() > this.#told) {
      this.#told = this.#tenth();
      if (this.#source.file.size > 10 * MB) this.#tell('downloading');
    }
    return this.bytes;
  }

  #tenth(): number {
    return Math.floor((10 * this.bytes) / Math.max(1, this.#source.file.size));
  }

  #tell(doing: string): void {
    const size = (this.#source.file.size / MB).toFixed(1);
    this.#say?.(`${doing} ${nameOf(this.#source)}: ${(this.bytes / MB).toFixed(1)} of ${size} MB`);
  }
}

function nameOf({ repository, file }: DownloadSource): string {
  return `${repository}/${file.path}`;
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
