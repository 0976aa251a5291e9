import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Programs, lastLine, shippedCompetition } from '../../support/mle/programs';
import { mlePython } from '../../support/mlePython';

const python = await mlePython();

const rowsSchema = z.strictObject({ rows: z.record(z.string(), z.int()) });

/** What becomes of stand-ins of the published size, or of fewer rows where the published ones are millions. */
const expected: Readonly<Record<string, { train: number; test: number }>> = {
  'random-acts-of-pizza': { train: 2878, test: 1162 },
  'spooky-author-identification': { train: 17621, test: 1958 },
  'dogs-vs-cats-redux-kernels-edition': { train: 22500, test: 2500 },
  'tabular-playground-series-may-2022': { train: 800_000, test: 100_000 },
  'nomad2018-predict-transparent-conductors': { train: 2160, test: 240 },
  'new-york-city-taxi-fare-prediction': { train: 20_086, test: 9914 },
  'aerial-cactus-identification': { train: 162, test: 38 },
  'aptos2019-blindness-detection': { train: 180, test: 20 },
  'denoising-dirty-documents': { train: 115, test: 29 },
  'detecting-insults-in-social-commentary': { train: 3947, test: 2647 },
  'dog-breed-identification': { train: 180, test: 20 },
  'histopathologic-cancer-detection': { train: 160, test: 40 },
  'jigsaw-toxic-comment-classification-challenge': { train: 400, test: 300 },
  'leaf-classification': { train: 891, test: 99 },
  'mlsp-2013-birds': { train: 258, test: 64 },
  'plant-pathology-2020-fgvc7': { train: 1638, test: 183 },
  'ranzcr-clip-catheter-line-classification': { train: 180, test: 20 },
  'siim-isic-melanoma-classification': { train: 140, test: 20 },
  'tabular-playground-series-dec-2021': { train: 3600, test: 400 },
  'text-normalization-challenge-english-language': { train: 2025, test: 225 },
  'text-normalization-challenge-russian-language': { train: 2025, test: 225 },
  'the-icml-2013-whale-challenge-right-whale-redux': { train: 200, test: 200 },
};
const ids = Object.keys(expected);

/** MD5 of files that do not depend on what is in Kaggle's rows, as MLE-bench publishes them. */
const published: Readonly<Record<string, string>> = {
  'dogs-vs-cats-redux-kernels-edition/private/answers.csv': '98f293fd3f37f967c17aa9263e866c30',
  'dogs-vs-cats-redux-kernels-edition/public/sample_submission.csv':
    'cfe8f41567220b6fcbbdc4eb4df7230f',
  'tabular-playground-series-may-2022/public/sample_submission.csv':
    '353457517aa847e701141e00a7a774eb',
  'nomad2018-predict-transparent-conductors/public/sample_submission.csv':
    'f6ca859f7a81041cad0594cf31f171d9',
  'mlsp-2013-birds/public/sample_submission.csv': '6c0430ab5959d2e718911c3bd7a26a2f',
};

test('every competition of the lite list is prepared here', async () => {
  const lite = await readFile(path.resolve('experiments/splits/lite.txt'), 'utf8');
  expect(new Set(ids)).toEqual(new Set(lite.trim().split('\n')));
});

describe.skipIf(python === null)('raw data in Kaggle’s layout', { timeout: 600_000 }, () => {
  let folder: string;
  let programs: Programs;
  const at = (...names: readonly string[]): string => path.join(folder, ...names);

  beforeAll(async () => {
    // 50,000 small files.
    const memory = existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
    folder = await mkdtemp(path.join(memory, 'benchyard-test-'));
    programs = await Programs.in(at('programs'), python ?? '');
    await programs.support('stand_in.py', at('raw'), ...ids);
    for (const id of ids) await shippedCompetition(id, at('competitions', id));
  }, 600_000);
  afterAll(async () => {
    await programs[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('becomes public and private data of the published sizes', async () => {
    const results = await programs.run(
      ids.map((id) => ({
        program: 'mle_prepare.py',
        argv: [
          '--competition',
          at('competitions', id),
          '--raw',
          at('raw', id),
          '--out',
          at('out', id),
        ],
      })),
    );
    const rows = results.map((result) => rowsSchema.parse(lastLine(result)).rows);
    expect(Object.fromEntries(ids.map((id, index) => [id, rows[index]]))).toEqual(expected);
    // Nothing else stays there.
    expect(await readdir(at('out', 'spooky-author-identification'))).toEqual(['private', 'public']);
  });

  test('gives the very files that MLE-bench publishes checksums of', async () => {
    const digests = await Promise.all(
      Object.keys(published).map(async (file) => {
        const bytes = await readFile(at('out', file));
        return [file, createHash('md5').update(bytes).digest('hex')];
      }),
    );
    expect(Object.fromEntries(digests)).toEqual(published);
  });

  test('has pictures for every row, in folders and in zips', async () => {
    const dogs = (...names: readonly string[]): string =>
      at('out', 'dogs-vs-cats-redux-kernels-edition', 'public', ...names);
    const train = await readdir(dogs('train'));
    const cats = train.filter((name) => name.startsWith('cat.')).length;
    expect(train).toContain(`cat.${String(cats - 1)}.jpg`);
    expect(train).toContain(`dog.${String(22_500 - cats - 1)}.jpg`);
    expect((await readdir(dogs('test'))).length).toBe(2500);
    expect(await readdir(dogs())).toContain('train.zip');
    const materials = at('out', 'nomad2018-predict-transparent-conductors', 'public', 'test');
    expect((await readdir(materials)).length).toBe(240);
  });

  test('keeps what is only known later from the test requests', async () => {
    const pizza = at('out', 'random-acts-of-pizza', 'public');
    const recordsSchema = z.array(z.record(z.string(), z.unknown()));
    const read = async (name: string): Promise<readonly Record<string, unknown>[]> =>
      recordsSchema.parse(JSON.parse(await readFile(path.join(pizza, name), 'utf8')));
    const [train, tested] = [await read('train.json'), await read('test.json')];
    expect(Object.keys(train[0] ?? {})).toContain('requester_received_pizza');
    const known = ['request_id', 'request_title', 'request_text_edit_aware'];
    expect(Object.keys(tested[0] ?? {})).toEqual([
      ...known,
      'requester_account_age_in_days_at_request',
    ]);
    const requests = [...train, ...tested].map((request) => request['request_id']);
    expect(new Set(requests).size).toBe(4040);
  });

  test('gives answers that the graders take: the samples score what is known of them', async () => {
    const argvOf = (id: string, file: string): readonly string[] => [
      ...['--competition', at('competitions', id), '--public', at('out', id, 'public')],
      ...['--private', at('out', id, 'private'), '--submission', at('out', id, file)],
    ];
    const dogs = 'dogs-vs-cats-redux-kernels-edition';
    const grades = await programs.grades([
      argvOf(dogs, 'public/sample_submission.csv'),
      argvOf(dogs, 'private/answers.csv'),
      argvOf('random-acts-of-pizza', 'public/sampleSubmission.csv'),
      argvOf('random-acts-of-pizza', 'private/test.csv'),
      argvOf('tabular-playground-series-may-2022', 'private/gold_submission.csv'),
      argvOf('spooky-author-identification', 'private/test.csv'),
      argvOf('nomad2018-predict-transparent-conductors', 'private/test.csv'),
      argvOf('new-york-city-taxi-fare-prediction', 'private/test.csv'),
      argvOf('detecting-insults-in-social-commentary', 'private/gold_submission.csv'),
      argvOf('text-normalization-challenge-russian-language', 'private/answers.csv'),
    ]);
    expect(grades.map(({ score }) => score)).toEqual([0.69315, 0, 0.5, 1, 1, 0, 0, 0, 1, 1]);
  });

  test('that is not whole fails with what is missing', async () => {
    const [result] = await programs.run([
      {
        program: 'mle_prepare.py',
        argv: [
          ...['--competition', at('competitions', 'spooky-author-identification')],
          ...['--raw', at('raw', 'random-acts-of-pizza'), '--out', at('out', 'none')],
        ],
      },
    ]);
    expect(result?.status).toBe(1);
    expect(result?.stderr).toMatch(
      /train\.csv is not in the raw data: .*test\.json\.zip, train\.json/,
    );
  });
});
