import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { Competition, CompetitionRegistry } from '../benchmarks/mle/competitionRegistry';
import type { DataPlaces } from '../benchmarks/mle/dataPlaces';
import { dataPlaces, readManifest } from '../benchmarks/mle/dataPlaces';
import { gradeFile, gradingMounts } from '../benchmarks/mle/gradeSubmission';
import { bringPrograms } from '../benchmarks/mle/programs';
import { thresholdsOf } from '../benchmarks/mle/thresholds';
import type { CompetitionOptions } from '../facade/competitions';
import type { Host } from '../host';
import type { CompetitionGrade, CompetitionReport, GradingReport, SeededReport } from '../model';
import {
  competitionReport,
  competitionResult,
  gradingReport,
  noSubmission,
  RunnerError,
} from '../model';
import { isNotFound, writeJson } from '../store/files';
import { learningSandboxes } from './learningSandbox';

interface GradeParts {
  readonly host: Host;
  readonly registry: CompetitionRegistry;
}

/** Where a sandbox that grades sees a file of this machine. */
const mountedSubmission = '/mnt/submission';

/** Grades one file against a competition's answers. */
export async function gradeSample(
  csv: string,
  id: string,
  parts: GradeParts,
  options: CompetitionOptions,
): Promise<CompetitionReport> {
  const file = path.resolve(parts.host.cwd, csv);
  if ((await stat(file).catch(() => null)) === null)
    throw new RunnerError('not-found', `There is no file ${file}.`);
  const [report] = await gradeAll([{ competition_id: id, submission_path: file }], parts, options);
  if (report === undefined) throw new Error('a submission was not graded');
  return report;
}

/** A line of a list of submissions; what else it says is not read. */
const submissionSchema = z.object({
  competition_id: z.string().min(1),
  /** Relative to the working folder; null: nothing was handed in. */
  submission_path: z.string().nullable(),
});
type SubmissionLine = z.infer<typeof submissionSchema>;

/** Grades the submissions of a list, and keeps the aggregate report where a folder for it is named. */
export async function gradeSubmissions(
  jsonl: string,
  parts: GradeParts,
  options: CompetitionOptions & { readonly outputDir?: string },
): Promise<GradingReport> {
  const { cwd } = parts.host;
  const lines = await readSubmissions(path.resolve(cwd, jsonl));
  const graded = await gradeAll(
    lines.map((line) => ({
      ...line,
      submission_path:
        line.submission_path === null ? null : path.resolve(cwd, line.submission_path),
    })),
    parts,
    options,
  );
  const report = gradingReport(withSeeds(graded));
  if (options.outputDir !== undefined)
    await writeJson(path.resolve(cwd, options.outputDir, 'grading_report.json'), report);
  return report;
}

/** The n-th submission of a competition belongs to its n-th seed. */
function withSeeds(reports: readonly CompetitionReport[]): readonly SeededReport[] {
  const seen = new Map<string, number>();
  return reports.map((report) => {
    const seed = seen.get(report.competition_id) ?? 0;
    seen.set(report.competition_id, seed + 1);
    return { seed, report };
  });
}

/** @throws `not-found` without the file; `invalid-config` with the first line that is no submission */
async function readSubmissions(file: string): Promise<readonly SubmissionLine[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw new RunnerError('not-found', `There is no list of submissions ${file}.`, {
      cause: error,
    });
  });
  return text.split('\n').flatMap((line, n) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('//')) return [];
    const place = `${file}:${String(n + 1)}`;
    let value: unknown;
    try {
      value = JSON.parse(trimmed);
    } catch {
      throw new RunnerError('invalid-config', `${place}: expected one JSON object a line`);
    }
    const parsed = submissionSchema.safeParse(value);
    if (parsed.success) return [parsed.data];
    throw new RunnerError('invalid-config', `${place}: ${z.prettifyError(parsed.error)}`);
  });
}

async function gradeAll(
  lines: readonly SubmissionLine[],
  { host, registry }: GradeParts,
  options: CompetitionOptions,
): Promise<readonly CompetitionReport[]> {
  const { place } = options;
  // What cannot be graded is told before anything is.
  const jobs = await Promise.all(
    lines.map(async ({ competition_id: id, submission_path: file }): Promise<GradeJob> => {
      const competition = await registry.get(id, place);
      const places = dataPlaces(host, place?.data_dir, id);
      await assertPrepared(places, id);
      return { competition, places, file };
    }),
  );
  await using sandboxes = learningSandboxes(host, options);
  const reports: CompetitionReport[] = [];
  for (const { competition, places, file } of jobs) {
    const { config, folder } = competition;
    const grade = await gradeOne({ competition, places, file }, sandboxes, options);
    const result = competitionResult(config, grade, await thresholdsOf(config, folder));
    const createdAt = new Date().toISOString();
    reports.push(competitionReport(result, { createdAt, submissionPath: file }));
  }
  return reports;
}

interface GradeJob {
  readonly competition: Competition;
  readonly places: DataPlaces;
  /** Absolute; null: nothing was handed in. */
  readonly file: string | null;
}

async function gradeOne(
  { competition, places, file }: GradeJob,
  sandboxes: ReturnType<typeof learningSandboxes>,
  options: CompetitionOptions,
): Promise<CompetitionGrade> {
  if (file === null || (await stat(file).catch(() => null)) === null) return noSubmission;
  const { id } = competition.config;
  options.onProgress?.(`${id}: grading ${path.basename(file)}`);
  await using grader = await sandboxes.open({
    profile: 'builder',
    mounts: [...gradingMounts(places), { source: file, target: mountedSubmission }],
    purpose: `grade ${id}`,
  });
  await bringPrograms(grader.sandbox, competition, { signal: options.signal });
  const outcome = await gradeFile(mountedSubmission, { exec: grader.exec });
  if (outcome.ok) return outcome.value;
  throw new RunnerError('checker-failed', `The grader of ${id} failed: ${outcome.detail}`);
}

async function assertPrepared(places: DataPlaces, id: string): Promise<void> {
  if ((await readManifest(places)) !== null) return;
  throw new RunnerError(
    'not-found',
    `The data of ${id} is not prepared; "mle prepare -c ${id}" does that.`,
  );
}
