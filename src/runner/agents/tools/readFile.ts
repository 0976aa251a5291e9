import * as z from 'zod';
import { toolParameters, usualLines } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Tool } from '../tool';
import { failed, readText } from './sandboxCalls';

const longestLine = 1000;

const parameters = z.object(toolParameters.read_file);

export function readFileTool(sandbox: Sandbox): Tool<typeof parameters> {
  return {
    name: 'read_file',
    description:
      'Reads a text file. Every line begins with its number and a tab, which are not part of the file.',
    parameters,
    changesFiles: false,
    async call({ path, start_line: start, end_line: asked }, { signal }) {
      const read = await readText(sandbox, path, { signal });
      if ('problem' in read) return failed(read.problem);
      if (read.text === '') return { ok: true, text: `${path} is empty.` };
      const lines = read.text.replace(/\n$/, '').split('\n');
      const end = Math.min(asked ?? start + usualLines - 1, lines.length);
      if (start > lines.length || end < start)
        return failed(
          `${path} has ${String(lines.length)} lines; there are none from ${String(start)} to ${String(asked ?? end)}.`,
        );
      const numbered = lines
        .slice(start - 1, end)
        .map((line, n) => `${String(start + n)}\t${shortened(line)}`);
      const rest =
        start > 1 || end < lines.length
          ? [`(lines ${String(start)} to ${String(end)} of ${String(lines.length)})`]
          : [];
      return { ok: true, text: [...numbered, ...rest].join('\n') };
    },
  };
}

function shortened(line: string): string {
  const left = line.length - longestLine;
  return left > 0 ? `${line.slice(0, longestLine)}… (${String(left)} more characters)` : line;
}
