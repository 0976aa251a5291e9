import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { ContestConfig, ContestProgram } from '../../../src/runner/model';
import { Bench } from '../../support/runs';
import { describeOnEverySandbox } from '../../support/sandboxes';

const adds = 'print(sum(map(int, input().split())))';
const subtracts = 'a, b = map(int, input().split())\nprint(a - b)';

const tests = (...pairs: readonly (readonly [string, string])[]): object => ({
  input: pairs.map(([input]) => input),
  output: pairs.map(([, output]) => output),
});

/** A problem in the shape of the hub's rows. */
const sum = {
  name: '1_A. Sum',
  description: 'Add two numbers.',
  public_tests: tests(['1 2\n', '3\n']),
  private_tests: tests(['2 2\n', '4\n'], ['5 0\n', '5\n']),
  generated_tests: tests(['7 8\n', '15\n']),
  solutions: { language: [1, 3], solution: ['print input()', adds] },
  incorrect_solutions: { language: [3], solution: [subtracts] },
  time_limit: { seconds: 2, nanos: 0 },
  input_file: '',
  output_file: '',
};

/** Any factor but 1 and the number itself is right; the row knows one. */
const factor = {
  ...sum,
  name: '2_B. Factor',
  description: 'Print a factor.',
  public_tests: tests(['6\n', '2\n']),
  private_tests: tests(['12\n', '2\n']),
  generated_tests: tests(),
  solutions: { language: [3], solution: ['print(3)'] },
};

const checker = `
import sys
with open(sys.argv[1]) as given, open(sys.argv[2]) as printed, open(sys.argv[3]) as answer:
    number, found = int(given.read()), int(printed.read())
    assert int(answer.read()) == 2
sys.exit(0 if 1 < found < number and number % found == 0 else 1)
`;

const candidateSchema = z.array(z.object({ verdict: z.string(), tests: z.array(z.string()) }));

describeOnEverySandbox('contest tasks', (sandbox) => {
  const bench = Bench.use(sandbox);

  const candidatesFile = async (
    rows: Readonly<Record<string, readonly string[]>>,
  ): Promise<string> => {
    const file = path.join(bench.folder, 'candidates.jsonl');
    const lines = Object.entries(rows).map(([task_name, solution_candidates]) =>
      JSON.stringify({ task_name, solution_candidates }),
    );
    await writeFile(file, lines.join('\n'));
    return file;
  };
  const contests = (config: Partial<ContestConfig>) => ({ agent: 'candidates', contests: config });

  test('are solved by their own solution, the first that can be run here', async () => {
    const run = await bench.run([sum], { task_ids: [sum.name] });
    expect(run.of(sum.name)).toMatchObject({
      agent: 'gold',
      status: 'passed',
      contest: { n: 1, c: 1, verdicts: { passed: 1 } },
      after: { passed: 3, failed: 0, errors: 0 },
    });
  });

  test('take many candidates, each with its own verdict', async () => {
    const candidates = await candidatesFile({
      [sum.name]: [
        adds,
        subtracts,
        '',
        'import nothing_of_this_name',
        'while True: pass',
        'import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)',
        'import time\ntime.sleep(1000)',
        `${adds}  # once more`,
      ],
    });
    const run = await bench.run([sum], contests({ candidates, time_limit: 1, wall_factor: 2 }));
    const result = run.of(sum.name);
    expect(result).toMatchObject({ status: 'passed', contest: { n: 8, c: 2 } });
    expect(result.detail).toMatch(/^2 of 8 candidates passed/);
    const folder = path.join(run.runDir, run.state.plan?.trials[0]?.trial_id ?? '');
    const kept = candidateSchema.parse(
      JSON.parse(await readFile(path.join(folder, 'candidates.json'), 'utf8')),
    );
    expect(kept.map(({ verdict }) => verdict)).toEqual([
      'passed',
      'wrong_answer',
      'empty',
      'runtime_error',
      'time_limit',
      'crash',
      'time_limit',
      'passed',
    ]);
    // 5 - 0 is right, 2 - 2 and 7 - 8 are not.
    expect(kept[1]?.tests).toEqual(['wrong_answer', 'passed', 'wrong_answer']);
    // What is printed about an agent that hands programs in does not hold the programs.
    const trajectory = await readFile(path.join(folder, 'trajectory.jsonl'), 'utf8');
    expect(trajectory).toContain('8 programs');
    expect(trajectory).not.toContain('nothing_of_this_name');
  });

  test('keep no more of an output than its limit', async () => {
    const candidates = await candidatesFile({ [sum.name]: ['print("x" * 2**26)'] });
    const run = await bench.run([sum], contests({ candidates, tests: ['generated_tests'] }));
    expect(run.of(sum.name)).toMatchObject({
      status: 'failed',
      contest: { verdicts: { output_limit: 1 } },
    });
  });

  test('take candidates of a column of the dataset', async () => {
    const column = { candidates_column: 'incorrect_solutions.solution' };
    const run = await bench.run([sum], contests(column));
    expect(run.of(sum.name)).toMatchObject({
      status: 'failed',
      detail: 'wrong_answer on private test 1',
      contest: { n: 1, c: 0, verdicts: { wrong_answer: 1 } },
    });
  });

  test('without tests of the chosen kinds are neither passed nor failed', async () => {
    const config = contests({
      candidates: await candidatesFile({ [factor.name]: ['print(2)'] }),
      tests: ['generated_tests'],
    });
    const run = await bench.run([factor], config);
    expect(run.of(factor.name)).toMatchObject({
      status: 'no_tests',
      cause: 'nothing_selected',
      detail: 'the problem has no generated tests',
      contest: { n: 1, c: 0, verdicts: { no_tests: 1 } },
    });
  });

  test('with several right answers are decided by a checker', async () => {
    const file = path.join(bench.folder, 'checker.py');
    await writeFile(file, checker);
    const candidates = await candidatesFile({
      [factor.name]: ['print(2)', 'print(3)', 'print(4)', 'print(5)', 'print("four")'],
    });
    const compared = await bench.run([factor], contests({ candidates }));
    expect(compared.of(factor.name)).toMatchObject({ contest: { n: 5, c: 1 } });
    // The last candidate's output is none: this checker breaks on it, which is not a verdict.
    const broken = await bench.run([factor], contests({ candidates, checker: file }));
    expect(broken.of(factor.name)).toMatchObject({
      status: 'infra_failure',
      cause: 'checker-failed',
    });
    expect(broken.of(factor.name).detail).toMatch(/checker\.py failed.*exit code 3.*ValueError/s);
    const numbers = await candidatesFile({
      [factor.name]: ['print(2)', 'print(3)', 'print(4)', 'print(5)'],
    });
    const checked = await bench.run([factor], contests({ candidates: numbers, checker: file }));
    expect(checked.of(factor.name)).toMatchObject({
      contest: { n: 4, c: 3, verdicts: { passed: 3, wrong_answer: 1 } },
    });
  });

  test('tell which of them their own solutions fail, and leave these out', async () => {
    const candidates = await candidatesFile({ [sum.name]: [adds], [factor.name]: ['print(2)'] });
    const run = await bench.run([sum, factor], contests({ candidates, references: 'exclude' }));
    expect(run.of(sum.name).contest?.references).toEqual({ n: 1, c: 1 });
    expect(run.of(factor.name).contest?.references).toEqual({ n: 1, c: 0 });
    const report = z
      .looseObject({ n_problems: z.int(), left_out: z.array(z.string()) })
      .parse(JSON.parse(await readFile(path.join(run.runDir, 'pass_at_k.json'), 'utf8')));
    expect(report).toMatchObject({ n_problems: 1, left_out: [factor.name] });
  });

  test('are handed in by whoever works in a sandbox', async () => {
    const perform = async (file: string, content: string) => {
      const actions = path.join(bench.folder, 'actions.jsonl');
      const action = { action: 'write_file', path: file, content };
      await writeFile(actions, JSON.stringify(action));
      return (await bench.run([sum], { agent: 'replay', actions })).of(sum.name);
    };
    const python = await perform('solution.py', adds);
    expect(python).toMatchObject({ status: 'passed', contest: { n: 1, c: 1 } });
    const several: readonly ContestProgram[] = [
      { language: 'PYTHON3', source: subtracts },
      { language: 'PYTHON3', source: adds },
    ];
    const lines = several.map((program) => JSON.stringify(program)).join('\n');
    const list = await perform('candidates.jsonl', lines);
    expect(list).toMatchObject({ status: 'passed', contest: { n: 2, c: 1 } });
    const nothing = await perform('notes.txt', 'I have no idea');
    expect(nothing).toMatchObject({ status: 'empty_patch', contest: { n: 0, c: 0 } });
  });

  test('go on without their dataset: the run folder has all that is needed', async () => {
    const problems = Array.from({ length: 4 }, (_, n) => ({ ...sum, name: `problem ${n}` }));
    const { runDir, state } = await bench.stoppedAfterOne(problems, { agent: 'gold' });
    expect(state.phase).toBe('cancelled');
    await rm(state.plan?.config.tasks[0] ?? '');
    const resumed = await bench.resume(runDir);
    expect(resumed.results.map(({ status }) => status)).toEqual(problems.map(() => 'passed'));
  });

  test('of the other kind are programs that have their tests in themselves', async () => {
    const rows = [
      {
        task_id: 'Small/0',
        prompt: 'def one():\n    """Returns one."""\n',
        entry_point: 'one',
        test: 'def check(candidate):\n    assert candidate() == 1',
        canonical_solution: '    return 1\n',
      },
    ];
    const samples = await candidatesFile({
      'Small/0': [
        '    return 1\n',
        '    return 2\n',
        // Leaves with 0 before the tests come.
        '    return 1\nimport os\nos._exit(0)\n',
        '    return 1\nraise SystemExit(0)\n',
      ],
    });
    const run = await bench.run(rows, contests({ candidates: samples }));
    const { contest, status } = run.of('Small/0');
    expect(status).toBe('passed');
    expect(contest).toEqual({ n: 4, c: 1, verdicts: { passed: 1, runtime_error: 3 } });
    expect((await bench.run(rows, { agent: 'gold' })).of('Small/0')).toMatchObject({
      status: 'passed',
    });
  });
});
