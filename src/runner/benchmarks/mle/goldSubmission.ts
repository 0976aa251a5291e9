import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { isNotFound } from '../../store/files';
import type { Submission } from '../benchmark';
import { submissionFile } from './layout';

/** A file of this machine as if an agent had handed it in; null: it is not there. */
export async function goldSubmission(file: string): Promise<Submission | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    // Data that has not been prepared has no solution either.
    if (isNotFound(error)) return null;
    throw error;
  }
  const archive = pack();
  archive.entry({ name: path.posix.join('submission', submissionFile) }, bytes);
  archive.finalize();
  return { kind: 'files', tar: await buffer(archive) };
}
