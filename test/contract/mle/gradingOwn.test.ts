import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { OwnCompetition } from '../../support/mle/ownCompetition';
import { Programs } from '../../support/mle/programs';
import { mlePython } from '../../support/mlePython';
import { temporaryFolder } from '../../support/temp';

const python = await mlePython();

// Mean distance, with a module of its own, and a rule of its own.
const grader = `
from mle_api import InvalidSubmission
from distance import mean_distance


def grade(submission, answers):
    print('a grader may print')
    if (submission['y'] < 0).any():
        raise InvalidSubmission('y is below 0')
    if (submission['y'] > 1000).any():
        raise KeyError('a fault of the grader')
    if (submission['y'] == 1000).any():
        return float('nan')
    return mean_distance(submission['y'], answers['y'])
`;
const distance = `
def mean_distance(one, other):
    return (one - other).abs().mean()
`;

describe.skipIf(python === null)("a competition's own grader", { timeout: 300_000 }, () => {
  test('scores, refuses with its own reason, and may fail', async () => {
    await using folder = await temporaryFolder();
    await using programs = await Programs.in(path.join(folder.path, 'programs'), python ?? '');
    const own = await OwnCompetition.in(path.join(folder.path, 'own'), {
      grader: { name: 'distance', grade_fn: 'grade.py:grade' },
      answers: 'id,y\na,1\nb,2\n',
      sample: 'id,y\na,0\nb,0\n',
      programs: { 'grade.py': grader, 'distance.py': distance },
    });
    const submit = (name: string, ...values: readonly number[]): Promise<string> =>
      own.submission(
        name,
        `id,y\n${values.map((value, row) => `${'ab'.charAt(row)},${String(value)}\n`).join('')}`,
      );
    const [good, invalid, faulty, undefinedScore, short] = await Promise.all([
      submit('good', 1, 5),
      submit('invalid', 1, -1),
      submit('faulty', 1, 1001),
      submit('nan', 1, 1000),
      submit('short', 1),
    ]);
    const many = await own.submission('many', `id,y\n${'a,1\n'.repeat(2000)}`);

    const grades = await programs.grades([own.argv(good), own.argv(invalid), own.argv(many)]);
    expect(grades.map(({ score_exact, message }) => [score_exact, message])).toEqual([
      [1.5, null],
      [null, expect.stringContaining('y is below 0')],
      [null, expect.stringContaining('more than 1000 rows')],
    ]);

    const failures = await programs.run(
      [own.argv(faulty), own.argv(undefinedScore)].map((argv) => ({
        program: 'mle_grade.py',
        argv,
      })),
    );
    expect(failures.map(({ status, stdout }) => [status, stdout.includes('{')])).toEqual([
      [1, false],
      [1, false],
    ]);
    expect(failures.map(({ stderr }) => stderr.trimEnd().split('\n').at(-1))).toEqual([
      "KeyError: 'a fault of the grader'",
      expect.stringContaining('nan'),
    ]);

    const checked = await programs.grades(
      [good, invalid, short].map((file) => own.argv(file, '--validate')),
    );
    expect(checked.map(({ valid, score, message }) => [valid, score, message])).toEqual([
      [true, null, null],
      [true, null, null],
      [false, null, expect.stringContaining('1 of 2 ids are missing: "b"')],
    ]);
  });

  test('that is not there is a failure, and so are answers that cannot be used', async () => {
    await using folder = await temporaryFolder();
    await using programs = await Programs.in(path.join(folder.path, 'programs'), python ?? '');
    const sample = 'id,y\na,0\nb,0\n';
    const auc = { metric: 'auc', id_column: 'id', target_columns: ['y'] } as const;
    const faulty = [
      { grader: { name: 'none', grade_fn: 'grade.py:grade' }, answers: sample, sample },
      { grader: auc, answers: 'id,y\na,1\nb,1\n', sample },
      { grader: auc, answers: 'id,z\na,1\nb,0\n', sample },
      { grader: { ...auc, target_columns: ['y', 'z'] }, answers: sample, sample },
    ];
    const argvs = await Promise.all(
      faulty.map(async (made, index) => {
        const own = await OwnCompetition.in(path.join(folder.path, String(index)), made);
        return own.argv(await own.submission('s.csv', sample));
      }),
    );
    const results = await programs.run(argvs.map((argv) => ({ program: 'mle_grade.py', argv })));
    expect(
      results.map(({ status, stderr }) => [status, stderr.trimEnd().split('\n').at(-1)]),
    ).toEqual([
      [1, expect.stringContaining('grade.py, which is not in its folder')],
      [1, expect.stringContaining('both classes')],
      [1, expect.stringContaining('answers.csv of the competition cannot be used')],
      [1, expect.stringContaining('a metric of one column')],
    ]);
  });
});
