import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { hasDigest } from '../../../download/digest';
import type { DownloadSource } from '../../../download/fetchWhole';
import { fetchWhole } from '../../../download/fetchWhole';
import { withFileLock } from '../../../download/fileLock';
import { requireRoom } from '../../../download/room';
import { safeParts } from '../../../download/safeParts';
import { unavailable } from '../../../download/unavailable';
import type { Host } from '../../../host';
import { RunnerError } from '../../../model';
import type { RawFile } from '../rawRecord';
import { readRawRecord, writeRawRecord } from '../rawRecord';
import { kaggleCredentials, withoutCredentials } from './credentials';
import type { KaggleContent, KaggleFile } from './kaggleApi';
import { KaggleApi, kaggleName } from './kaggleApi';
import { FileRefused } from './kaggleErrors';

/** Files of a competition with more than so many are fetched as the one archive that Kaggle makes of them. */
const mostSingleFiles = 50;

export interface CompetitionDownload {
  readonly host: Host;
  /** Absolute; gets the files as Kaggle has them: archives stay packed. */
  readonly folder: string;
  /** sha256 of files, by their name in the folder. */
  readonly checksums: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Called with lines for people. */
  readonly onProgress?: ((line: string) => void) | undefined;
  /** The first pause before something is asked again. Default: 1000. */
  readonly firstPauseMs?: number | undefined;
}

/**
 * Downloads a competition's files from Kaggle: one by one, or as `<slug>.zip` when there are many or Kaggle refuses one of
 * them. Each file is there whole or not at all; one that is there and right is not fetched again, and where all of them
 * are, nothing is asked. Rejects with a `RunnerError` that says what to do when credentials are missing or refused, rules
 * are not accepted, or the disk has no room.
 */
export async function downloadCompetition(
  slug: string,
  options: CompetitionDownload,
): Promise<readonly RawFile[]> {
  const { host, folder, signal, onProgress } = options;
  if (!/^[\w-]+$/.test(slug))
    throw new RunnerError(
      'invalid-config',
      `${JSON.stringify(slug)} is no name of a competition at Kaggle: correct "kaggle" in its config.yaml.`,
    );
  const before = await readRawRecord(folder);
  if (before !== null && (await areAllRight(before, options))) {
    onProgress?.(`${slug}: all files are there`);
    return before;
  }
  const credentials = await kaggleCredentials(host, { signal, onProgress });
  if (credentials === null) throw unavailable(withoutCredentials);
  const { firstPauseMs = 1000 } = options;
  const api = new KaggleApi(host, credentials, { firstPauseMs });
  await mkdir(folder, { recursive: true });
  const names = await bringAll({ ...options, slug, api });
  return await writeRawRecord(folder, { from: `kaggle:${slug}`, names });
}

interface Job extends CompetitionDownload {
  readonly slug: string;
  readonly api: KaggleApi;
}

/** Answers the names of the files in the folder. */
async function bringAll(job: Job): Promise<readonly string[]> {
  const { slug, checksums, onProgress } = job;
  // Whoever wrote the checksums had the archive.
  const listed = Object.hasOwn(checksums, archiveOf(slug)) ? null : await listFiles(job);
  if (listed !== null) {
    try {
      return await bringEach(listed, job);
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error;
      onProgress?.(`${error.message} Fetching all files as one archive.`);
    }
  }
  const archive = await bring({ file: null, target: archiveOf(slug), packed: null }, job);
  await removeSingle(listed ?? [], job);
  return [archive];
}

/** What came by itself is in the archive, too; preparers look into an archive that stands alone. */
async function removeSingle(files: readonly KaggleFile[], job: Job): Promise<void> {
  for (const wanted of files.map(wantedOf)) {
    const names = [...namesOf(wanted), partOf(wanted)];
    for (const name of names)
      if (name !== archiveOf(job.slug)) await rm(path.join(job.folder, name), { force: true });
  }
}

/** null: there are too many to fetch them one by one. */
async function listFiles({ api, slug, ...options }: Job): Promise<readonly KaggleFile[] | null> {
  const files: KaggleFile[] = [];
  for await (const page of api.pages(slug, options)) {
    files.push(...page);
    if (files.length > mostSingleFiles) return null;
  }
  if (files.length === 0) throw unavailable(`Kaggle lists no files of ${slug}.`);
  return files;
}

async function bringEach(files: readonly KaggleFile[], job: Job): Promise<readonly string[]> {
  const { folder, slug } = job;
  const wanted = files.map(wantedOf);
  await requireRoom(folder, { bytes: await missingBytes(wanted, job), what: slug });
  const names: string[] = [];
  for (const one of wanted) names.push(await bring(one, job));
  return names;
}

/** What is fetched, and the name that it has in the folder unless Kaggle packs it. */
interface Wanted {
  /** null: the archive of all files. */
  readonly file: KaggleFile | null;
  readonly target: string;
  /** The name that it has when Kaggle packs it; null: it may not, since another file is called so. */
  readonly packed: string | null;
}

function wantedOf(file: KaggleFile, _: number, files: readonly KaggleFile[]): Wanted {
  const target = safeParts(file.name, kaggleName).join('/');
  const packed = `${target}.zip`;
  return { file, target, packed: files.some(({ name }) => name === packed) ? null : packed };
}

async function missingBytes(wanted: readonly Wanted[], job: Job): Promise<number> {
  let bytes = 0;
  for (const one of wanted) {
    if ((await findRight(one, job)) !== null) continue;
    const part = (await sizeOf(path.join(job.folder, partOf(one)))) ?? 0;
    bytes += Math.max(0, (one.file?.size ?? 0) - part);
  }
  return bytes;
}

/** Brings a file, unless it is there. Answers its name in the folder. */
async function bring(wanted: Wanted, job: Job): Promise<string> {
  const found = await findRight(wanted, job);
  if (found !== null) return found;
  const { folder, slug, signal, onProgress } = job;
  const place = path.join(folder, wanted.target);
  const waiting = `waiting for another process that downloads ${slug}/${wanted.target}`;
  return await withFileLock(place, { waiting, signal, onProgress }, async () => {
    const meanwhile = await findRight(wanted, job);
    if (meanwhile !== null) return meanwhile;
    const name = await fetchRight(wanted, job);
    // What was there under the other name is not right.
    const [unused] = namesOf(wanted).filter((one) => one !== name);
    if (unused !== undefined) await rm(path.join(folder, unused), { force: true });
    await rename(path.join(folder, partOf(wanted)), path.join(folder, name));
    return name;
  });
}

/**
 * Fetches the part whole, and answers the name that it is to get. A wrong sha256 may be the fault of a download that went
 * on with what an earlier one had left of another file, so it is fetched anew, once.
 */
async function fetchRight(wanted: Wanted, job: Job): Promise<string> {
  const part = path.join(job.folder, partOf(wanted));
  for (let isLast = false; ; isLast = true) {
    const name = nameOf(wanted, await fetchWhole(sourceOf(wanted, job), part, job));
    if ((await fitsSum(part, name, job)) !== false) return name;
    await rm(part);
    const wrong = `${job.slug}/${name} is not the file whose checksum is in the competition's config.yaml`;
    if (isLast)
      throw unavailable(
        `${wrong}. Kaggle may have changed it; if so, correct or remove the checksum.`,
      );
    job.onProgress?.(`${wrong}. Fetching it anew.`);
  }
}

function sourceOf(wanted: Wanted, { api, slug }: Job): DownloadSource<KaggleContent> {
  const { file, target } = wanted;
  const name = `${slug}/${target}`;
  return {
    name,
    server: kaggleName,
    firstPauseMs: api.firstPauseMs,
    known: null,
    open: async (at) => {
      const content = await api.open({ slug, name: file?.name ?? null }, at);
      const isPacked = nameOf(wanted, content) !== target;
      const listed = isPacked ? null : (file?.size ?? null);
      if (content.response.status === 416 || listed === null) return content;
      if (content.size === null || content.size === listed) return { ...content, size: listed };
      await content.response.body?.cancel();
      throw new FileRefused(
        unavailable(
          `${name}: Kaggle lists ${String(listed)} bytes, but sends ${String(content.size)}.`,
        ),
      );
    },
  };
}

/** The file's name in the folder when it is there and right: packed or not. */
async function findRight(wanted: Wanted, job: Job): Promise<string | null> {
  for (const name of namesOf(wanted)) {
    const file = path.join(job.folder, name);
    const size = await sizeOf(file);
    if (size === null) continue;
    const isSized = name !== wanted.target || size === (wanted.file?.size ?? size);
    if ((await fitsSum(file, name, job)) ?? isSized) return name;
  }
  return null;
}

async function areAllRight(
  files: readonly RawFile[],
  options: CompetitionDownload,
): Promise<boolean> {
  for (const { name } of files)
    if ((await fitsSum(path.join(options.folder, name), name, options)) === false) return false;
  return true;
}

/** Whether a file has the checksum that it must have under this name; null: none is known. */
async function fitsSum(
  file: string,
  name: string,
  { checksums, signal }: Pick<CompetitionDownload, 'checksums' | 'signal'>,
): Promise<boolean | null> {
  const hex = Object.hasOwn(checksums, name) ? checksums[name] : undefined;
  return hex === undefined ? null : await hasDigest(file, { algorithm: 'sha256', hex }, { signal });
}

function namesOf({ target, packed }: Wanted): readonly string[] {
  return packed === null ? [target] : [target, packed];
}

function nameOf({ target, packed }: Wanted, content: KaggleContent | null): string {
  const isPacked = packed !== null && content?.storedName === path.posix.basename(packed);
  return isPacked ? packed : target;
}

function partOf({ target }: Wanted): string {
  return `${target}.part`;
}

function archiveOf(slug: string): string {
  return `${slug}.zip`;
}

async function sizeOf(file: string): Promise<number | null> {
  return await stat(file).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
}
