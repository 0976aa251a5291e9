import * as z from 'zod';
import { toolParameters } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Tool } from '../tool';
import { failed, readText, writeText } from './sandboxCalls';

/** Lines around a change that are shown after it. */
const around = 3;

const parameters = z.object(toolParameters.edit_file);

export function editFileTool(sandbox: Sandbox): Tool<typeof parameters> {
  return {
    name: 'edit_file',
    description:
      'Replaces a text in a file. The text must occur exactly once: give enough lines around it, or replace_all.',
    parameters,
    changesFiles: true,
    async call({ path, old_text: oldText, new_text: newText, replace_all: all }, { signal }) {
      const read = await readText(sandbox, path, { signal });
      if ('problem' in read) return failed(read.problem);
      if (oldText === newText) return failed('old_text and new_text are the same.');
      const { text, old, replacement } = withLineEnds(read.text, oldText, newText);
      const places = occurrences(text, old);
      if (places.length === 0) return failed(notFound(path, text, old));
      if (places.length > 1 && !all) {
        const lines = places.map((at) => lineOf(text, at)).join(', ');
        return failed(
          `old_text occurs ${String(places.length)} times in ${path} (lines ${lines}). Give more of what is around the one you mean, or set replace_all.`,
        );
      }
      // A function, since `$&` in a replacement text would mean something.
      const edited = text.replaceAll(old, () => replacement);
      const bytes = Buffer.from(edited, read.encoding);
      if (bytes.toString(read.encoding) !== edited)
        return failed(`${path} is not UTF-8, and new_text has characters that it cannot hold.`);
      const place = { path: read.path, content: bytes };
      const problem = await writeText(sandbox, place, { signal });
      if (problem !== null) return failed(problem);
      const [first = 0] = places;
      const made = `Replaced ${places.length === 1 ? 'it' : `${String(places.length)} occurrences`} in ${path}:`;
      return { ok: true, text: `${made}\n${excerpt(edited, first, replacement)}` };
    },
  };
}

/** Models write \n; a file with \r\n keeps its own line ends. */
function withLineEnds(
  text: string,
  oldText: string,
  newText: string,
): { readonly text: string; readonly old: string; readonly replacement: string } {
  if (text.includes(oldText) || !text.includes('\r\n'))
    return { text, old: oldText, replacement: newText };
  const crLf = (lines: string): string => lines.replace(/\r?\n/g, '\r\n');
  return { text, old: crLf(oldText), replacement: crLf(newText) };
}

function occurrences(text: string, part: string): readonly number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length))
    found.push(at);
  return found;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

/** Says where the text probably was meant to be: at the line that its first line is most like. */
function notFound(path: string, text: string, old: string): string {
  const wanted = old.split('\n').find((line) => line.trim() !== '') ?? '';
  const lines = text.split('\n');
  const scores = lines.map((line) => likeness(line.trim(), wanted.trim()));
  const best = Math.max(...scores);
  const at = scores.indexOf(best);
  const shown = numbered(lines, at, at + old.replace(/\n$/, '').split('\n').length);
  const hint =
    best === 1
      ? `Line ${String(at + 1)} is like the first line of old_text, so the difference is in white space or in the lines after it:\n${shown}`
      : best > leastLikeness
        ? `The nearest is at line ${String(at + 1)}:\n${shown}`
        : 'No line of it is like the first line of old_text either; read the file again.';
  return `old_text does not occur in ${path}. ${hint}`;
}

const leastLikeness = 0.6;

/** The part of the longer line that both begin and end with; 1: they are the same. */
function likeness(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  const shortest = Math.min(a.length, b.length);
  if (shortest === 0) return 0;
  let start = 0;
  while (start < shortest && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shortest - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return (start + end) / longest;
}

function excerpt(text: string, at: number, replacement: string): string {
  const first = lineOf(text, at) - 1;
  const last = first + replacement.replace(/\n$/, '').split('\n').length;
  return numbered(text.split('\n'), Math.max(0, first - around), last + around);
}

function numbered(lines: readonly string[], from: number, to: number): string {
  return lines
    .slice(from, to)
    .map((line, n) => `${String(from + n + 1)}\t${line}`)
    .join('\n');
}
