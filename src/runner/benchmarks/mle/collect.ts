import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { RunnerError } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Submission } from '../benchmark';
import { chunksOf } from './chunksOf';
import { agentFolders } from './layout';

/** Code and logs are kept for people; what is larger is not. */
const mostBesidesBytes = 256 * 1024 ** 2;

/** Beside the folders, where no agent writes: why nothing of its submission was taken. */
const refusalFile = 'refused.txt';

const submissionPrefix = 'submission/';

interface Part {
  readonly name: 'submission' | 'code' | 'logs';
  readonly maxBytes: number;
}

/**
 * What an agent leaves: its submission, code and logs, each as a folder of one archive. Of a folder that is larger than it
 * may be nothing is taken, and `note` is told; a submission is refused for it.
 */
export async function collectFolders(
  sandbox: Sandbox,
  {
    maxSubmissionBytes,
    note,
    signal,
  }: {
    readonly maxSubmissionBytes: number;
    readonly note: (text: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<Submission> {
  const parts: readonly Part[] = [
    { name: 'submission', maxBytes: maxSubmissionBytes },
    { name: 'code', maxBytes: mostBesidesBytes },
    { name: 'logs', maxBytes: mostBesidesBytes },
  ];
  const together = pack();
  const whole = buffer(together);
  for (const { name, maxBytes } of parts) {
    let tar: Uint8Array;
    try {
      tar = await sandbox.copyOut(agentFolders[name], { maxBytes, signal });
    } catch (error) {
      if (!RunnerError.is(error, 'not-found') && !RunnerError.is(error, 'invalid-config'))
        throw error;
      note(`${agentFolders[name]} is not kept: ${error.message}`);
      if (name === 'submission' && RunnerError.is(error, 'invalid-config'))
        together.entry({ name: refusalFile }, `The submission is refused: ${error.message}`);
      continue;
    }
    await addBelow(together, name, tar);
  }
  together.finalize();
  return { kind: 'files', tar: await whole };
}

async function addBelow(
  archive: ReturnType<typeof pack>,
  folder: string,
  tar: Uint8Array,
): Promise<void> {
  const entries = extract();
  entries.end(tar);
  for await (const entry of entries) {
    const { name, type, size } = entry.header;
    if (type !== 'file') {
      entry.resume();
      continue;
    }
    const content = await buffer(entry);
    archive.entry({ name: path.posix.join(folder, name), size }, content);
  }
}

/** What an archive of `collectFolders` says of the submission. */
export interface HandedIn {
  /** Whether there is any file of it. */
  readonly isThere: boolean;
  /** Why nothing of it was taken; null: it was not refused. */
  readonly refusal: string | null;
}

export async function lookAtSubmission(tar: Uint8Array): Promise<HandedIn> {
  const entries = extract();
  entries.end(tar);
  let [isThere, refusal]: [boolean, string | null] = [false, null];
  for await (const entry of entries) {
    const { name } = entry.header;
    if (name.startsWith(submissionPrefix)) isThere = true;
    if (name === refusalFile) refusal = (await buffer(entry)).toString('utf8');
    else entry.resume();
  }
  return { isThere, refusal };
}

/** The part of an archive of `collectFolders` that is graded, as an archive that is made while it is read. */
export async function* submissionPart(tar: Uint8Array): AsyncGenerator<Uint8Array> {
  const [entries, part] = [extract(), pack()];
  entries.end(tar);
  const copied = (async () => {
    for await (const entry of entries) {
      if (entry.header.name.startsWith(submissionPrefix))
        await pipeline(entry, part.entry(entry.header));
      else entry.resume();
    }
    part.finalize();
  })();
  // A fault ends the reader, who is the one that tells of it.
  copied.catch((error: unknown) => {
    part.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  yield* chunksOf(part);
}
