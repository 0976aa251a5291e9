import { describe, expect, test } from 'vitest';
import type { RepositoryTask } from '../../../../src/runner/model';
import { parseRepositoryRow } from '../../../../src/runner/model';
import { multiRow, proRow, rebenchRow, smithRow, sweRow } from './samples';

function taskOf(row: object): RepositoryTask {
  const parsed = parseRepositoryRow(row, { file: 'data/rows.jsonl', line: 3 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.task;
}

function problemsOf(row: object): unknown {
  const parsed = parseRepositoryRow(row, { file: 'rows.jsonl', line: 3 });
  return parsed.ok ? [] : parsed.problems;
}

describe('SWE-bench', () => {
  test('what the tree groups and sorts by', () => {
    const task = taskOf({ ...sweRow, difficulty: '<15 min fix' });
    expect(task).toMatchObject({
      taskId: 'owner__project-12',
      dataset: 'rows.jsonl',
      group: 'owner/project',
      version: '1.2',
      difficulty: '<15 min fix',
      size: { patchLines: 2, tests: 3 },
      source: { file: 'data/rows.jsonl', line: 3 },
    });
    expect(task.officialColumns).toMatchObject({
      kind: 'swe-bench',
      createdAt: '2021-10-13T11:35:29Z',
      environmentSetupCommit: '67023b85c41d23d6c6d69812a41b207c4f8a9331',
      unsupported: null,
    });
  });

  test('test lists as Multilingual has them', () => {
    const lists = { FAIL_TO_PASS: ['t.py::a'], PASS_TO_PASS: [] };
    expect(taskOf({ ...sweRow, ...lists })).toMatchObject({
      failToPass: ['t.py::a'],
      passToPass: [],
    });
  });

  test('a dataset that is known is named, and its kind is not guessed', () => {
    const source = { file: 'hub:a/b@main:test', line: 1 };
    const parsed = parseRepositoryRow(sweRow, source, {
      dataset: 'SWE-Gym (train)',
      kind: 'swe-gym',
    });
    expect(parsed).toMatchObject({
      ok: true,
      task: {
        dataset: 'SWE-Gym (train)',
        environment: { image: 'xingyaoww/sweb.eval.x86_64.owner_s_project-12:latest' },
        officialColumns: { kind: 'swe-gym' },
      },
    });
  });
});

test('a column that is null is one that is not there', () => {
  const row = { task_id: 'a', repo: 'https://example.org/p', ref: 'main' };
  const empty = { pytest_k: null, install: null, test_patch: null, FAIL_TO_PASS: null, env: null };
  expect(taskOf({ ...row, ...empty })).toEqual(taskOf(row));
  expect(problemsOf({ ...row, ref: null })).toMatchObject([{ field: 'ref' }]);
});

describe('SWE-smith', () => {
  test('the patch makes the bug; its reverse is the gold patch', () => {
    const task = taskOf(smithRow);
    expect(task.startPatch).toBe(smithRow.patch);
    expect(task.goldPatch).toContain('-    return a - b\n+    return a + b\n');
    expect(task).toMatchObject({
      repo: 'https://github.com/swesmith/owner__project.1fd52536',
      environment: {
        image: 'someone/swesmith.x86_64.owner_1776_project.1fd52536',
        workdir: '/testbed',
      },
      size: { patchLines: 2, tests: 2 },
      officialColumns: { kind: 'swe-smith' },
    });
  });

  test('a patch that cannot be reversed is refused', () => {
    expect(problemsOf({ ...smithRow, patch: 'no patch' })).toEqual([
      { field: 'patch', message: 'expected a text patch that can be reversed' },
    ]);
  });
});

describe('SWE-rebench', () => {
  test('test command, parser and image stand in its own columns', () => {
    const task = taskOf(rebenchRow);
    expect(task.testCommand).toBe('pytest --no-header -rA');
    expect(task.environment).toMatchObject({
      image: 'someone/sweb.eval.x86_64.owner_1776_project-7',
    });
    expect(task.officialColumns).toMatchObject({
      kind: 'swe-rebench',
      logParser: 'parse_log_pytest',
      installConfig: { python: '3.9', install: 'pip install -e .' },
    });
  });

  test('several commands are all run, and the settings may be JSON in a string', () => {
    const config = { ...rebenchRow.install_config, test_cmd: ['pytest a', 'pytest b'] };
    const task = taskOf({ ...rebenchRow, install_config: JSON.stringify(config) });
    expect(task.testCommand).toBe('pytest a\npytest b');
  });

  test('without an image the environment is left to be built', () => {
    const task = taskOf({ ...rebenchRow, docker_image: null, image_name: 'other/image:1' });
    expect(task.environment).toMatchObject({ image: 'other/image:1' });
    expect(taskOf({ ...rebenchRow, docker_image: null }).environment).toBeNull();
  });
});

test('SWE-Gym is known by its repositories', () => {
  const row: Record<string, unknown> = { ...sweRow };
  delete row['environment_setup_commit'];
  const lists = { FAIL_TO_PASS: ['t.py::a'], PASS_TO_PASS: [] };
  const gym = {
    ...row,
    ...lists,
    repo: 'getmoto/moto',
    instance_id: 'getmoto__moto-5',
    version: '4.1',
  };
  expect(taskOf(gym)).toMatchObject({
    environment: { image: 'xingyaoww/sweb.eval.x86_64.getmoto_s_moto-5:latest' },
    officialColumns: { kind: 'swe-gym' },
  });
  expect(taskOf({ ...gym, image: 'a/b:c' }).officialColumns?.kind).toBe('swe-bench');
});

describe('SWE-bench Pro', () => {
  test('its lists, last command, files and image', () => {
    const task = taskOf(proRow);
    expect(task).toMatchObject({
      failToPass: ["tests/test_a.py::test_it's", 'tests/test_a.py::test_"b"'],
      passToPass: ['tests/test_b.py::test_c'],
      environment: { image: 'jefzda/sweap-images:owner.project-1', workdir: '/app' },
      officialColumns: {
        kind: 'swe-bench-pro',
        setupCommand: 'git checkout 0123abc -- tests/test_a.py',
        testFiles: ['tests/test_a.py', 'tests/test_b.py'],
      },
    });
    expect(task.officialColumns?.unsupported).toMatch(/scripts of each instance/);
    expect(task.problemStatement).toBe('It breaks.\n\n## Requirements\n\nIt must not.');
  });

  test('a list that is none is refused', () => {
    expect(problemsOf({ ...proRow, fail_to_pass: '[a, b]' })).toMatchObject([
      { field: 'fail_to_pass' },
    ]);
  });
});

describe('Multi-SWE-bench', () => {
  test('ids, tests and issues from columns of its own', () => {
    const task = taskOf(multiRow);
    expect(task).toMatchObject({
      taskId: 'owner__Project-42',
      group: 'owner/Project',
      repo: 'https://github.com/owner/Project',
      ref: '0123456789abcdef0123456789abcdef01234567',
      failToPass: ['a.spec', 'new.spec'],
      passToPass: ['old.spec'],
      problemStatement: 'It breaks\n\nWhen I do this.',
      environment: { image: 'mswebench/owner_m_project:pr-42', workdir: '/home/Project' },
    });
    expect(task.officialColumns?.unsupported).toMatch(/Multi-SWE-bench/);
  });

  test('without issues the pull request says what is wanted', () => {
    const row = { ...multiRow, resolved_issues: [], title: 'Mend it', body: null };
    expect(taskOf(row).problemStatement).toBe('Mend it');
  });

  test('what is wrong is told by its own columns', () => {
    expect(problemsOf({ ...multiRow, base: { ref: 'main' }, number: 'x' })).toMatchObject([
      { field: 'number' },
      { field: 'base.sha' },
    ]);
  });
});
