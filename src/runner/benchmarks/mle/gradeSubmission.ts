import * as z from 'zod';
import type { CompetitionGrade } from '../../model';
import type { ExecResult, ReadOnlyMount } from '../../sandbox/sandbox';
import type { DataPlaces } from './dataPlaces';
import type { ProgramOutcome } from './programs';
import { competitionFolder, programArgv, programOutcome } from './programs';

const publicFolder = '/mnt/public';
const privateFolder = '/mnt/private';

/** What a sandbox that grades sees of this machine: with the answers, so never one that an agent works in. */
export function gradingMounts(places: DataPlaces): readonly ReadOnlyMount[] {
  return [
    { source: places.public, target: publicFolder },
    { source: places.private, target: privateFolder },
  ];
}

/** The grader's own words, as it prints them. */
const printedSchema = z
  .object({
    valid: z.boolean(),
    score: z.number().nullable(),
    score_exact: z.number().nullable(),
    message: z.string().nullable(),
  })
  .transform(({ valid, ...grade }): CompetitionGrade => ({
    ...grade,
    submission_exists: true,
    valid_submission: valid,
  }));

/** Grades a file of a sandbox that has our programs and the mounts of `gradingMounts`. `formatOnly`: no score is made. */
export async function gradeFile(
  file: string,
  {
    exec,
    formatOnly = false,
  }: {
    readonly exec: (argv: readonly string[]) => Promise<ExecResult>;
    readonly formatOnly?: boolean;
  },
): Promise<ProgramOutcome<CompetitionGrade>> {
  const argv = programArgv(
    'mle_grade.py',
    ...['--competition', competitionFolder, '--public', publicFolder],
    ...['--private', privateFolder, '--submission', file],
    ...(formatOnly ? ['--validate'] : []),
  );
  return programOutcome(await exec(argv), printedSchema);
}
