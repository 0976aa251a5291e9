import type { RepositoryTask, Task, TaskValidation } from '../runner/index';
import { shortRef } from './taskTree';

/**
 * A task as a Markdown document: facts, then the problem statement as its author wrote it. The solution, its tests and
 * their names are never in it. HTML stands there as text: the statement was written by whoever made the dataset.
 */
export function taskStatement(task: Task, validation: TaskValidation | undefined): string {
  const own = isRepositoryTask(task) ? task : null;
  const facts: readonly (readonly [string, string | null])[] = [
    ['Repository', task.repo === null ? null : `${task.repo} @ ${shortRef(task.ref ?? '')}`],
    ['Dataset', task.dataset],
    ['Version', task.version],
    ['Difficulty', task.difficulty],
    ['Tests', own === null ? null : testCounts(own)],
    ['Validation', validation === undefined ? null : `${validation.state}: ${validation.detail}`],
  ];
  const rows = facts.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`| ${name} | ${cellText(value)} |`],
  );
  const statement = own?.problemStatement ?? null;
  return [
    '| | |',
    '| --- | --- |',
    ...rows,
    '',
    '---',
    '',
    statement === null || statement.trim() === ''
      ? '*This task has no problem statement.*'
      : withoutHtml(statement.replaceAll('\r\n', '\n')),
    '',
  ].join('\n');
}

function testCounts({ failToPass, passToPass }: RepositoryTask): string | null {
  const counts = [
    failToPass === null ? '' : `${String(failToPass.length)} FAIL_TO_PASS`,
    passToPass === null ? '' : `${String(passToPass.length)} PASS_TO_PASS`,
  ].filter((text) => text !== '');
  return counts.length === 0 ? null : counts.join(', ');
}

/** Plain text in a cell of a table. */
function cellText(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|~]/g, '\\$&').replaceAll(/\s+/g, ' ');
}

/**
 * Makes what would be read as HTML plain text, by a sign of no width after `<`: so it looks the same whether a reader
 * takes a line for code or for text, which only the whole grammar could tell. Blocks that are fenced from the first column
 * on end nowhere but at their end, so they stay as they are, to be copied.
 */
export function withoutHtml(markdown: string): string {
  let fence = '';
  return markdown
    .split('\n')
    .map((line) => {
      const [, marks = ''] = /^(`{3,}(?=[^`]*$)|~{3,})/.exec(line) ?? [];
      if (fence === '') {
        fence = marks;
        return line.replaceAll(/<(?=[a-z/!?])/gi, '<\u2060');
      }
      if (marks.startsWith(fence) && line.trim() === marks) fence = '';
      return line;
    })
    .join('\n');
}

export function isRepositoryTask(task: Task): task is RepositoryTask {
  return task.benchmark === 'swe' && 'problemStatement' in task;
}
