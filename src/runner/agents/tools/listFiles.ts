import * as z from 'zod';
import { toolParameters } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Tool } from '../tool';
import { failed, pathIn, quickMs, textOf } from './sandboxCalls';

const mostEntries = 500;
const hidden = ['.git', '__pycache__', '.pytest_cache', '.mypy_cache', 'node_modules', '.venv'];

const parameters = z.object(toolParameters.list_files);

export function listFilesTool(sandbox: Sandbox): Tool<typeof parameters> {
  return {
    name: 'list_files',
    description: `Lists files and folders (these end in "/"), at most ${String(mostEntries)}. Left out: ${hidden.join(', ')}.`,
    parameters,
    changesFiles: false,
    async call({ path, depth }, { signal }) {
      const folder = pathIn(sandbox, path);
      const names = hidden.flatMap((name, n) => [...(n === 0 ? [] : ['-o']), '-name', name]);
      const argv = [
        ...['find', folder, '-mindepth', '1', '-maxdepth', String(depth)],
        ...['(', ...names, ')', '-prune', '-o'],
        ...['-type', 'd', '-printf', String.raw`%P/\0`, '-o', '-printf', String.raw`%P\0`],
      ];
      const exec = await sandbox.exec(argv, { timeoutMs: quickMs, signal });
      if (exec.cause !== 'exited' || (exec.exitCode !== 0 && exec.stdout.length === 0))
        return failed(`${path} cannot be listed: ${textOf(exec.stderr).trim() || exec.cause}`);
      const entries = textOf(exec.stdout).split('\0').filter(Boolean).map(printable).sort();
      if (entries.length === 0) return { ok: true, text: `${path} is empty.` };
      const left = entries.length - mostEntries;
      const more = left > 0 ? [`… ${String(left)} more: name a folder, or a smaller depth`] : [];
      return { ok: true, text: [...entries.slice(0, mostEntries), ...more].join('\n') };
    },
  };
}

/** A name on one line, whatever is in it. */
function printable(name: string): string {
  return /\p{Cc}/u.test(name) ? JSON.stringify(name) : name;
}
