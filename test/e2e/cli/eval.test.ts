import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { cli, cliJson, CliProcess } from '../../support/cli';
import { sandboxes, testCache, warmUp } from '../../support/sandboxes';
import { sharedData } from '../../support/sharedData';
import { temporaryFolder, testHost } from '../../support/temp';

// What is judged is the contract suite's business; here the faster sandbox is enough.
const sandbox = sandboxes.at(-1);

const adds = 'print(sum(map(int, input().split())))';
const subtracts = 'a, b = map(int, input().split())\nprint(a - b)';

const problem = (name: string, solutions: readonly string[]): object => ({
  name,
  description: 'Add two numbers.',
  public_tests: { input: ['5 0\n'], output: ['5\n'] },
  private_tests: { input: ['2 2\n', '7 8\n'], output: ['4\n', '15\n'] },
  generated_tests: { input: [], output: [] },
  solutions: { language: solutions.map(() => 3), solution: solutions },
  incorrect_solutions: { language: [], solution: [] },
});

const outcomeSchema = z.looseObject({
  pass_at_k: z.record(z.string(), z.number().nullable()),
  ci: z.record(z.string(), z.object({ low: z.number(), high: z.number() }).nullable()),
  n_problems: z.int(),
  run_dir: z.string(),
  verdicts: z.record(z.string(), z.int()),
  undefined: z.record(z.string(), z.string()),
  bad_references: z.array(z.string()),
  left_out: z.array(z.string()),
  problems: z.array(
    z.looseObject({
      task_name: z.string(),
      n: z.int(),
      c: z.int(),
      candidates: z.array(z.looseObject({ verdict: z.string(), tests: z.array(z.string()) })),
    }),
  ),
});

describe.skipIf(sandbox === undefined)(`eval (${sandbox ?? 'no sandbox'})`, () => {
  let folder: { path: string } & AsyncDisposable;
  let env: Record<string, string>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    env = { BENCHYARD_CACHE: await testCache(folder.path) };
    await warmUp(
      sandbox ?? 'docker',
      testHost(folder.path, { cacheDir: env['BENCHYARD_CACHE'] ?? '' }),
    );
    await write('problems.jsonl', [
      problem('one', [adds, subtracts, adds]),
      problem('two', [subtracts, adds]),
      problem('three', [subtracts, subtracts]),
    ]);
    await write('predictions.jsonl.gz', [
      { task_name: 'one', solution_candidates: [adds, subtracts] },
      { task_name: 'two', solution_candidates: ['', ''] },
      { task_name: 'three', solution_candidates: [subtracts, adds] },
    ]);
  });
  afterAll(async () => {
    await folder[Symbol.asyncDispose]();
  });

  const write = async (name: string, rows: readonly object[]): Promise<void> => {
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await writeFile(path.join(folder.path, name), name.endsWith('.gz') ? gzipSync(text) : text);
  };
  const options = (): { cwd: string; env: Record<string, string> } => ({ cwd: folder.path, env });
  const passAtK = (...more: readonly string[]): readonly string[] => [
    ...['eval', 'pass-at-k', '--dataset-name', 'problems.jsonl', '--sandbox', sandbox ?? ''],
    ...more,
  ];
  const evaluated = async (args: readonly string[]): Promise<z.infer<typeof outcomeSchema>> =>
    outcomeSchema.parse(await cliJson(args, options()));

  test("judges a dataset's own solutions and prints one JSON document", async () => {
    const outcome = await evaluated(passAtK('--k-values', '1', '2', '--k-values', '3'));
    expect(outcome.n_problems).toBe(3);
    expect(outcome.pass_at_k['1']).toBeCloseTo((2 / 3 + 1 / 2 + 0) / 3, 12);
    expect(outcome.pass_at_k['2']).toBeCloseTo((1 + 1 + 0) / 3, 12);
    // Two of the problems have two candidates.
    expect(outcome.pass_at_k['3']).toBeNull();
    expect(outcome.undefined['3']).toMatch('fewer than 3 candidates');
    expect(outcome.ci['3']).toBeNull();
    expect(outcome.ci['1']?.low).toBeLessThan(outcome.pass_at_k['1'] ?? 0);
    expect(outcome.problems.find(({ task_name: name }) => name === 'two')).toMatchObject({
      n: 2,
      c: 1,
      candidates: [
        { verdict: 'wrong_answer', tests: ['wrong_answer', 'wrong_answer'] },
        { verdict: 'passed', tests: ['passed', 'passed'] },
      ],
    });
  });

  test('judges predictions of a file, and keeps empty ones in n', async () => {
    const outcome = await evaluated(
      passAtK('--predictions', 'predictions.jsonl.gz', '--k-values', '1'),
    );
    expect(outcome.pass_at_k['1']).toBeCloseTo(1 / 3, 12);
    expect(outcome.verdicts).toEqual({ passed: 2, wrong_answer: 2, empty: 2 });
  });

  test("is AlphaCodium's command too, in its spelling", async () => {
    const outcome = await evaluated([
      ...['eval', 'pass_at_k', '--dataset_name', 'problems.jsonl', '--split_name', 'train'],
      ...['--k_values', '1', '--evaluation_test_type', 'public_tests', '--task_name_column'],
      ...['name', '--path_to_solutions_column', 'solutions.solution', '--sandbox', sandbox ?? ''],
    ]);
    // 5 - 0 is what 5 + 0 is.
    expect(outcome.pass_at_k).toEqual({ '1': 1 });
  });

  test('lists problems whose own solutions fail, and leaves them out when told to', async () => {
    const predicted = passAtK('--predictions', 'predictions.jsonl.gz', '--k-values', '1');
    const listed = await evaluated([...predicted, '--list-bad-references']);
    expect(listed).toMatchObject({ n_problems: 3, bad_references: ['three'], left_out: [] });
    const { status, stdout } = await cli([...predicted, '--exclude-bad-references'], options());
    expect(status).toBe(0);
    expect(stdout).toMatch(/^2 problems, 1 solved by a candidate$/m);
    expect(stdout).toMatch(/^pass@1 +25\.0 % \(.*\)/m);
    expect(stdout).toMatch(/^1 problem whose own solutions fail, left out:\n {2}three$/m);
  });

  test('tells n@k where candidates are filtered by the public tests', async () => {
    const args = passAtK('--predictions', 'predictions.jsonl.gz', '--k-values', '2');
    const outcome = z
      .looseObject({
        n_at_k: z.object({ submissions: z.int(), values: z.record(z.string(), z.number()) }),
      })
      .parse(await cliJson([...args, '--submissions', '1'], options()));
    // Both candidates of two problems pass the public test; the one that is handed in is right half the time.
    expect(outcome.n_at_k.submissions).toBe(1);
    expect(outcome.n_at_k.values['2']).toBeCloseTo(1 / 3, 12);
  });

  test('draws the same share of the problems for the same seed', async () => {
    const names = async (seed: string): Promise<readonly string[]> => {
      const args = passAtK('--k-values', '1', '--sample-rate', '0.34', '--seed', seed);
      return (await evaluated(args)).problems.map(({ task_name: name }) => name);
    };
    const first = await names('1');
    expect(first).toHaveLength(1);
    expect(await names('1')).toEqual(first);
  });

  test('is an ordinary run: its progress is told, its folder is reported, it can go on', async () => {
    const run = new CliProcess(passAtK('--k-values', '1', '--workers', '1'), options());
    const runDir = await run.runFolder();
    const { status, stderr } = await run.ended;
    expect(status).toBe(0);
    expect(stderr).toMatch(/3 of 3 problems, 7 programs, [\d.]+ programs\/s/);
    const report = await cli(['report', runDir], options());
    expect(report.stdout).toMatch(/^pass@1 +38\.9 %/m);
    expect(report.stdout).toMatch(/^wrong_answer +4 +57\.1 %$/m);
    const kept = z
      .looseObject({ contest: z.looseObject({ n_problems: z.int() }) })
      .parse(JSON.parse(await readFile(path.join(runDir, 'report.json'), 'utf8')));
    expect(kept.contest).toMatchObject({ n_problems: 3, verdicts: { passed: 3 } });
    expect((await cli(['resume', runDir], options())).status).toBe(0);
  });

  test.each([
    [['--dataset-name', 'none.jsonl'], /none\.jsonl/],
    [['--dataset-name', 'never saved'], /never saved/],
    [['--predictions', 'none.jsonl'], /none\.jsonl cannot be read/],
    [['--k-values', '0'], /number from 1/],
    [['--evaluation-test-type', 'hidden_tests'], /public_tests, private_tests, generated_tests/],
    [['--comparison', 'loose'], /deepmind, exact, alphacodium/],
    [['--checker', 'none.py'], /none\.py/],
    [['--sample-rate', '2'], /number from/],
    [['--path-to-solutions-column', 'nothing.here', '--task-id', 'nobody'], /no task "nobody"/],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await cli(passAtK(...args), options());
    expect(status, stderr).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
  });

  describe('programs', () => {
    const programs = (...args: readonly string[]): readonly string[] => [
      ...['eval', 'programs', '--sandbox', sandbox ?? '', '--dataset-name'],
      ...args,
    ];

    test('are rows with a whole program, gathered by task; exit code 0 passes', async () => {
      await write('programs.jsonl', [
        { task_id: 'a', program: 'assert 1 + 1 == 2' },
        { task_id: 'b', program: 'raise SystemExit(3)' },
        { task_id: 'a', program: 'assert 1 + 1 == 3' },
        { task_id: 'a', program: 'raise SystemExit(0)' },
        { task_id: 'b', program: 'import time\ntime.sleep(1000)' },
        { task_id: 'b', program: 'while True: pass' },
      ]);
      const outcome = await evaluated(programs('programs.jsonl', '--k-values', '1', '3'));
      expect(outcome.pass_at_k['1']).toBeCloseTo(1 / 3, 12);
      expect(outcome.pass_at_k['3']).toBe(0.5);
      expect(outcome.verdicts).toEqual({ passed: 2, runtime_error: 2, time_limit: 2 });
    });

    test("are HumanEval's functions with samples", async () => {
      await write('functions.jsonl', [
        {
          task_id: 'Small/0',
          prompt: 'def one():\n',
          entry_point: 'one',
          test: 'def check(candidate):\n    assert candidate() == 1',
          canonical_solution: '    return 1',
        },
      ]);
      await write('samples.jsonl', [
        { task_id: 'Small/0', completion: '    return 1' },
        { task_id: 'Small/0', completion: '    return 2' },
        { task_id: 'Small/0', completion: '    return one' },
        { task_id: 'Small/0', completion: '\treturn 1' },
      ]);
      const args = programs('functions.jsonl', '--k-values', '1');
      expect((await evaluated([...args, '--predictions', 'samples.jsonl'])).pass_at_k).toEqual({
        '1': 0.5,
      });
      // Without samples its own solution is run.
      expect((await evaluated(args)).pass_at_k).toEqual({ '1': 1 });
    });

    const example = sharedData('contests/HumanEval_example_problem.jsonl');
    const samples = sharedData('contests/HumanEval_example_samples.jsonl');
    test.skipIf(example === null || samples === null)(
      "come to HumanEval's own numbers for its example",
      async () => {
        const args = programs(example ?? '', '--predictions', samples ?? '', '--k-values', '1');
        expect((await evaluated(args)).pass_at_k).toEqual({ '1': 0.5 });
      },
    );
  });
});
