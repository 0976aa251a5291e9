import { describe, expect, it } from 'vitest';
import { taskStatement } from '../../../src/presentation/taskStatement';
import { validationReport } from '../../../src/presentation/validationReport';
import type { TaskValidation } from '../../../src/runner/model';
import { parseRepositoryRow } from '../../../src/runner/model';
import { taskOf } from './fixtures';

function statementOf(problem_statement: string): string {
  const row = {
    instance_id: 'owner__name-1',
    repo: 'owner/name',
    base_commit: '0123456789abcdef0123456789abcdef01234567',
    problem_statement,
    patch: 'the solution',
    test_patch: 'the tests',
    FAIL_TO_PASS: '["test_secret"]',
    difficulty: '<15 min fix',
  };
  const parsed = parseRepositoryRow(row, { file: 'a.jsonl', line: 1 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return taskStatement(parsed.task, undefined);
}

/** What a reader of Markdown could take for the beginning of a tag. */
const tag = /<[a-z/!?]/i;

describe('a problem statement', () => {
  it('has the facts of its task, and nothing that solves it', () => {
    const text = statementOf('It *fails*.');
    expect(text).toContain('It *fails*.');
    expect(text).toContain('| Tests | 1 FAIL\\_TO\\_PASS |');
    expect(text).toContain('| Difficulty | \\<15 min fix |');
    expect(text).not.toMatch(/the solution|the tests|test_secret/);
    expect(taskStatement(taskOf('x'), undefined)).toContain('no problem statement');
  });

  it.each([
    '<script>alert(1)</script>',
    'a <img src=x onerror=y>',
    '`\n` <img src=x> `',
    '- item\n\n  ```\n<iframe src=x>',
    '``` a`b\n<script>x</script>',
    '    <div>',
    '<!-- hidden -->',
  ])('has no HTML in it: %j', (statement) => {
    expect(statementOf(statement)).not.toMatch(tag);
  });

  it('leaves fenced code as it is, so that it can be copied, and what follows is text again', () => {
    const text = statementOf('```html\n<b>x</b>\n```\n<b>y</b>');
    expect(text).toContain('\n<b>x</b>\n');
    expect(text).not.toContain('<b>y');
  });
});

it('a validation report has what is bad first, and says how many were not tried', () => {
  const validation = (state: TaskValidation['state']): TaskValidation => ({
    task_id: `is_${state}`,
    gold: ['passed', 'passed'],
    empty: ['failed', 'failed'],
    state,
    detail: 'because',
  });
  const found = new Map([
    ['a', validation('good')],
    ['b', validation('broken')],
  ]);
  const tasks = ['a', 'b', 'c'].map((id) => taskOf(id));
  expect(validationReport(tasks, ({ taskId }) => found.get(taskId))).toBe(
    [
      '# Validation',
      '',
      '1 broken · 1 good · 1 task not validated',
      '',
      '## broken',
      '',
      '- **is\\_broken**: because (gold: passed · nothing done: failed)',
      '',
      '## good',
      '',
      '- **is\\_good**: because (gold: passed · nothing done: failed)',
      '',
    ].join('\n'),
  );
});
