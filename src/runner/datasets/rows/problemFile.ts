import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { asRecord } from '../../model';
import type { DataRow } from './row';
import { DataFileError } from './row';

/** A larger file is no problem that somebody wrote. */
const longestJson = 32 * 1024 * 1024;

/**
 * Whether a file holds one contest problem, as people write them: YAML, Markdown with its tests in fenced blocks, or a
 * JSON object with a statement over several lines. Anything else is a data file.
 */
export async function isProblemFile(file: string): Promise<boolean> {
  if (/\.(ya?ml|md)$/i.test(file)) return true;
  if (!file.endsWith('.json') || (await stat(file)).size > longestJson) return false;
  const text = (await readFile(file, 'utf8')).trim();
  if (!text.startsWith('{') || !text.includes('\n')) return false;
  try {
    return 'statement' in (asRecord(JSON.parse(text)) ?? {});
  } catch {
    return false; // lines of JSON, or none: told by whoever reads them
  }
}

export async function* readProblemRows(file: string): AsyncGenerator<DataRow> {
  yield { number: 1, value: await readProblem(file) };
}

/**
 * A problem as a row of CodeContests.
 *
 * YAML (and a problem in JSON): `name` (default: the file's), `statement` or `description`, `tests` or `public_tests`,
 * `private_tests`, `generated_tests` (lists of `{input, output}`), and what else such rows have: `time_limit` (seconds),
 * `memory_limit_bytes`, `input_file`, `output_file`, `solutions`.
 *
 * Markdown: the same keys but the tests between `---` lines at its top; the title is the name where none is given; a test
 * is a fenced block `input` with the block `output` behind it, public unless it stands below a heading that says private
 * or hidden. The rest is the statement; what stands below such a heading is not.
 *
 * @throws DataFileError
 */
export async function readProblem(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const name = path.basename(file).replace(/\.\w+$/, '');
  return /\.md$/i.test(file) ? fromMarkdown(text, name) : problemRow(readYaml(text, 1), name);
}

/** A problem by its own keys, in those of the dataset. */
export function problemRow(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const given = asRecord(value);
  if (given === null) throw new DataFileError(1, 'expected one problem: name, statement, tests');
  const { statement, tests, ...row } = given;
  return {
    name,
    ...(statement === undefined ? {} : { description: statement }),
    public_tests: tests ?? [],
    ...row,
  };
}

function readYaml(text: string, line: number): unknown {
  try {
    return parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DataFileError(line, `not valid YAML: ${why}`);
  }
}

interface Test {
  readonly input: string;
  readonly output: string;
}

function fromMarkdown(text: string, fileName: string): Readonly<Record<string, unknown>> {
  const [, head, body = text] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  const tests: { readonly public: Test[]; readonly private: Test[] } = { public: [], private: [] };
  const statement: string[] = [];
  let section: keyof typeof tests = 'public';
  let title: string | null = null;
  let input: string | null = null;
  for (const part of partsOf(body)) {
    if (part.kind === 'input') input = part.text;
    else if (part.kind === 'output') {
      if (input === null)
        throw new DataFileError(part.line, 'this output has no block `input` before it');
      tests[section].push({ input, output: part.text });
      input = null;
    } else {
      const [, level, heading] =
        part.kind === 'line' ? (/^(#{1,6})\s+(.*)$/.exec(part.text) ?? []) : [];
      if (heading !== undefined) section = /private|hidden/i.test(heading) ? 'private' : 'public';
      if (title === null && level === '#' && heading !== undefined) title = heading.trim();
      // Of a heading above tests alone nothing would be left.
      else if (section === 'public' && !(heading !== undefined && /\btests?\b/i.test(heading)))
        statement.push(part.text);
    }
  }
  if (input !== null) throw new DataFileError(1, 'the last input has no block `output` behind it');
  const given = head === undefined ? {} : (asRecord(readYaml(head, 2)) ?? {});
  return problemRow(
    {
      statement: statement.join('\n').trim(),
      tests: tests.public,
      private_tests: tests.private,
      ...given,
    },
    title ?? fileName,
  );
}

interface MarkdownPart {
  /** `code`: a line of another block, which is no heading. */
  readonly kind: 'input' | 'output' | 'line' | 'code';
  readonly text: string;
  /** From 1, in the text below the head. */
  readonly line: number;
}

/** Blocks that are tests, and all other lines; fences of other kinds are lines too. */
function partsOf(body: string): readonly MarkdownPart[] {
  const parts: MarkdownPart[] = [];
  let block: { kind: 'input' | 'output'; mark: string; lines: string[]; line: number } | null =
    null;
  let other: string | null = null;
  for (const [n, line] of body.split('\n').entries()) {
    const [, mark, info = ''] = /^\s*(`{3,}|~{3,})\s*(\S*)\s*$/.exec(line) ?? [];
    if (block !== null) {
      if (mark === block.mark && info === '') {
        parts.push({ kind: block.kind, line: block.line, text: `${block.lines.join('\n')}\n` });
        block = null;
      } else block.lines.push(line);
      continue;
    }
    if (other === null && mark !== undefined && (info === 'input' || info === 'output')) {
      block = { kind: info, mark, lines: [], line: n + 1 };
      continue;
    }
    if (mark !== undefined) other = other === null ? mark : mark === other ? null : other;
    parts.push({ kind: other === null ? 'line' : 'code', text: line, line: n + 1 });
  }
  if (block !== null) throw new DataFileError(block.line, 'this block does not end');
  return parts;
}
