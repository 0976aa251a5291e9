import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProgramCase } from '../../support/mle/programs';
import { Programs, lastLine } from '../../support/mle/programs';
import { mlePython } from '../../support/mlePython';
import { temporaryFolder } from '../../support/temp';

const python = await mlePython();

const dataset = {
  answers: 'answers.csv',
  sample_submission: 'sample.csv',
  train: { file: 'train.csv', target: 'y', id_column: 'id' },
};
// 20 rows: `y` is 0 or 1, `kind` one of two names, `price` a number.
const table = `id,x,y,kind,price\n${Array.from({ length: 20 }, (_, row) => {
  const odd = row % 2;
  return `0${String(row)},${String(row / 3)},${String(odd)},${odd === 0 ? 'a' : 'b'},${String(row)}\n`;
}).join('')}`;

describe.skipIf(python === null)('a competition without code', { timeout: 300_000 }, () => {
  let programFolder: Awaited<ReturnType<typeof temporaryFolder>>;
  let programs: Programs;
  beforeAll(async () => {
    programFolder = await temporaryFolder();
    programs = await Programs.in(programFolder.path, python ?? '');
  });
  afterAll(async () => {
    await programs[Symbol.asyncDispose]();
    await programFolder[Symbol.asyncDispose]();
  });

  test.each([
    [{ metric: 'auc', target_columns: ['y'] }, ['id', 'y'], '0.5'],
    [
      { metric: 'rmse', target_columns: ['price'] },
      ['id', 'price'],
      expect.stringMatching(/^\d+\.\d+$/),
    ],
    [
      { metric: 'accuracy', target_columns: ['kind'] },
      ['id', 'kind'],
      expect.stringMatching(/^[ab]$/),
    ],
    [
      { metric: 'multiclass-log-loss', target_columns: ['a', 'b'], answer_columns: ['kind'] },
      ['id', 'a', 'b'],
      '0.5',
    ],
  ])('%o is split off a table', async (grader, columns, value) => {
    await using folder = await temporaryFolder();
    const argv = await prepared(folder.path, {
      config: {
        preparer: 'mle_standard.py:split',
        dataset,
        grader: { id_column: 'id', ...grader },
      },
      raw: { 'train.csv': table },
    });

    const [result] = await programs.run([argv]);

    expect(result && lastLine(result)).toEqual({ rows: { train: 18, test: 2 } });
    const sample = await readFile(path.join(folder.path, 'out/public/sample.csv'), 'utf8');
    const [header, row] = sample.split('\n').map((line) => line.split(','));
    expect(header).toEqual(columns);
    expect(row?.[1]).toEqual(value);
    const tested = await readFile(path.join(folder.path, 'out/public/test.csv'), 'utf8');
    const answers = await readFile(path.join(folder.path, 'out/private/answers.csv'), 'utf8');
    const hidden = answers.split('\n')[0]?.split(',').slice(1) ?? [];
    expect(hidden.filter((name) => tested.split('\n')[0]?.split(',').includes(name))).toEqual([]);
    // Ids are text, whatever they look like.
    expect(answers.split('\n')[1]).toMatch(/^0/);
  });

  test('is taken as it is where it is split already, if sample and answers fit each other', async () => {
    await using folder = await temporaryFolder();
    const config = {
      preparer: 'mle_standard.py:ready',
      dataset: { answers: 'answers.csv', sample_submission: 'sample.csv' },
      grader: { metric: 'mae', id_column: 'id', target_columns: ['y'] },
    };
    const answers = 'id,y\na,1\nb,2\n';
    const raws = [
      {
        'public/sample.csv': 'id,y\nb,0\na,0\n',
        'public/extra/more.txt': 'more',
        'private/answers.csv': answers,
      },
      { 'public/sample.csv': 'id,y\na,0\nc,0\n', 'private/answers.csv': answers },
      {
        'public/sample.csv': 'id,y\na,0\nb,0\n',
        'public/x.csv': answers,
        'private/answers.csv': answers,
      },
      { 'public/sample.csv': 'id,y\na,0\nb,0\n' },
    ];
    const cases = await Promise.all(
      raws.map((raw, index) => prepared(path.join(folder.path, String(index)), { config, raw })),
    );

    const results = await programs.run(cases);

    expect(
      results.map(({ status, stdout, stderr }) => [
        status,
        stdout.trim() || stderr.trimEnd().split('\n').at(-1),
      ]),
    ).toEqual([
      [0, '{"rows": {"test": 2}}'],
      [1, expect.stringContaining('sample submission does not fit the answers')],
      [1, expect.stringContaining('public/x.csv holds the answers')],
      [1, expect.stringContaining('no folder private')],
    ]);
    expect(await readdir(path.join(folder.path, '0/out/public/extra'))).toEqual(['more.txt']);
  });
});

/** Writes a competition and its raw data; answers what prepares them. */
async function prepared(
  folder: string,
  { config, raw }: { readonly config: object; readonly raw: Readonly<Record<string, string>> },
): Promise<ProgramCase> {
  const at = (name: string): string => path.join(folder, name);
  const files = { 'competition/config.json': JSON.stringify({ id: 'own', ...config }) };
  const data = Object.entries(raw).map(([name, text]) => [`raw/${name}`, text] as const);
  for (const [name, text] of [...Object.entries(files), ...data]) {
    await mkdir(path.dirname(at(name)), { recursive: true });
    await writeFile(at(name), text);
  }
  const argv = ['--competition', at('competition'), '--raw', at('raw'), '--out', at('out')];
  return { program: 'mle_prepare.py', argv };
}
