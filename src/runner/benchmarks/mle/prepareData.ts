import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { preparedManifestSchema } from '../../model';
import { buildOnce } from '../../sandbox/buildOnce';
import type { ExecResult, ProgressOptions, Sandbox } from '../../sandbox/sandbox';
import type { Competition } from './competitionRegistry';
import type { DataPlaces } from './dataPlaces';
import type { ProgramOutcome } from './programs';
import { bringPrograms, competitionFolder, programArgv, programOutcome } from './programs';
import { takeOut } from './takeOut';

/** Where a builder sees raw data, and where it writes what it makes of it. */
export const rawFolder = '/mnt/raw';
const preparedFolder = '/var/tmp/prepared';

const answerSchema = z.object({ rows: z.record(z.string(), z.int().nonnegative()) });

/** A sandbox of the profile `builder`, and how its commands are run. */
export interface DataBuilder {
  readonly sandbox: Sandbox;
  readonly exec: (argv: readonly string[]) => Promise<ExecResult>;
}

/**
 * Makes a competition's public and private data in a builder, of the raw data that it sees at `rawFolder`, or, for
 * competitions that the project generates, of a seed. They appear on this machine whole or not at all; one process makes
 * them, others wait for it.
 */
export async function prepareData(
  builder: DataBuilder,
  competition: Competition,
  options: ProgressOptions & { readonly places: DataPlaces; readonly seed: number | null },
): Promise<ProgramOutcome<null>> {
  const { places, signal } = options;
  const { id } = competition.config;
  let outcome: ProgramOutcome<null> = { ok: true, value: null };
  const failed = new Error(`${id} could not be prepared`);
  const build = async (folder: string): Promise<void> => {
    outcome = await make(builder, competition, { ...options, folder });
    // Nothing may be left under the name; what went wrong is a value.
    if (!outcome.ok) throw failed;
  };
  const waiting = `Another process prepares ${id}; waiting for it.`;
  await buildOnce(places.prepared, build, { ...options, waiting }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error !== failed) throw error;
  });
  return outcome;
}

async function make(
  { sandbox, exec }: DataBuilder,
  competition: Competition,
  {
    folder,
    seed,
    signal,
  }: { readonly folder: string; readonly seed: number | null; readonly signal: AbortSignal },
): Promise<ProgramOutcome<null>> {
  await bringPrograms(sandbox, competition, { signal });
  const from = seed === null ? ['--raw', rawFolder] : ['--generate', '--seed', String(seed)];
  const args = ['--competition', competitionFolder, ...from, '--out', preparedFolder];
  const answer = programOutcome(await exec(programArgv('mle_prepare.py', ...args)), answerSchema);
  if (!answer.ok) return answer;
  const place = { from: preparedFolder, folders: ['public', 'private'], to: folder };
  const taken = await takeOut(sandbox, place, { signal });
  const manifest = preparedManifestSchema.parse({
    v: 1,
    competition_id: competition.config.id,
    prepared_at: new Date().toISOString(),
    ...answer.value,
    ...taken,
  });
  await writeFile(path.join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, {
    mode: 0o644,
  });
  return { ok: true, value: null };
}
