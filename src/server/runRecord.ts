import { readFile } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import * as z from 'zod';
import { runRequestSchema } from './schemas';

/**
 * server.json of a run folder: that a server accepted the run, and how far it came with it. What the run itself came to
 * stands in its events; this says only what is still to be done for it, so that a run that a person started or stopped
 * by other means is left alone.
 */
const runRecordSchema = z.object({
  v: z.literal(1),
  accepted_at: z.iso.datetime(),
  /** Runs begin, and go on after a restart, in this order. */
  order: z.int().nonnegative(),
  request: runRequestSchema,
  /** `queued` and `running`: a server that starts goes on with it. */
  state: z.enum(['queued', 'running', 'cancelled', 'ended']),
  /** Why it could not go on. */
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

const fileOf = (runDir: string): string => path.join(runDir, 'server.json');

/** null: no server accepted the run. */
export async function readRecord(runDir: string): Promise<RunRecord | null> {
  try {
    const text = await readFile(fileOf(runDir), 'utf8');
    return runRecordSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // there is none, or it is not ours
  }
}

/** Writes the record whole or not at all; never makes a run folder that was removed anew. */
export async function writeRecord(runDir: string, record: RunRecord): Promise<void> {
  await writeFileAtomic(fileOf(runDir), `${JSON.stringify(record, null, 2)}\n`);
}

/** Whether a server still has something to do for it. */
export function isOpen(record: RunRecord): boolean {
  return record.state === 'queued' || record.state === 'running';
}
