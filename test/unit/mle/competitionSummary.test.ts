import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readLeaderboard } from '../../../src/runner/benchmarks/mle/leaderboard';
import type { CompetitionGrade, SeededReport, TechniqueResult } from '../../../src/runner/model';
import {
  competitionReport,
  competitionReportSchema,
  competitionResult,
  gradingReport,
  gradingReportSchema,
  isCompetitionSolved,
  medalThresholds,
  noSubmission,
  techniqueGrades,
} from '../../../src/runner/model';
import { sharedData } from '../../support/sharedData';
import { temporaryFolder } from '../../support/temp';

/** Gold up to 1, silver up to 2, bronze up to 4; the median is 5.5. */
const thresholds = medalThresholds([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
const createdAt = '2026-01-02T03:04:05.000Z';

const scored = (score: number): CompetitionGrade => ({
  score: Number(score.toFixed(5)),
  score_exact: score,
  submission_exists: true,
  valid_submission: true,
  message: null,
});
const invalid: CompetitionGrade = {
  ...noSubmission,
  submission_exists: true,
  message: 'The submission is refused: it has no column "id".',
};

describe("a competition's result", () => {
  test.each([
    [1, 'gold_medal', true],
    [1.000004, 'gold_medal', true], // the reported score counts, and that is 1
    [1.00001, 'silver_medal', true],
    [4, 'bronze_medal', true],
    [4.5, null, true],
    [5.5, null, false],
    [7, null, false],
  ] as const)('%f: %s, above the median: %s', (score, medal, above) => {
    const result = competitionResult({ id: 'a' }, scored(score), thresholds);
    expect(result).toMatchObject({
      competition_id: 'a',
      score_exact: score,
      gold_medal: medal === 'gold_medal',
      silver_medal: medal === 'silver_medal',
      bronze_medal: medal === 'bronze_medal',
      any_medal: medal !== null,
      above_median: above,
      is_lower_better: true,
    });
    expect(isCompetitionSolved(result)).toBe(medal !== null);
  });

  test.each([
    ['invalid', invalid],
    ['missing', noSubmission],
  ])('of a submission that is %s has thresholds and no medal', (_, grade) => {
    const result = competitionResult({ id: 'a' }, grade, thresholds);
    expect(result).toMatchObject({
      ...grade,
      gold_threshold: 1,
      median_threshold: 5.5,
      any_medal: false,
      above_median: false,
    });
    expect(isCompetitionSolved(result)).toBe(false);
  });

  test('without a leaderboard counts as solved when it is valid', () => {
    const valid = competitionResult({ id: 'a' }, scored(1), null);
    expect(valid).toMatchObject({
      any_medal: false,
      gold_threshold: null,
      is_lower_better: null,
    });
    expect(isCompetitionSolved(valid)).toBe(true);
    expect(isCompetitionSolved(competitionResult({ id: 'a' }, invalid, null))).toBe(false);
  });
});

const seeded = (id: string, seed: number, grade: CompetitionGrade): SeededReport => ({
  seed,
  report: competitionReport(competitionResult({ id }, grade, thresholds), {
    createdAt,
    submissionPath: grade.submission_exists ? `${id}_${seed}/submission/submission.csv` : null,
  }),
});

describe('the report of several submissions', () => {
  test('counts them, and tells mean and standard error over the seeds', () => {
    const report = gradingReport([
      seeded('a', 0, scored(1)), // gold
      seeded('a', 1, scored(3)), // bronze
      seeded('a', 2, scored(5)), // above the median
      seeded('b', 0, scored(2)), // silver
      seeded('b', 1, invalid),
      seeded('b', 2, noSubmission),
    ]);
    expect(report).toMatchObject({
      total_runs: 6,
      total_runs_with_submissions: 5,
      total_valid_submissions: 4,
      total_medals: 3,
      total_gold_medals: 1,
      total_silver_medals: 1,
      total_bronze_medals: 1,
      total_above_median: 4,
      by_competition: [
        // The sample's standard deviation is 2, of three values.
        { competition_id: 'a', n: 3, valid: 3, score_mean: 3 },
        { competition_id: 'b', n: 3, valid: 1, score_mean: 2, score_se: null },
      ],
    });
    expect(report.by_competition[0]?.score_se).toBeCloseTo(2 / Math.sqrt(3), 12);
    expect(report.by_competition[0]?.any_medal_rate).toBeCloseTo(2 / 3, 12);
    // Seed by seed the rates are 1, 1/2 and 0, whose standard deviation is 1/2.
    expect(report.any_medal_rate).toEqual({
      mean: 0.5,
      se: expect.closeTo(0.5 / Math.sqrt(3), 12) as number,
      seeds: 3,
    });
    expect(gradingReportSchema.parse(report)).toEqual(report);
    expect(report.competition_reports[5]).toMatchObject({ submission_path: null, score: null });
  });

  test('of one seed has no standard error, of none no mean', () => {
    expect(gradingReport([seeded('a', 0, scored(1))]).any_medal_rate).toEqual({
      mean: 1,
      se: null,
      seeds: 1,
    });
    expect(gradingReport([])).toMatchObject({
      total_runs: 0,
      any_medal_rate: { mean: null, se: null, seeds: 0 },
      by_competition: [],
    });
  });
});

const technique = (
  task: TechniqueResult['task'],
  result: Partial<TechniqueResult> = {},
): TechniqueResult => ({
  task,
  score: 0.5,
  passed: false,
  not_applicable: false,
  message: '',
  checks: [],
  ...result,
});

describe('the grades of technique tasks', () => {
  const passed = { score: 0.9, passed: true };
  const notApplicable = { score: null, not_applicable: true };

  test('keep every task of every competition; what is not applicable is left out of the rate', () => {
    const grades = techniqueGrades([
      { competition: 'a', attempt: 0, result: technique('cv', passed) },
      { competition: 'b', attempt: 0, result: technique('cv', notApplicable) },
      { competition: 'a', attempt: 0, result: technique('missing') },
      { competition: 'a', attempt: 0, result: technique('leakage', notApplicable) },
    ]);
    expect(Object.keys(grades)).toEqual(['a', 'b']);
    expect(grades['a']?.tasks).toMatchObject({
      cv: { score: 0.9, passed: true },
      missing: { score: 0.5, passed: false },
      leakage: { score: null, not_applicable: true },
    });
    expect(grades['a']?.summary).toEqual({ total: 2, passed: 1, pass_rate: 0.5 });
    expect(grades['b']?.summary).toEqual({ total: 0, passed: 0, pass_rate: null });
  });

  test('keep every seed', () => {
    const grades = techniqueGrades([
      { competition: 'a', attempt: 0, result: technique('cv') },
      { competition: 'a', attempt: 1, result: technique('cv', passed) },
    ]);
    expect(Object.keys(grades['a']?.tasks ?? {})).toEqual(['cv#0', 'cv#1']);
    expect(grades['a']?.summary).toEqual({ total: 2, passed: 1, pass_rate: 0.5 });
  });
});

describe('recorded grading reports', () => {
  const folder = sharedData('mle');
  const recordedSchema = z.array(
    competitionReportSchema.omit({ score_exact: true, message: true, created_at: true }),
  );
  const recorded = async (root: string): Promise<readonly z.infer<typeof recordedSchema>[]> => {
    const reports = path.join(root, 'grading_reports');
    const files = (await readdir(reports)).sort();
    return await Promise.all(
      files.map(async (name) =>
        recordedSchema.parse(JSON.parse(await readFile(path.join(reports, name), 'utf8'))),
      ),
    );
  };

  test.skipIf(folder === null)('are found again, field by field', async () => {
    const root = folder ?? '';
    const all = await recorded(root);
    expect(all.map((reports) => reports.length)).toEqual([45, 45]);
    for (const reports of all) {
      const made: SeededReport[] = [];
      for (const [seed, known] of reports.entries()) {
        const { competition_id: id, score } = known;
        const grade = { ...known, score_exact: score, message: null };
        const result = competitionResult({ id }, grade, medalThresholds(await boardOf(root, id)));
        const report = competitionReport(result, {
          createdAt,
          submissionPath: known.submission_path,
        });
        made.push({ seed, report });
        if (known.submission_exists) expect(report).toMatchObject(known);
        // Of nothing these say no thresholds; MLE-bench itself says them, and so do we.
        else expect(report).toMatchObject({ ...known, ...thresholdsIn(report) });
      }
      const count = (test: (report: (typeof reports)[number]) => boolean): number =>
        reports.filter(test).length;
      expect(gradingReport(made)).toMatchObject({
        total_runs: 45,
        total_runs_with_submissions: count((report) => report.submission_exists),
        total_valid_submissions: count((report) => report.score !== null),
        total_medals: count((report) => report.any_medal),
        total_above_median: count((report) => report.above_median),
      });
    }
  });

  const thresholdsIn = ({
    gold_threshold,
    silver_threshold,
    bronze_threshold,
    median_threshold,
    is_lower_better,
  }: SeededReport['report']): object => ({
    gold_threshold,
    silver_threshold,
    bronze_threshold,
    median_threshold,
    is_lower_better,
  });

  /** The board as it was when the reports were made: one got a row after that. */
  async function boardOf(root: string, id: string): Promise<readonly number[]> {
    const file = path.join(root, `leaderboards_mlebench_format/${id}.leaderboard.csv`);
    const text = await readFile(file, 'utf8');
    const kept = text.split('\n').filter((line) => !line.includes('2026-02-04'));
    await using folder = await temporaryFolder();
    const copy = path.join(folder.path, 'leaderboard.csv');
    await writeFile(copy, kept.join('\n'));
    return await readLeaderboard(copy);
  }
});
