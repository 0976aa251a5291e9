import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readProblem } from '../../../src/runner/datasets/rows/problemFile';
import { readContestContent } from '../../../src/runner/benchmarks/contests/content';
import { TaskSources } from '../../../src/runner/datasets/taskSources';
import { isContestTask } from '../../../src/runner/model';
import { never, temporaryFolder, testHost } from '../../support/temp';

async function problem(name: string, lines: readonly string[]): Promise<unknown> {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, name);
  await writeFile(file, lines.join('\n'));
  return await readProblem(file);
}

test('a problem in YAML, by the words of people or by those of the dataset', async () => {
  expect(
    await problem('sums.yaml', [
      'statement: |',
      '  Add two numbers.',
      'time_limit: 2',
      'tests:',
      '- input: "1 2\\n"',
      '  output: "3\\n"',
    ]),
  ).toEqual({
    name: 'sums',
    description: 'Add two numbers.\n',
    time_limit: 2,
    public_tests: [{ input: '1 2\n', output: '3\n' }],
  });
  expect(
    await problem('sums.yml', ['{"name": "A", "description": "d", "public_tests": []}']),
  ).toEqual({ name: 'A', description: 'd', public_tests: [] });
});

test('a problem in Markdown: title, statement, public and hidden tests', async () => {
  expect(
    await problem('sums.md', [
      '---',
      'time_limit: 2',
      '---',
      '# Sums',
      '',
      'Add *two* numbers.',
      '',
      '```text',
      '# no heading',
      '```',
      '',
      '## Tests',
      '```input',
      '1 2',
      '```',
      '```output',
      '3',
      '```',
      '## Hidden tests',
      'Nobody is told this.',
      '~~~input',
      '```',
      '~~~',
      '```output',
      '```',
      '## Notes',
      'The end.',
    ]),
  ).toEqual({
    name: 'Sums',
    description: 'Add *two* numbers.\n\n```text\n# no heading\n```\n\n## Notes\nThe end.',
    time_limit: 2,
    public_tests: [{ input: '1 2\n', output: '3\n' }],
    private_tests: [{ input: '```\n', output: '\n' }],
  });
});

test('what is wrong with it is told', async () => {
  await expect(problem('a.md', ['```output', '3', '```'])).rejects.toThrow(/no block `input`/);
  await expect(problem('a.md', ['```input', '3', '```'])).rejects.toThrow(/no block `output`/);
  await expect(problem('a.md', ['```input', '3'])).rejects.toThrow(/does not end/);
  await expect(problem('a.yaml', ['- 1'])).rejects.toThrow(/expected one problem/);
  await expect(problem('a.yaml', ['a: "'])).rejects.toThrow(/not valid YAML/);
});

test('problems load as tasks by the way of all task files, their tests by row', async () => {
  await using folder = await temporaryFolder();
  const statement = 'Add two numbers.';
  const tests = [{ input: '1 2\n', output: '3\n' }];
  const files = {
    'one.json': JSON.stringify({ name: 'one', statement, tests }, null, 2),
    'two.yaml':
      'name: two\nstatement: Add\ntests: []\nprivate_tests: [{input: "1 1", output: "2"}]\n',
    'three.md': 'Add.\n',
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(path.join(folder.path, name), text);
  const sources = new TaskSources(testHost(folder.path));
  const { tasks, problems } = await sources.load(Object.keys(files), { signal: never });
  expect(problems).toEqual([]);
  expect(tasks.map(({ taskId, benchmark }) => [taskId, benchmark])).toEqual([
    ['one', 'contests'],
    ['two', 'contests'],
    ['three', 'contests'],
  ]);
  const [one, two] = tasks.filter(isContestTask);
  expect(one).toMatchObject({ statement, publicTests: tests });
  if (two === undefined) throw new Error('there is no second task');
  const content = await readContestContent(two, { cwd: folder.path, signal: never });
  expect(content.tests.private_tests).toEqual([{ input: '1 1', output: '2' }]);
});
