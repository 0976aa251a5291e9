import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readContestContent } from '../../../src/runner/benchmarks/contests/content';
import { HubDatasets } from '../../../src/runner/datasets/hub/hubDatasets';
import { TaskSources } from '../../../src/runner/datasets/taskSources';
import type { DatasetManifest, DatasetProgress, DatasetQuery } from '../../../src/runner/index';
import type { ContestTask } from '../../../src/runner/model';
import { isContestTask } from '../../../src/runner/model';
import { openDatasets } from '../../../src/runner/savedDatasets';
import type { HubRow } from '../../support/contestParquet';
import { contestParquet } from '../../support/contestParquet';
import { HubServer } from '../../support/hubServer';
import { never, temporaryFolder, testHost } from '../../support/temp';

const repository = 'deepmind/code_contests';
const one = { input: ['1'], output: ['2'] };

const problem = (n: number): HubRow => ({
  name: `${String(n)}_A. Sum`,
  description: 'Add.',
  public_tests: one,
  private_tests: one,
  source: 5,
  difficulty: 18,
  solutions: { language: [3, 2, 3], solution: [`a${String(n)}`, 'c++', `b${String(n)}`] },
  incorrect_solutions: { language: [4], solution: ['java'] },
});
const problems = (from: number, count: number): readonly HubRow[] =>
  Array.from({ length: count }, (_, n) => problem(from + n));

describe('making a dataset', () => {
  let hub: HubServer;
  let commit: string;
  const files = {
    'data/train-00000-of-00002.parquet': contestParquet(problems(0, 30)),
    'data/train-00001-of-00002.parquet': contestParquet(problems(30, 20)),
    'data/valid-00000-of-00001.parquet': contestParquet(problems(100, 3)),
    'data/test-00000-of-00001.parquet': contestParquet(problems(200, 4)),
    'README.md': '# x',
  };
  beforeAll(async () => {
    hub = await HubServer.start();
    commit = hub.put(repository, files);
  });
  afterAll(async () => {
    await hub[Symbol.asyncDispose]();
  });

  /** A cache of its own, and what was told. */
  async function place(): Promise<
    {
      readonly folder: string;
      readonly saved: string;
      readonly notes: string[];
      readonly progress: DatasetProgress[];
      readonly make: (
        query: Partial<DatasetQuery>,
        signal?: AbortSignal,
      ) => Promise<DatasetManifest>;
      readonly tasks: (source: string) => Promise<readonly ContestTask[]>;
    } & AsyncDisposable
  > {
    const folder = await temporaryFolder();
    const env = { HF_ENDPOINT: hub.endpoint };
    const host = testHost(folder.path, { env });
    const datasets = new HubDatasets(host, { firstPauseMs: 1 });
    const calls = openDatasets(host, datasets);
    const notes: string[] = [];
    const progress: DatasetProgress[] = [];
    const tell = {
      onNote: (line: string) => notes.push(line),
      onProgress: (step: DatasetProgress) => progress.push(step),
    };
    return {
      folder: folder.path,
      saved: path.join(folder.path, 'cache/datasets/saved'),
      notes,
      progress,
      make: (query, signal = never) =>
        calls.makeDataset({ source: repository, name: 'made', ...query }, { ...tell, signal }),
      tasks: async (source) => {
        const loaded = await new TaskSources(host, datasets).load([source], { signal: never });
        expect(loaded.problems).toEqual([]);
        return loaded.tasks.filter(isContestTask);
      },
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  }

  test('of the hub: sampled, translated, filtered, and said so', async () => {
    await using here = await place();
    const manifest = await here.make({
      languages: ['PYTHON3'],
      translateReferences: true,
      trainSample: 0.2,
      seed: 7,
    });
    expect(manifest).toMatchObject({
      source: repository,
      commit,
      filter_languages: ['PYTHON3'],
      translate_references: true,
      train_sample: 0.2,
      seed: 7,
      splits: [
        {
          name: 'train',
          rows: 10,
          before: { rows: 50, solutions: 150, incorrect_solutions: 50 },
          after: { rows: 10, solutions: 20, incorrect_solutions: 0 },
        },
        { name: 'valid', rows: 3 },
        { name: 'test', rows: 4 },
      ],
    });
    for (const { file, sha256, bytes } of manifest.splits) {
      const content = await readFile(path.join(here.saved, 'made', file));
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
      expect(content.length).toBe(bytes);
    }
    const [first] = await here.tasks('data:made:test');
    if (first === undefined) throw new Error('no task');
    expect(first).toMatchObject({ dataset: 'made (test)', origin: 'ATCODER', difficulty: 'L' });
    const content = await readContestContent(first, { cwd: '/', signal: never });
    expect(content.solutions).toEqual([
      { language: 'PYTHON3', source: 'a200' },
      { language: 'PYTHON3', source: 'b200' },
    ]);
    expect(content.incorrectSolutions).toEqual([]);
    expect(await here.tasks('data:made')).toHaveLength(17);
    expect(await readdir(here.saved)).toEqual(['made']);
  });

  test('a sample is the same for the same seed, keeps the order, and differs for another', async () => {
    await using here = await place();
    const sample = async (seed: number): Promise<readonly string[]> => {
      await here.make({ trainSample: 0.3, seed, splits: ['train'] });
      return (await here.tasks('data:made:train')).map(({ name }) => name);
    };
    const first = await sample(1);
    expect(first).toHaveLength(15);
    expect([...first].sort((a, b) => parseInt(a, 10) - parseInt(b, 10))).toEqual(first);
    expect(await sample(1)).toEqual(first);
    expect(await sample(2)).not.toEqual(first);
  });

  test('without translation numbers stay, and the file goes on saying what they mean', async () => {
    await using here = await place();
    await here.make({ splits: ['valid'] });
    const { openParquet } = await import('../../../src/runner/datasets/rows/parquetFile');
    const file = await openParquet(path.join(here.saved, 'made/valid.parquet'));
    const [row] = await file.read({ start: 0, end: 1 });
    expect(row).toMatchObject({ source: 5, solutions: { language: [3, 2, 3] } });
    expect((await here.tasks('data:made'))[0]).toMatchObject({
      origin: 'ATCODER',
      difficulty: 'L',
    });
    // And so does a dataset that is made of it.
    await here.make({ source: 'data:made', name: 'again', translateReferences: true });
    expect((await here.tasks('data:again'))[0]).toMatchObject({ origin: 'ATCODER' });
  });

  test('of files and folders: compressed JSON lines, Parquet, splits by their names', async () => {
    await using here = await place();
    const rows = [problem(1), { ...problem(2), source: 'Codeforces', votes: { up: 3 } }];
    const lines = rows.map((row) => JSON.stringify({ votes: null, ...row })).join('\n');
    await mkdir(path.join(here.folder, 'source'));
    await writeFile(path.join(here.folder, 'source/test.jsonl.gz'), gzipSync(lines));
    await writeFile(path.join(here.folder, 'rows.jsonl'), lines);
    const single = await here.make({ source: 'rows.jsonl' });
    expect(single.splits).toMatchObject([{ name: 'train', rows: 2 }]);
    // What the proto's numbers are, since lines cannot say it.
    expect(single.notes.join()).toContain('contest_problem.proto');
    const [a, b] = await here.tasks('data:made');
    expect([a?.origin, b?.origin]).toEqual(['5', 'CODEFORCES']);
    expect(await here.make({ source: 'source' })).toMatchObject({ splits: [{ name: 'test' }] });
    const bytes = new Uint8Array(contestParquet(problems(0, 2)));
    await writeFile(path.join(here.folder, 'source/valid-00000-of-00001.parquet'), bytes);
    // Parquet is preferred to the same rows as JSON lines.
    expect(await here.make({ source: 'source' })).toMatchObject({ splits: [{ name: 'valid' }] });
  });

  test('a download that breaks in the middle is gone on with, and told in bytes', async () => {
    await using here = await place();
    hub.faults.push({ kind: 'break', after: 2000 });
    const before = hub.downloads.length;
    await here.make({ splits: ['test'] });
    expect(hub.downloads).toHaveLength(before + 2);
    expect(here.notes.join()).toContain('Trying again');
    const size = files['data/test-00000-of-00001.parquet'].byteLength;
    const steps = here.progress.filter(({ phase }) => phase === 'download');
    expect(steps.at(-1)).toMatchObject({ done: size, fresh: size, total: size });
    // What is there is not downloaded again, and does not count as brought.
    here.progress.length = 0;
    await here.make({ splits: ['test'] });
    expect(hub.downloads).toHaveLength(before + 2);
    expect(here.progress[0]).toMatchObject({ phase: 'download', done: size, fresh: 0 });
  });

  test('a name that is taken is replaced whole, and only by a whole one', async () => {
    await using here = await place();
    await here.make({ splits: ['test'] });
    await here.make({ splits: ['valid'] });
    expect(here.notes.join('\n')).toMatch(/saved already.*\n.*replaced/s);
    expect(await readdir(path.join(here.saved, 'made'))).toEqual([
      'manifest.json',
      'valid.parquet',
    ]);
    await writeFile(path.join(here.folder, 'bad.jsonl'), `${JSON.stringify(problem(1))}\n{oops`);
    await expect(here.make({ source: 'bad.jsonl' })).rejects.toMatchObject({
      code: 'invalid-task',
      message: expect.stringContaining('bad.jsonl:2: not valid JSON') as string,
    });
    expect(await readdir(here.saved)).toEqual(['made']);
    expect(await readdir(path.join(here.saved, 'made'))).toEqual([
      'manifest.json',
      'valid.parquet',
    ]);
  });

  test('a problem that stands in two splits is two tasks', async () => {
    await using here = await place();
    await mkdir(path.join(here.folder, 'source'));
    for (const split of ['valid', 'test'])
      await writeFile(path.join(here.folder, `source/${split}.jsonl`), JSON.stringify(problem(1)));
    await here.make({ source: 'source' });
    expect((await here.tasks('data:made')).map(({ taskId, dataset }) => [taskId, dataset])).toEqual(
      [
        ['1_A. Sum', 'made (valid)'],
        ['1_A. Sum (5)', 'made (test)'],
      ],
    );
  });

  test('a folder that holds something else is left alone', async () => {
    await using here = await place();
    await mkdir(path.join(here.saved, 'made'), { recursive: true });
    await writeFile(path.join(here.saved, 'made/notes.txt'), 'mine');
    await expect(here.make({ splits: ['test'] })).rejects.toMatchObject({ code: 'invalid-config' });
    expect(await readdir(path.join(here.saved, 'made'))).toEqual(['notes.txt']);
  });

  test('a cancel leaves nothing', async () => {
    await using here = await place();
    const cancel = new AbortController();
    const reason = new Error('enough');
    const done = here.make({}, cancel.signal);
    cancel.abort(reason);
    await expect(done).rejects.toBe(reason);
    await expect(readdir(here.saved)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test.each([
    [{ trainSample: 0 }, 'invalid-config', /above 0 and up to 1/],
    [{ trainSample: 1.5 }, 'invalid-config', /above 0 and up to 1/],
    [{ name: '../x' }, 'invalid-config', /name of a dataset/],
    [{ name: 'x.jsonl' }, 'invalid-config', /name of a dataset/],
    [{ splits: ['dev'] }, 'not-found', /no split "dev"; it has train, valid, test/],
    [{ languages: ['PYTHON' as const] }, 'invalid-config', /No solution in PYTHON is left/],
    [{ source: 'nothing here.parquet' }, 'not-found', /no file or folder/],
    [{ source: 'nobody/nothing' }, 'dataset-unavailable', /nobody\/nothing/],
    [{ source: 'data:none' }, 'not-found', /Save one with data etl/],
  ])('what cannot be: %j', async (query, code, message) => {
    await using here = await place();
    await expect(here.make({ splits: ['test'], ...query })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(await readdir(here.saved).catch(() => [])).toEqual([]);
  });

  test('files that are damaged, cut, empty or something else say so', async () => {
    await using here = await place();
    const file = path.join(here.folder, 'x.parquet');
    const fail = async (message: RegExp, source = 'x.parquet'): Promise<void> => {
      await expect(here.make({ source })).rejects.toMatchObject({
        code: 'invalid-task',
        message: expect.stringMatching(message) as string,
      });
      expect(await readdir(here.saved).catch(() => [])).toEqual([]);
    };
    const whole = new Uint8Array(contestParquet(problems(0, 40), { rowGroupSize: 10 }));
    await writeFile(file, whole);
    await truncate(file, whole.length - 100);
    await fail(/^x\.parquet:0: this is not a Parquet file, or not all of one \(.*; download/);
    await writeFile(file, whole.fill(0xff, 100, 400));
    await fail(/^x\.parquet:\d+: the Parquet file is damaged/);
    await writeFile(file, new Uint8Array(contestParquet([])));
    await fail(/has no row/);
    const without = ['public_tests', 'private_tests', 'generated_tests'];
    const others = { without: [...without, 'solutions', 'incorrect_solutions'] };
    await writeFile(file, new Uint8Array(contestParquet(problems(0, 1), others)));
    await fail(/columns public_tests, private_tests, generated_tests, solutions are missing/);
    await writeFile(file, new Uint8Array(contestParquet(problems(0, 1), { without: ['name'] })));
    await fail(/^x\.parquet:1: name: the field is missing/);
    const zipped = gzipSync(JSON.stringify(problem(1)).repeat(50));
    await writeFile(path.join(here.folder, 'y.jsonl.gz'), zipped.subarray(0, zipped.length - 20));
    await fail(/^y\.jsonl\.gz:0: the compressed file is damaged/, 'y.jsonl.gz');
    await copyFile(file, path.join(here.folder, 'z.txt'));
    await expect(here.make({ source: 'z.txt' })).rejects.toMatchObject({ code: 'invalid-config' });
  });
});
