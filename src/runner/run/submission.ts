import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import type { Submission } from '../benchmarks/benchmark';
import { writeNewFiles } from '../store/newFiles';

/** Nothing but white space, or no file. */
export function isEmpty(submission: Submission): boolean {
  return submission.kind === 'text'
    ? submission.text.trim() === ''
    : !submission.tar.some((byte) => byte !== 0);
}

/** Keeps what was handed in: a text as a file, files below a folder of that name. */
export async function keepSubmission(place: string, submission: Submission): Promise<void> {
  if (submission.kind === 'text') await writeNewFiles([{ file: place, content: submission.text }]);
  else await unpack(place, submission.tar);
}

/** The sandbox contract keeps links and names that lead outside away; a second look costs nothing. */
async function unpack(folder: string, archive: Uint8Array): Promise<void> {
  const entries = Readable.from([archive]).pipe(tar.extract());
  for await (const entry of entries) {
    const target = path.resolve(folder, entry.header.name);
    const inside = target.startsWith(path.resolve(folder) + path.sep);
    if (inside && entry.header.type === 'file') {
      await mkdir(path.dirname(target), { recursive: true });
      await pipeline(entry, createWriteStream(target));
    } else {
      entry.resume();
    }
  }
}
