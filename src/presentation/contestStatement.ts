import type { ContestTask, ContestTest, Task, TestKind } from '../runner/index';
import { contestExamples } from './contestExamples';
import { kindLabel } from './contestLabels';
import { formatBytes, formatCount } from './format';
import { fenced, inlineText } from './markdownText';

/** Longer texts of a test are cut here; its document has all of it. */
const shownChars = 4000;
/** A page with more tests than this is read by nobody. */
const pageTests = 50;

/**
 * A contest task as a Markdown document: facts, the statement, its public tests as blocks to copy from. Statements are
 * plain text in the datasets (headings are lines, indices are plain), so nothing of them is read as Markdown or HTML;
 * neither images nor links of a dataset are ever loaded.
 */
export function contestStatement(task: ContestTask): string {
  const rows = factsOf(task).flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`| ${name} | ${inlineText(value)} |`],
  );
  return [
    `# ${inlineText(task.name)}`,
    '',
    ...(rows.length === 0 ? [] : ['| | |', '| --- | --- |', ...rows, '']),
    ...(task.style === 'program' ? programStatement(task) : textStatement(task)),
    ...publicTests(task.publicTests),
    '',
  ].join('\n');
}

export function isContestTask(task: Task): task is ContestTask {
  return task.benchmark === 'contests' && 'statement' in task;
}

function factsOf(task: ContestTask): readonly (readonly [string, string | null])[] {
  return [
    ['Origin', task.origin === null ? null : task.group],
    ['Dataset', task.dataset],
    ['Difficulty', task.difficulty],
    ['Rating', task.rating === null ? null : String(task.rating)],
    ['Tags', task.tags.join(', ')],
    ['Time limit', task.timeLimitS === null ? null : `${String(task.timeLimitS)} s of CPU time`],
    ['Memory limit', task.memoryLimitBytes === null ? null : formatBytes(task.memoryLimitBytes)],
    ['Input', task.inputFile === null ? null : `file ${task.inputFile}`],
    ['Output', task.outputFile === null ? null : `file ${task.outputFile}`],
    ['Tests', testCounts(task)],
  ];
}

/** `1 public, 9 private, 120 generated`; kinds that are not there or not counted are left out. */
export function testCounts(task: Pick<ContestTask, 'testCounts'>): string {
  return Object.entries(task.testCounts)
    .flatMap(([kind, count]) =>
      // The keys of a record whose keys are kinds.
      count === null || count === 0 ? [] : [`${formatCount(count)} ${kindLabel(kind as TestKind)}`],
    )
    .join(', ');
}

/** A program to be completed: what stands before it is the statement. */
function programStatement(task: ContestTask): readonly string[] {
  return ['## Program', '', fenced(task.statement.replace(/\n+$/, ''), 'python'), ''];
}

function textStatement(task: ContestTask): readonly string[] {
  const statement = task.statement.replaceAll('\r\n', '\n');
  if (statement.trim() === '') return ['*This task has no statement.*', ''];
  return contestExamples(statement, task.publicTests).flatMap((part) =>
    part.kind === 'example' ? [fenced(part.text), ''] : [proseText(part.text), ''],
  );
}

/** What the datasets have in place of a picture. */
const picture = /\\<image\\>/g;

/** Lines that the datasets use as headings. */
const heading =
  /^(Input|Output|Examples?|Notes?|Constraints|Subtasks|Explanation|Scoring|Interaction|(?:Sample )?(?:Input|Output)(?: Format| \d+)?)\s*:?$/i;

function proseText(text: string): string {
  return text
    .split(/\n{2,}/)
    .flatMap((paragraph) => {
      const lines = paragraph.split('\n').filter((line) => line.trim() !== '');
      const [first, ...rest] = lines;
      if (first === undefined) return [];
      if (heading.test(first.trim())) {
        const title = `## ${inlineText(first.trim().replace(/:$/, ''))}`;
        return rest.length === 0 ? [title] : [title, proseLines(rest)];
      }
      return [proseLines(lines)];
    })
    .join('\n\n');
}

/** Lines stay lines; bullets stay bullets. */
function proseLines(lines: readonly string[]): string {
  return lines
    .map((line, index) => {
      const [, bullet] = /^\s*[*•-] +(.*)$/.exec(line) ?? [];
      if (bullet !== undefined) return `- ${proseLine(bullet)}`;
      const next = lines[index + 1];
      const ends = next === undefined || /^\s*[*•-] +/.test(next);
      return proseLine(line) + (ends ? '' : '\\');
    })
    .join('\n');
}

function proseLine(line: string): string {
  return inlineText(line.trim()).replaceAll(picture, '*(picture)*');
}

function publicTests(tests: readonly ContestTest[]): readonly string[] {
  if (tests.length === 0) return [];
  return [
    '## Public Tests',
    '',
    ...tests.flatMap((test, index) => testLines(test, `Test ${String(index + 1)}`)),
  ];
}

/** The tests of a kind as a page of their own, as far as one wants to read on. */
export function contestTestsPage(
  task: Pick<ContestTask, 'name'>,
  kind: TestKind,
  tests: readonly ContestTest[],
): string {
  const name = kindLabel(kind);
  const more = tests.length - pageTests;
  return [
    `# ${inlineText(task.name)}`,
    '',
    ...tests
      .slice(0, pageTests)
      .flatMap((test, index) => testLines(test, `${capital(name)} test ${String(index + 1)}`)),
    ...(more > 0 ? [`*${formatCount(more)} more tests; each opens by itself.*`, ''] : []),
  ].join('\n');
}

function testLines({ input, output }: ContestTest, title: string): readonly string[] {
  return [
    `### ${title}`,
    '',
    'Input',
    '',
    fenced(shown(input)),
    '',
    'Expected output',
    '',
    fenced(shown(output)),
    '',
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function shown(text: string): string {
  const whole = text.replace(/\n+$/, '');
  return whole.length <= shownChars
    ? whole
    : `${whole.slice(0, shownChars)}\n… ${formatCount(whole.length - shownChars)} more characters`;
}
