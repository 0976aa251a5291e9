import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SolutionFile } from '../../../src/runner/benchmarks/contests/solutionFile';
import type { TestCase, TrialResult } from '../../../src/runner/model';
import { temporaryFolder } from '../../support/temp';
import { planOf, resultOf } from '../presentation/fixtures';

const task = { source: { file: 'data:mine:test', line: 3 } };
const passed: TestCase = { id: 'private test 1', outcome: 'passed', duration_s: 0 };

/** A trial's folder as a run leaves it. */
async function trialOf(
  folder: string,
  attempt: number,
  { after = [passed], ...more }: Partial<Omit<TrialResult, 'after'>> & { after?: TestCase[] } = {},
): Promise<Parameters<SolutionFile['add']>[1]> {
  const plan = planOf('t', 0, attempt);
  const place = path.join(folder, plan.trial_id);
  await mkdir(place);
  const program = { language: 'PYTHON3', source: `print(${String(attempt)})` };
  await writeFile(path.join(place, 'candidates.jsonl'), `${JSON.stringify(program)}\n`);
  await writeFile(path.join(place, 'tests.json'), JSON.stringify({ before: null, after }));
  return { plan, result: resultOf(plan, more), folder: place };
}

test('every attempt is written down, many at the same time, and none that was cut off', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'solutions.json');
  const solutions = new SolutionFile(file);
  const failed: TestCase = { ...passed, outcome: 'failed' };
  const trials = [
    await trialOf(folder.path, 0, { status: 'failed', after: [failed] }),
    await trialOf(folder.path, 1),
    await trialOf(folder.path, 2, { status: 'cancelled' }),
    await trialOf(folder.path, 3, { status: 'infra_failure' }),
  ];
  await Promise.all(trials.map((trial) => solutions.add(task, trial)));
  const written = JSON.parse(await readFile(file, 'utf8')) as unknown;
  expect(written).toMatchObject({
    test: {
      '2': {
        iteration_0: { solution: 'print(0)', test_passed_private: 0, test_failed_private: 1 },
        iteration_1: { solution: 'print(1)', test_passed_private: 1, test_failed_private: 0 },
      },
    },
  });
  expect(JSON.stringify(written)).not.toMatch(/iteration_[23]/);
  expect(await solutions.earlier(task, { attempt: 4 })).toEqual({
    reason: 'solved',
    by: 'iteration_1 of solutions.json',
  });
  const other = { source: { ...task.source, line: 4 } };
  expect(await solutions.earlier(other, { attempt: 0 })).toBe(null);
});

test('what others write to it meanwhile counts and stays', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'solutions.json');
  const solutions = new SolutionFile(file);
  expect(await solutions.earlier(task, { attempt: 0 })).toBe(null);
  const others = { test: { '2': { iteration_0: { solution: 'x', test_failed_private: 1 } } } };
  await writeFile(file, JSON.stringify(others));
  expect(await solutions.earlier(task, { attempt: 0 })).toEqual({
    reason: 'recorded',
    by: 'iteration_0 of solutions.json',
  });
  expect(await solutions.earlier(task, { attempt: 1 })).toBe(null);
  await solutions.add(task, await trialOf(folder.path, 1));
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    test: { '2': { iteration_0: { solution: 'x' }, iteration_1: { solution: 'print(1)' } } },
  });
});

test('a file that is something else is refused, and not written over', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'notes.json');
  for (const text of ['not JSON', '[1]', '{"test": 1}']) {
    await writeFile(file, text);
    await expect(new SolutionFile(file).read()).rejects.toMatchObject({ code: 'invalid-config' });
    expect(await readFile(file, 'utf8')).toBe(text);
  }
});
