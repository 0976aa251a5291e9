import type { ContestTest } from '../runner/index';

/** Prose of a statement, or what it shows of a program's input or output, to be kept line by line. */
export interface StatementPart {
  readonly kind: 'prose' | 'example';
  readonly text: string;
}

const examplesStart = /^(examples?|sample (?:input|output).*)\s*:?$/i;
const examplesEnd = /^(notes?|explanation.*|hints?)\s*:?$/i;
const side = /^(?:sample |example )?(input|output)s?(?: \d+)?\s*:?$/i;

/**
 * The parts of a statement. The datasets print the examples at the end, between a line `Examples` and a line `Note`: where
 * they are just the public tests, which the page shows anyway, they are left out; else they are kept as they are printed.
 */
export function contestExamples(
  statement: string,
  tests: readonly ContestTest[],
): readonly StatementPart[] {
  const lines = statement.split('\n');
  const start = lines.findIndex((line) => examplesStart.test(line.trim()));
  if (start < 0) return [{ kind: 'prose', text: statement }];
  const after = lines.findIndex((line, index) => index > start && examplesEnd.test(line.trim()));
  const end = after < 0 ? lines.length : after;
  const examples = lines.slice(start, end);
  const parts: readonly StatementPart[] = [
    { kind: 'prose', text: lines.slice(0, start).join('\n') },
    ...(isPublicTests(examples, tests) ? [] : exampleParts(examples)),
    { kind: 'prose', text: lines.slice(end).join('\n') },
  ];
  return parts.filter(({ text }) => text.trim() !== '');
}

/** Whether the examples show every public test and nothing else. */
function isPublicTests(examples: readonly string[], tests: readonly ContestTest[]): boolean {
  const shown = examples.filter((line) => !isLabel(line)).join(' ');
  const known = tests.flatMap(({ input, output }) => [input, output]).join(' ');
  return tests.length > 0 && words(shown) === words(known);
}

function words(text: string): string {
  return text.trim().split(/\s+/).join(' ');
}

function isLabel(line: string): boolean {
  return side.test(line.trim()) || examplesStart.test(line.trim());
}

function exampleParts(lines: readonly string[]): readonly StatementPart[] {
  const parts: StatementPart[] = [];
  let text: string[] = [];
  const close = (): void => {
    const shown = text.join('\n').replace(/^\n+|\s+$/g, '');
    if (shown !== '') parts.push({ kind: 'example', text: shown });
    text = [];
  };
  for (const line of lines) {
    if (!isLabel(line)) {
      text.push(line);
      continue;
    }
    close();
    parts.push({ kind: 'prose', text: line });
  }
  close();
  return parts;
}
