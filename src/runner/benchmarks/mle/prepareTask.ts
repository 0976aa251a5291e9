import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { TechniqueId } from '../../model';
import { techniquePreparationSchema } from '../../model';
import { buildOnce } from '../../sandbox/buildOnce';
import type { Sandbox } from '../../sandbox/sandbox';
import type { StageOutcome, TrialContext } from '../benchmark';
import { chunksOf } from './chunksOf';
import type { Competition } from './competitionRegistry';
import type { DataPlaces } from './dataPlaces';
import { sourceFolder } from './mleEnvironment';
import { prepareData } from './prepareData';
import { bringPrograms, programArgv, programOutcome } from './programs';
import { takeOut } from './takeOut';

/** Competitions that the project generates are the same for everybody, since their leaderboards are. */
export const generatorSeed = 0;
const outFolder = '/var/tmp/technique';

export interface Preparation {
  readonly competition: Competition;
  readonly technique: TechniqueId | null;
  readonly places: DataPlaces;
  /** Where a technique task's data goes. */
  readonly techniqueFolder: string;
  /** What a technique task is drawn by. */
  readonly seed: string;
}

/**
 * Makes the data that a task lacks, in a builder: a generated competition's, then a technique task's from it. The data
 * lies on this machine afterwards and the sandbox has nothing to be kept.
 */
export async function prepareTask(
  preparation: Preparation,
  builder: Sandbox,
  trial: TrialContext,
): Promise<StageOutcome<'unchanged'>> {
  const { competition, places, technique } = preparation;
  if (!existsSync(places.public)) {
    const generated = await trial.stage('generate', trial.limits.install, (stage) =>
      prepareData(
        { sandbox: builder, exec: (argv) => stage.exec(builder, argv, { cwd: '/' }) },
        competition,
        { places, seed: generatorSeed, signal: stage.limitSignal, onProgress: stage.log },
      ),
    );
    if (!generated.ok) return generated;
    // The builder was made before there was anything to show it.
    if (technique !== null) await bringTrainTable(preparation, builder, trial);
  }
  if (technique !== null) {
    const made = await trial.stage('transform', trial.limits.install, (stage) =>
      makeTechniqueData(preparation, technique, {
        builder,
        exec: (argv) => stage.exec(builder, argv, { cwd: '/' }),
        stage,
      }),
    );
    if (!made.ok) return made;
  }
  return { ok: true, value: 'unchanged' };
}

async function bringTrainTable(
  { competition, places }: Preparation,
  builder: Sandbox,
  { signal }: TrialContext,
): Promise<void> {
  const { train } = competition.config.dataset;
  if (train === undefined) return;
  const source = path.join(places.public, train.file);
  const archive = pack();
  const { size } = await stat(source);
  const copying = pipeline(createReadStream(source), archive.entry({ name: train.file, size }), {
    signal,
  }).then(() => {
    archive.finalize();
  });
  await Promise.all([builder.copyIn(sourceFolder, chunksOf(archive), { signal }), copying]);
}

async function makeTechniqueData(
  { competition, techniqueFolder, seed }: Preparation,
  technique: TechniqueId,
  {
    builder,
    exec,
    stage: { limitSignal: signal, log },
  }: {
    readonly builder: Sandbox;
    readonly exec: (argv: readonly string[]) => ReturnType<Sandbox['exec']>;
    readonly stage: { readonly limitSignal: AbortSignal; readonly log: (line: string) => void };
  },
): Promise<StageOutcome<null>> {
  const { train } = competition.config.dataset;
  await bringPrograms(builder, null, { signal });
  const argv = programArgv(
    'technique.py',
    ...['prepare', '--task', technique, '--seed', String(numberOf(seed)), '--out', outFolder],
    ...(train === undefined
      ? []
      : [
          ...['--data', path.posix.join(sourceFolder, train.file), '--target', train.target],
          ...(train.id_column === null ? [] : ['--id', train.id_column]),
        ]),
  );
  const outcome = programOutcome(await exec(argv), techniquePreparationSchema);
  if (!outcome.ok) return outcome;
  const { applicable, reason } = outcome.value;
  if (!applicable) {
    const detail = reason ?? 'the data does not fit the task';
    return { ok: false, cause: 'failed', exitCode: 0, detail, notApplicable: true };
  }
  const place = { from: outFolder, folders: ['public', 'private'] };
  const options = { signal, onProgress: log, waiting: 'Another process makes the same data.' };
  await buildOnce(
    techniqueFolder,
    async (folder) => {
      await takeOut(builder, { ...place, to: folder }, { signal });
    },
    options,
  );
  return { ok: true, value: null };
}

/** A text as a number that a random generator is begun with. */
function numberOf(seed: string): number {
  return createHash('sha256').update(seed).digest().readUInt32BE() >>> 1;
}
