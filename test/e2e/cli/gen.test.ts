import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SolutionDatabase } from '../../../src/runner/model';
import { cli, cliJson, CliProcess, until } from '../../support/cli';
import { codeAnswer, largest, programs } from '../../support/flowStory';
import type { Answer, ModelServer, ServedRequest } from '../../support/modelServer';
import { say, startModelServer } from '../../support/modelServer';
import { writeTasks } from '../../support/repositories';
import { describeOn, testCache, warmUp } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';

const root = path.join(import.meta.dirname, '../../..');
const problem = path.join(root, 'samples/problems/quietest-hour.md');
const key = 'planted-key-0123456789-abcdef';

interface Iteration {
  readonly status: string | null;
  readonly skipped: { readonly reason: string; readonly by: string } | null;
  readonly tests: Readonly<Record<string, number>> | null;
  readonly program: string | null;
}
interface Solved {
  readonly run_dir: string;
  readonly n_problems: number;
  readonly n_solved: number;
  readonly problems: readonly {
    readonly task_name: string;
    readonly solved: boolean;
    readonly solved_within: number | null;
    readonly iterations: readonly Iteration[];
  }[];
}

describeOn('docker', 'gen on the command line', () => {
  let folder: { path: string } & AsyncDisposable;
  let env: Record<string, string>;
  let server: ModelServer;
  let answers: (request: ServedRequest, problem: string, time: number) => Answer | Promise<Answer>;
  let set: string;
  /** Questions about each problem so far. */
  let asked: Map<string, number>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    env = { BENCHYARD_CACHE: await testCache(folder.path), BENCHYARD_API_KEY: key };
    await warmUp('docker', testHost(folder.path));
    server = await startModelServer(
      (request) => {
        const text = request.body.messages.map(({ content }) => content ?? '').join('\n');
        const [, name = ''] = /^# (first|second|never)$/m.exec(text) ?? [];
        asked.set(name, (asked.get(name) ?? 0) + 1);
        return answers(request, name, asked.get(name) ?? 0);
      },
      { key },
    );
    const names = ['first', 'second', 'never'];
    set = await writeTasks(
      folder.path,
      names.map((name) => ({ ...largest, name })),
    );
  });
  afterAll(async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    asked = new Map();
    // `second` is solved by its second program, `never` by none.
    answers = (_, name, time) =>
      say(codeAnswer(name === 'first' || (name === 'second' && time > 1) ? right : wrong));
  });
  const { right, fromZero: wrong } = programs;

  const options = (status = 0): { cwd: string; env: typeof env; status: number } => ({
    cwd: folder.path,
    env,
    status,
  });
  const model = (): string[] => ['--base-url', server.baseUrl, '--model', 'test-model'];

  function solveSet(solutions: string): string[] {
    return [
      ...['gen', 'solve_and_evaluate_set', '--dataset_name', set, '--split_name', 'test'],
      ...['--baseline', '--iterations', '3', '--solutions', solutions, '--concurrency', '2'],
      ...model(),
    ];
  }

  async function database(file: string): Promise<SolutionDatabase> {
    return JSON.parse(await readFile(path.join(folder.path, file), 'utf8')) as SolutionDatabase;
  }

  test('ask prints what the model says, as text and as JSON', async () => {
    answers = () => say('Forty-two.');
    const { status, stdout } = await cli(
      ['gen', 'ask', '--prompt', 'What?', ...model()],
      options(),
    );
    expect([status, stdout]).toEqual([0, 'Forty-two.\n']);
    expect(
      await cliJson(
        ['gen', 'ask', '--prompt', 'What?', '--system', 'Be short.', ...model()],
        options(),
      ),
    ).toMatchObject({ end: 'answer', text: 'Forty-two.', model: 'test-model' });
    expect(server.requests.at(-1)?.body.messages).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'What?' },
    ]);
  });

  test("solves a problem of one's own by recorded answers, stage by stage, without a key", async () => {
    const args = ['gen', 'solve_my_problem', '--problem-file', problem];
    const config = path.join(root, 'samples/problems/recorded.yaml');
    const { BENCHYARD_CACHE } = env;
    const { status, stdout, stderr } = await cli(
      [...args, '--config', config, '--out', path.join(folder.path, 'own')],
      // The recorded answers are named from the project's folder.
      { cwd: root, env: { BENCHYARD_CACHE: BENCHYARD_CACHE ?? '' } },
    );
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^n, k, \*visitors = /);
    expect(stdout).toContain('quietest-hour: solved; public 2 of 2, private 3 of 3; 8 model calls');
    const told = stderr
      .split('\n')
      .flatMap((line) => /^ {2}quietest-hour_0: (.*)$/.exec(line)?.[1] ?? []);
    expect(told.map((line) => line.split(',')[0])).toEqual([
      'Self-reflection: kept: the answer was put right: code fence',
      'Possible solutions: kept: left out: Brute force',
      'Choice of a solution: kept: the answer was put right: unquoted values',
      'AI tests: kept: new ones: 2',
      'First program 1: kept',
      'Fixes on public tests 1: reverted',
      'Fixes on public tests 2: kept',
      'Fixes on public tests: kept',
      'Fixes on AI tests 1: reverted',
      'Fixes on AI tests: kept',
    ]);
  });

  test('a set: each problem until it is solved, and a database that other runs go on with', async () => {
    const solved = (await cliJson(solveSet('solutions.json'), options())) as Solved;
    expect(Object.fromEntries(asked)).toEqual({ first: 1, second: 2, never: 3 });
    expect(solved).toMatchObject({ n_problems: 3, n_solved: 2 });
    expect(
      solved.problems.map(({ task_name, solved_within, iterations }) => [
        task_name,
        solved_within,
        ...iterations.map(({ status, skipped }) => status ?? skipped?.reason),
      ]),
    ).toEqual([
      ['first', 1, 'passed', 'solved', 'solved'],
      ['second', 2, 'failed', 'passed', 'solved'],
      ['never', null, 'failed', 'failed', 'failed'],
    ]);
    const split = path.basename(set, '.jsonl');
    const written = await database('solutions.json');
    expect(Object.keys(written)).toEqual([split]);
    expect(
      Object.entries(written[split] ?? {}).map(([index, found]) => [index, ...Object.keys(found)]),
    ).toEqual([
      ['0', 'iteration_0'],
      ['1', 'iteration_0', 'iteration_1'],
      ['2', 'iteration_0', 'iteration_1', 'iteration_2'],
    ]);
    expect(written[split]?.['1']).toEqual({
      iteration_0: {
        solution: wrong,
        ...{ test_passed_private: 1, test_failed_private: 1, test_timeout_private: 0 },
        ...{ test_passed_generate: 0, test_failed_generate: 1, test_timeout_generate: 0 },
        ...{ test_passed_public: 1, test_failed_public: 1, test_timeout_public: 0 },
      },
      iteration_1: {
        solution: right,
        ...{ test_passed_private: 2, test_failed_private: 0, test_timeout_private: 0 },
        ...{ test_passed_generate: 1, test_failed_generate: 0, test_timeout_generate: 0 },
        ...{ test_passed_public: 2, test_failed_public: 0, test_timeout_public: 0 },
      },
    });
    // All of it is there: nothing is asked again.
    asked.clear();
    const { stdout, status } = await cli(solveSet('solutions.json'), options());
    expect(asked.size).toBe(0);
    expect(status).toBe(0);
    expect(stdout).toContain('2 of 3 problems solved within 3 iterations (66.7 %)');
  });

  test('goes on where it was interrupted, by the database alone', async () => {
    const plain = answers;
    // The second question about `never` is not answered until the client has left.
    answers = (request, name, time) =>
      name === 'never' && time === 2
        ? new Promise<Answer>(() => undefined)
        : plain(request, name, time);
    const running = new CliProcess(solveSet('interrupted.json'), options());
    await until(() => asked.get('never') === 2 && asked.get('second') === 2);
    await running.says(/passed second_1/);
    running.child.kill('SIGINT');
    expect((await running.ended).status).toBe(130);
    const split = path.basename(set, '.jsonl');
    const written = (await database('interrupted.json'))[split];
    expect(Object.keys(written?.['2'] ?? {})).toEqual(['iteration_0']);
    asked = new Map([['never', 1]]);
    answers = plain;
    const solved = (await cliJson(solveSet('interrupted.json'), options())) as Solved;
    expect(Object.fromEntries(asked)).toEqual({ never: 3 });
    expect(solved.problems.map((one) => one.solved)).toEqual([true, true, false]);
    const [, , never] = solved.problems;
    expect(never?.iterations.map(({ status, skipped }) => status ?? skipped?.reason)).toEqual([
      'recorded',
      'failed',
      'failed',
    ]);
  });

  test('one problem of a dataset, on some of its tests', async () => {
    const args = ['gen', 'solve-problem', '--dataset-name', set, '--problem-name', 'second'];
    const solved = (await cliJson(
      [...args, '--evaluation-test-type', 'public_tests', '--baseline', ...model()],
      options(),
    )) as Solved;
    expect(solved).toMatchObject({ n_problems: 1, n_solved: 0 });
    expect(solved.problems[0]?.iterations).toMatchObject([
      {
        status: 'failed',
        program: wrong,
        tests: { test_passed_public: 1, test_failed_public: 1, test_passed_private: 0 },
      },
    ]);
  });

  test('what cannot be done is told before anything is spent', async () => {
    await writeFile(path.join(folder.path, 'list.json'), '[1, 2]');
    const one = ['gen', 'solve-problem'];
    for (const [args, why] of [
      [['gen', 'ask'], /--prompt/],
      [one, /--problem-name or --problem-file/],
      [[...one, '--problem-file', 'nowhere.md', ...model()], /there is no such file/],
      [
        [...one, '--dataset-name', set, '--problem-name', 'no', ...model()],
        /There is no task "no"/,
      ],
      [
        [...one, '--dataset-name', 'nothing', '--problem-name', 'a', ...model()],
        /No dataset "nothing"/,
      ],
      [solveSet('list.json'), /list\.json is no solution database/],
      [['gen', 'solve-set', '--dataset-name', set, '--iterations', '0'], /at least 1|from 1/],
      [['gen', 'solve-set', ...model()], /Say which problem/],
    ] as const) {
      const { status, stderr, stdout } = await cli([...args], options());
      expect([status, stdout, stderr]).toEqual([2, '', expect.stringMatching(why)]);
    }
    expect(asked.size).toBe(0);
  });
});
