import { expect, test } from 'vitest';
import { parseRepositoryRow } from '../../../../src/runner/model';
import { instance } from './official';

test('the columns that only official grading and environments read', () => {
  const task = instance({
    version: 3.1,
    difficulty: '15 min - 1 hour',
    image: 'registry/image:tag',
    eval_script: '#!/bin/bash\n',
    log_parser: 'parse_log_django',
    eval_type: 'fail_only',
  });
  expect(task).toMatchObject({ version: '3.1', difficulty: '15 min - 1 hour' });
  expect(task.officialColumns).toMatchObject({
    kind: 'swe-bench',
    repository: 'owner/project',
    evalScript: '#!/bin/bash\n',
    logParser: 'parse_log_django',
    evalType: 'fail_only',
  });
  expect(task.environment).toMatchObject({ image: 'registry/image:tag' });
});

test('rows of before version 5, and null where a column is empty', () => {
  const rest = { evalScript: null, logParser: null, evalType: 'pass_and_fail' };
  for (const empty of [undefined, null]) {
    const columns = ['version', 'difficulty', 'image', 'eval_script', 'log_parser', 'eval_type'];
    const task = instance(Object.fromEntries(columns.map((column) => [column, empty])));
    expect(task).toMatchObject({ version: null, difficulty: null });
    expect(task.officialColumns).toMatchObject({ repository: 'owner/project', ...rest });
    expect(task.environment).toMatchObject({
      image: 'swebench/sweb.eval.x86_64.owner_1776_project-1:latest',
    });
  }
});

test('an eval_type that nobody knows is told', () => {
  const value = { instance_id: 'a', repo: 'o/p', base_commit: 'abcdef0', eval_type: 'pass_only' };
  const row = parseRepositoryRow(value, { file: 'rows.jsonl', line: 1 });
  expect(row).toMatchObject({ ok: false, problems: [{ field: 'eval_type' }] });
});

test('a seed row has none of them', () => {
  const value = { task_id: 'a', repo: 'https://example.org/p', ref: 'main' };
  const row = parseRepositoryRow(value, { file: 'rows.jsonl', line: 1 });
  expect(row.ok && row.task.officialColumns).toBeUndefined();
});
