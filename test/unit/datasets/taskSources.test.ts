import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { TaskSources } from '../../../src/runner/datasets/taskSources';
import type { RepositoryTask } from '../../../src/runner/model';
import type { LoadedTasks } from '../../../src/runner/index';
import { never, temporaryFolder, testHost } from '../../support/temp';

const row = (more: object = {}): string =>
  JSON.stringify({ task_id: 'a', repo: 'repos/x.bundle', ref: 'main', ...more });

const sourcesIn = (folder: string): TaskSources => new TaskSources(testHost(folder));

async function load(content: string | Buffer): Promise<LoadedTasks & { folder: string }> {
  await using folder = await temporaryFolder();
  await writeFile(path.join(folder.path, 't.jsonl'), content);
  const loaded = await sourcesIn(folder.path).load(['t.jsonl'], { signal: never });
  return { ...loaded, folder: folder.path };
}

describe('task files', () => {
  test('a bad line says file, line, field and what was expected; the others load', async () => {
    const { tasks, problems } = await load(
      [
        row(),
        row({ task_id: 'b', ref: 7 }),
        '{oops',
        row({ task_id: 'c', timeouts: { clone: -1 } }),
        '',
        row({ task_id: 'd' }),
      ].join('\n'),
    );
    expect(tasks.map((task) => task.taskId)).toEqual(['a', 'd']);
    expect(problems.map(({ file, line, field }) => [file, line, field])).toEqual([
      ['t.jsonl', 2, 'ref'],
      ['t.jsonl', 3, ''],
      ['t.jsonl', 4, 'timeouts.clone'],
    ]);
    expect(problems[0]?.message).toMatch(/expected string/);
    expect(problems[1]?.message).toMatch(/not valid JSON/);
  });

  test('duplicate ids name the first', async () => {
    const { tasks, problems } = await load(`${row()}\n${row()}\n`);
    expect(tasks).toHaveLength(1);
    expect(problems).toMatchObject([{ line: 2, field: 'task_id' }]);
    expect(problems[0]?.message).toContain('t.jsonl:1');
  });

  test.each([
    ['an empty file', '', 'holds no task'],
    ['a JSON list over several lines', '[\n{}\n]', 'JSONL'],
    ['a JSON list', '[{}]', 'one JSON object a line'],
    ['a binary file', Buffer.from([0x89, 0x50, 0, 0, 1, 2]), 'not a text file'],
  ])('%s', async (_, content, message) => {
    const { tasks, problems } = await load(content);
    expect(tasks).toHaveLength(0);
    expect(problems.map((problem) => problem.message).join()).toContain(message);
  });

  test('a file that does not exist is a problem, not an exception', async () => {
    const { problems } = await sourcesIn('/').load(['missing.jsonl'], { signal: never });
    expect(problems).toEqual([
      { file: 'missing.jsonl', line: 0, field: '', message: 'there is no such file' },
    ]);
  });

  test('a field that a row lacks is told as missing', async () => {
    const { problems } = await load('{"task_id": "a", "repo": "r"}');
    expect(problems).toMatchObject([
      { line: 1, field: 'ref', message: 'the field is missing; expected a text' },
    ]);
  });

  test("local repositories are relative to the file, URLs and git's host:path stay", async () => {
    const { tasks, folder } = await load(
      [
        row(),
        row({ task_id: 'b', repo: 'https://example.com/x.git' }),
        row({ task_id: 'c', repo: 'git@example.com:o/x.git' }),
      ].join('\n'),
    );
    expect(tasks.map((task) => task.repo)).toEqual([
      path.join(folder, 'repos/x.bundle'),
      'https://example.com/x.git',
      'git@example.com:o/x.git',
    ]);
  });

  test.each(['--upload-pack=evil', 'ext::sh -c evil'])(
    'a repository that git would take for a command is refused: %s',
    async (repo) => {
      const { problems } = await load(row({ repo }));
      expect(problems).toMatchObject([{ field: 'repo' }]);
    },
  );

  test("SWE-bench's rows are taken as they are, lists as JSON in strings or as lists", async () => {
    const instance = {
      instance_id: 'o__r-1',
      repo: 'o/r',
      base_commit: 'a'.repeat(40),
      patch: 'p',
      test_patch: 't',
      problem_statement: 's',
      hints_text: '',
      created_at: '',
      version: '1.0',
      FAIL_TO_PASS: '["t::a"]',
      PASS_TO_PASS: ['t::b'],
      environment_setup_commit: 'b',
    };
    const { tasks } = await load(JSON.stringify(instance));
    const task = tasks[0] as RepositoryTask;
    expect(task).toMatchObject({
      taskId: 'o__r-1',
      repo: 'https://github.com/o/r',
      failToPass: ['t::a'],
      passToPass: ['t::b'],
      official: true,
      environment: { image: 'swebench/sweb.eval.x86_64.o_1776_r-1:latest', workdir: '/testbed' },
    });
  });

  test('environments: image, Dockerfile, devcontainer, anything else is told', async () => {
    const { tasks, problems, folder } = await load(
      [
        row({ environment: 'python:3.12' }),
        row({ task_id: 'b', environment: { dockerfile: 'env/Dockerfile' } }),
        row({ task_id: 'c', environment: { devcontainer: '.devcontainer/devcontainer.json' } }),
        row({ task_id: 'd', environment: { vm: 'x' } }),
      ].join('\n'),
    );
    expect(tasks.map((task) => (task as RepositoryTask).environment)).toEqual([
      { kind: 'image', image: 'python:3.12' },
      {
        kind: 'dockerfile',
        dockerfile: path.join(folder, 'env/Dockerfile'),
        context: path.join(folder, 'env'),
      },
      { kind: 'devcontainer', devcontainer: path.join(folder, '.devcontainer/devcontainer.json') },
    ]);
    expect(problems).toMatchObject([{ line: 4, field: 'environment' }]);
  });

  test('100,000 tasks load', async () => {
    const lines = Array.from({ length: 100_000 }, (_, n) =>
      row({ task_id: `t${String(n)}`, problem_statement: 'x'.repeat(200) }),
    );
    const { tasks, problems } = await load(lines.join('\n'));
    expect([tasks.length, problems.length]).toEqual([100_000, 0]);
  }, 60_000);
});
