import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { diskError, openFile } from './files';

/** A file of ours that is not there yet, and what it is to hold. */
export interface NewFile {
  readonly file: string;
  readonly content: string | Uint8Array;
}

/**
 * Writes new files as `writeWhole` writes any: each whole or not at all, and none before those ahead of it. They are
 * synced at the same time, which takes one wait and not one each, and nothing is asked about what they might replace:
 * links, owners and modes are of no matter to them.
 */
export async function writeNewFiles(files: readonly NewFile[]): Promise<void> {
  const drafts = files.map(({ file, content }) => ({
    file,
    content,
    draft: `${file}.${randomBytes(4).toString('hex')}`,
  }));
  const written = await Promise.allSettled(drafts.map(writeDraft));
  try {
    for (const result of written) if (result.status === 'rejected') throw result.reason;
    for (const { draft, file } of drafts) await rename(draft, file);
  } catch (error) {
    await Promise.allSettled(drafts.map(({ draft }) => rm(draft, { force: true })));
    throw diskError(error, files[0]?.file ?? '');
  }
}

async function writeDraft({ draft, content }: NewFile & { readonly draft: string }): Promise<void> {
  const handle = await openFile(draft, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
