import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  keepContestContent,
  readContestColumn,
  readContestContent,
} from '../../../src/runner/benchmarks/contests/content';
import { TaskSources } from '../../../src/runner/datasets/taskSources';
import type { LoadedTasks } from '../../../src/runner/index';
import type { ContestTask } from '../../../src/runner/model';
import { isContestTask } from '../../../src/runner/model';
import { contestParquet, hubLabels } from '../../support/contestParquet';
import { sharedData } from '../../support/sharedData';
import { never, temporaryFolder, testHost } from '../../support/temp';

const options = { cwd: '/', signal: never };

async function load(
  file: string,
  content: string | ArrayBuffer,
  nameColumn?: string,
): Promise<
  { readonly tasks: readonly ContestTask[] } & Pick<LoadedTasks, 'problems'> & AsyncDisposable
> {
  const folder = await temporaryFolder();
  const place = path.join(folder.path, file);
  await writeFile(place, typeof content === 'string' ? content : new Uint8Array(content));
  const sources = new TaskSources(testHost(folder.path));
  const { tasks, problems } = await sources.load([place], { signal: never, nameColumn });
  return {
    tasks: tasks.filter(isContestTask),
    problems,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const jsonl = (...rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const noTests = { public_tests: { input: [], output: [] } };

describe('class labels', () => {
  const rows = [
    { name: 'a', source: 5, difficulty: 18, solutions: { language: [3, 2], solution: ['p', 'c'] } },
    { name: 'b', source: 0, difficulty: 0, solutions: { language: [1], solution: ['p'] } },
  ];

  test('are known by the names that the Parquet file says', async () => {
    await using loaded = await load('x.parquet', contestParquet(rows));
    expect(loaded.problems).toEqual([]);
    expect(loaded.tasks).toMatchObject([
      { origin: 'ATCODER', group: 'AtCoder', difficulty: 'L', hasSolution: true },
      { origin: null, group: 'x.parquet', difficulty: null, hasSolution: false },
    ]);
  });

  test('whatever their numbers are', async () => {
    const labels = { ...hubLabels, language: ['JAVA', 'CPP', 'PYTHON', 'UNKNOWN_LANGUAGE'] };
    // Another order than that of every file there is.
    const bytes = contestParquet(rows, { labels: labels as unknown as typeof hubLabels });
    await using loaded = await load('x.parquet', bytes);
    const [a, b] = loaded.tasks;
    const contents = [a, b].map(async (task) =>
      task === undefined ? null : (await readContestContent(task, options)).solutions,
    );
    expect(await Promise.all(contents)).toEqual([
      [
        { language: 'UNKNOWN_LANGUAGE', source: 'p' },
        { language: 'PYTHON', source: 'c' },
      ],
      [{ language: 'CPP', source: 'p' }],
    ]);
  });

  test("are the proto's, with its gaps, where the file says nothing", async () => {
    await using bare = await load('x.parquet', contestParquet(rows, { labels: null }));
    expect(bare.tasks[0]).toMatchObject({ origin: '5', difficulty: '18' });
    const numbers = { ...noTests, source: 6, difficulty: '19' };
    await using lines = await load('x.jsonl', jsonl({ name: 'a', ...numbers }));
    expect(lines.tasks[0]).toMatchObject({ origin: 'ATCODER', difficulty: 'L' });
  });

  test('may be names already, in any letters', async () => {
    const named = { ...noTests, source: 'Codeforces', difficulty: 'very hard' };
    const solutions = [
      { language: 'python3', solution: 'x' },
      { language: 'C++', solution: 'y' },
    ];
    await using loaded = await load('x.jsonl', jsonl({ name: 'a', ...named, solutions }));
    const [task] = loaded.tasks;
    expect(task).toMatchObject({ origin: 'CODEFORCES', difficulty: 'very hard' });
    if (task === undefined) throw new Error('no task');
    const { solutions: programs } = await readContestContent(task, options);
    expect(programs.map(({ language }) => language)).toEqual(['PYTHON3', 'CPP']);
  });
});

describe('what a row says', () => {
  test('limits, files, tags and rating; nothing where it says 0 or an empty text', async () => {
    const row = {
      ...noTests,
      time_limit: { seconds: 2, nanos: 500_000_000 },
      memory_limit_bytes: 256_000_000,
      input_file: 'in.txt',
      cf_rating: 1200,
      cf_tags: ['', 'dp'],
    };
    const none = { time_limit: null, memory_limit_bytes: 0, input_file: '', cf_rating: 0 };
    await using loaded = await load(
      'x.jsonl',
      jsonl({ name: 'a', ...row }, { name: 'b', ...noTests, ...none, cf_tags: [''] }),
    );
    expect(loaded.tasks).toMatchObject([
      {
        timeLimitS: 2.5,
        memoryLimitBytes: 256_000_000,
        inputFile: 'in.txt',
        outputFile: null,
        rating: 1200,
        tags: ['dp'],
      },
      { timeLimitS: null, memoryLimitBytes: null, inputFile: null, rating: null, tags: [] },
    ]);
  });

  test('a task of Parquet is made without the large columns', async () => {
    const row = { name: 'a', private_tests: { input: ['1'], output: ['2'] } };
    await using loaded = await load('x.parquet', contestParquet([{ ...row, ...noTests }]));
    expect(loaded.tasks[0]?.testCounts).toEqual({
      public_tests: 0,
      private_tests: null,
      generated_tests: null,
    });
    const [task] = loaded.tasks;
    if (task === undefined) throw new Error('no task');
    const { tests } = await readContestContent(task, { ...options, kinds: ['private_tests'] });
    expect(tests).toEqual({
      public_tests: [],
      private_tests: [{ input: '1', output: '2' }],
      generated_tests: [],
    });
  });

  test('names that agree between sites get the site, those of one site a number', async () => {
    const at = (source: string): object => ({ name: 'A. Sum', source, ...noTests });
    await using loaded = await load(
      'x.jsonl',
      jsonl(at('CODEFORCES'), at('ATCODER'), at('ATCODER')),
    );
    expect(loaded.problems).toEqual([]);
    expect(loaded.tasks.map(({ taskId, name }) => [taskId, name])).toEqual([
      ['A. Sum', 'A. Sum'],
      ['A. Sum (ATCODER)', 'A. Sum'],
      ['A. Sum (2)', 'A. Sum'],
    ]);
  });

  test('names may stand in another column', async () => {
    await using named = await load('x.jsonl', jsonl({ title: 7, ...noTests }), 'title');
    expect(named.tasks[0]).toMatchObject({ taskId: '7' });
    await using task = await load('x.jsonl', jsonl({ task_name: 'a', ...noTests }));
    expect(task.tasks[0]).toMatchObject({ name: 'a' });
  });

  test.each([
    [{ ...noTests }, 'name', 'missing'],
    [{ name: 'a', public_tests: { input: ['1'], output: [] } }, 'public_tests', 'as many outputs'],
    [{ name: 'a', public_tests: 'x' }, 'public_tests', 'expected'],
    [
      { name: 'a', ...noTests, solutions: { language: [3], solution: [] } },
      'solutions',
      'as many languages',
    ],
    [{ name: 'a', ...noTests, time_limit: 'long' }, 'time_limit', ''],
  ])('a row that cannot be used is told with its field: %j', async (row, field, message) => {
    await using loaded = await load('x.jsonl', jsonl({ name: 'good', ...noTests }, row));
    expect(loaded.tasks).toHaveLength(1);
    expect(loaded.problems).toMatchObject([{ line: 2, field }]);
    expect(loaded.problems[0]?.message).toContain(message);
  });
});

describe('programs', () => {
  const row = {
    task_id: 'HumanEval/0',
    prompt: 'def one():\n',
    entry_point: 'one',
    canonical_solution: '    return 1\n',
    test: 'def check(f):\n    assert f() == 1\n',
    samples: ['    return 1', '    return 2'],
  };

  test('a row of HumanEval frames its candidates', async () => {
    await using loaded = await load('x.jsonl', jsonl(row));
    const [task] = loaded.tasks;
    if (task === undefined) throw new Error('no task');
    expect(task).toMatchObject({ style: 'program', group: 'HumanEval', hasSolution: true });
    const [gold] = (await readContestContent(task, options)).solutions;
    expect(`${task.frame?.before ?? ''}${gold?.source ?? ''}${task.frame?.after ?? ''}`).toBe(
      'def one():\n    return 1\n\ndef check(f):\n    assert f() == 1\n\ncheck(one)',
    );
    expect(await readContestColumn(task, 'samples', options)).toEqual([
      { language: 'PYTHON3', source: '    return 1' },
      { language: 'PYTHON3', source: '    return 2' },
    ]);
    await expect(readContestColumn(task, 'nothing', options)).rejects.toThrow(
      'the column "nothing" holds no programs',
    );
  });

  test('a row with a complete program is its own candidate', async () => {
    await using loaded = await load('x.jsonl', jsonl({ name: 'a', program: 'print(1)' }));
    const [task] = loaded.tasks;
    if (task === undefined) throw new Error('no task');
    expect(task.frame).toBeNull();
    expect((await readContestContent(task, options)).solutions).toEqual([
      { language: 'PYTHON3', source: 'print(1)' },
    ]);
  });
});

const contests = sharedData('contests/codecontests_train_py3.jsonl.gz');
const rowSchema = z.looseObject({
  name: z.string(),
  private_tests: z.object({ input: z.array(z.string()), output: z.array(z.string()) }),
  solutions: z.object({ solution: z.array(z.string()) }),
});

async function sharedTasks(file: string | null): Promise<readonly ContestTask[]> {
  const sources = new TaskSources(testHost('/'));
  const { tasks, problems } = await sources.load([file ?? ''], { signal: never });
  expect(problems).toEqual([]);
  return tasks.filter(isContestTask);
}

test.skipIf(contests === null)(
  'all 200 shared problems, and what a run keeps of them',
  async () => {
    const tasks = await sharedTasks(contests);
    expect(tasks).toHaveLength(200);
    const text = gunzipSync(await readFile(contests ?? '')).toString();
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => rowSchema.parse(JSON.parse(line)));
    await using folder = await temporaryFolder();
    for (const [n, task] of tasks.entries()) {
      const content = await readContestContent(task, options);
      const row = rows[n];
      expect(task.taskId).toBe(row?.name);
      const { private_tests: tests } = content.tests;
      expect(tests.map(({ input }) => input)).toEqual(row?.private_tests.input);
      expect(tests.map(({ output }) => output)).toEqual(row?.private_tests.output);
      expect(content.solutions.map(({ source }) => source)).toEqual(row?.solutions.solution);
      const kept = await keepContestContent(task, { ...options, runDir: folder.path });
      const inRun = { cwd: folder.path, signal: never };
      expect(await readContestContent(kept, inRun)).toEqual(content);
      expect(await readContestColumn(kept, 'solutions.solution', inRun)).toEqual(content.solutions);
    }
  },
  60_000,
);

const humanEval = sharedData('contests/HumanEval.jsonl.gz');
const samples = sharedData('contests/humaneval_codegen16B_n100.jsonl.gz');

test.skipIf(humanEval === null || samples === null)(
  'all of HumanEval, with 100 samples each',
  async () => {
    const tasks = await sharedTasks(humanEval);
    expect(tasks).toHaveLength(164);
    expect(tasks.every(({ hasSolution, style }) => hasSolution && style === 'program')).toBe(true);
    const sampled = await sharedTasks(samples);
    const ids = (list: readonly ContestTask[]): readonly string[] =>
      list.map(({ taskId }) => taskId).sort();
    expect(ids(sampled)).toEqual(ids(tasks));
    for (const task of sampled)
      expect(await readContestColumn(task, 'samples', options)).toHaveLength(100);
  },
  60_000,
);
