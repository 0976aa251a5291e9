import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { catalogueGraderSchema, metricIdSchema } from '../../../src/runner/model';
import { OwnCompetition } from '../../support/mle/ownCompetition';
import { Programs } from '../../support/mle/programs';
import { mlePython } from '../../support/mlePython';
import { temporaryFolder } from '../../support/temp';

const recordedSchema = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      grader: catalogueGraderSchema,
      answers: z.string(),
      submission: z.string(),
      score: z.number(),
    }),
  ),
});
// Made by test/support/mle/record_metrics.py, which asks scikit-learn itself.
const fixture = path.resolve('test/fixtures/mle/metrics.json');
const { cases } = recordedSchema.parse(JSON.parse(await readFile(fixture, 'utf8')));
const python = await mlePython();

test('there is a recorded value of every metric', () => {
  expect(new Set(cases.map(({ grader }) => grader.metric))).toEqual(
    new Set(metricIdSchema.options),
  );
});

describe.skipIf(python === null)('scores', { timeout: 300_000 }, () => {
  test('are those that scikit-learn computed independently', async () => {
    await using folder = await temporaryFolder();
    await using programs = await Programs.in(path.join(folder.path, 'programs'), python ?? '');
    const argvs = await Promise.all(
      cases.map(async ({ name, grader, answers, submission }) => {
        const made = { grader, answers, sample: submission };
        const own = await OwnCompetition.in(path.join(folder.path, name), made);
        return own.argv(await own.submission('submission.csv', submission));
      }),
    );

    const grades = await programs.grades(argvs);

    const compared = cases.map(({ name, score }, index) => {
      const grade = grades[index];
      expect(grade, name).toMatchObject({ valid: true, message: null });
      expect(grade?.score, name).toBeCloseTo(score, 5);
      return Math.abs((grade?.score_exact ?? NaN) - score);
    });
    expect(Math.max(...compared)).toBeLessThan(1e-9);
  });
});
