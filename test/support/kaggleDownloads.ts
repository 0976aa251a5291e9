import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CompetitionDownload } from '../../src/runner/benchmarks/mle/kaggle/downloadCompetition';
import { downloadCompetition } from '../../src/runner/benchmarks/mle/kaggle/downloadCompetition';
import type { ServedFile } from './kaggleServer';
import { KaggleServer } from './kaggleServer';
import { never, temporaryFolder, testHost } from './temp';

export const slug = 'spooky-author-identification';

/** Names of the files that the competition has unless a test says otherwise, by name. */
export const three = ['sample_submission.csv', 'test.csv', 'train.csv'];
export const train = content('train');
export const test3000 = content('test');
export const sample = content('sample', 500);
export const archive = content('archive', 5000);

export interface TestDownload extends Partial<Omit<CompetitionDownload, 'host'>> {
  readonly env?: Readonly<Record<string, string>>;
}

/** A Kaggle of a test's own, and a folder that its one competition is downloaded to. */
export class KaggleDownloads implements AsyncDisposable {
  readonly kaggle: KaggleServer;
  /** Of the test; `raw` in it is downloaded to. */
  readonly root: string;
  readonly folder: string;
  /** What people were told. */
  readonly said: string[] = [];
  readonly #remove: AsyncDisposable;

  private constructor(kaggle: KaggleServer, root: Awaited<ReturnType<typeof temporaryFolder>>) {
    this.kaggle = kaggle;
    this.root = root.path;
    this.folder = path.join(root.path, 'raw');
    this.#remove = root;
  }

  static async start(): Promise<KaggleDownloads> {
    return new KaggleDownloads(await KaggleServer.start(), await temporaryFolder());
  }

  /** Puts the competition, its usual files and these. */
  put(files: Readonly<Record<string, Partial<ServedFile>>> = {}): void {
    const all: Record<string, ServedFile> = {
      'train.csv': { bytes: train },
      'test.csv': { bytes: test3000 },
      'sample_submission.csv': { bytes: sample },
    };
    for (const [name, file] of Object.entries(files))
      all[name] = { ...(all[name] ?? { bytes: content(name) }), ...file };
    this.kaggle.put(slug, { files: all, archive });
  }

  /** Answers the names of the files. */
  async download({ env, ...options }: TestDownload = {}): Promise<readonly string[]> {
    const host = testHost(this.root, {
      homeDir: this.root,
      env: { BENCHYARD_KAGGLE_URL: this.kaggle.url, KAGGLE_API_TOKEN: 'KGAT_good', ...env },
    });
    const files = await downloadCompetition(slug, {
      host,
      folder: this.folder,
      checksums: {},
      signal: never,
      firstPauseMs: 1,
      onProgress: (line) => this.said.push(line),
      ...options,
    });
    return files.map(({ name }) => name);
  }

  /** The message of the error that a download ends with. */
  async messageOf(options: TestDownload = {}): Promise<string> {
    const error: unknown = await this.download(options).catch((reason: unknown) => reason);
    if (error instanceof Error && error.name === 'RunnerError') return error.message;
    throw new Error('not refused as people are told', { cause: error });
  }

  async inFolder(): Promise<readonly string[]> {
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(this.folder, path.join(entry.parentPath, entry.name)))
      .sort();
  }

  async read(name: string): Promise<Buffer> {
    return await readFile(path.join(this.folder, name));
  }

  /** How much there is of a file that is under way. */
  async partSize(name: string): Promise<number> {
    return (await this.read(`${name}.part`).catch(() => Buffer.alloc(0))).length;
  }

  /** Leaves what an earlier process had fetched. */
  async leave(name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(path.join(this.folder, name), bytes);
  }

  /** Names of the files whose content was asked for, as they are stored. */
  asked(): readonly string[] {
    return this.kaggle.downloads.map((one) => path.posix.basename(one.path.split('?')[0] ?? ''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kaggle[Symbol.asyncDispose]();
    await this.#remove[Symbol.asyncDispose]();
  }
}

/** Bytes that depend on the seed, so that none can be mistaken for others. */
export function content(seed: string, bytes = 3000): Buffer {
  const block = createHash('sha512').update(seed).digest();
  const blocks = Array.from({ length: Math.ceil(bytes / block.length) }, () => block);
  return Buffer.concat(blocks).subarray(0, bytes);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
