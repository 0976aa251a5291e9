import * as z from 'zod';
import { toolParameters } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Tool } from '../tool';
import { endOf, failed, pathIn, quickMs, textOf } from './sandboxCalls';

const mostMatches = 200;
const longestMatch = 300;

const parameters = z.object(toolParameters.search);

export function searchTool(sandbox: Sandbox): Tool<typeof parameters> {
  return {
    name: 'search',
    description: `Searches text files; prints path:line:text, at most ${String(mostMatches)} matches.`,
    parameters,
    changesFiles: false,
    async call({ pattern, path, glob, regex, ignore_case: ignoreCase }, { signal }) {
      const folder = pathIn(sandbox, path);
      const names = glob?.replace(/^(\*\*\/)+/, '');
      if (names?.includes('/'))
        return failed('glob is compared with names alone; give the folder as path.');
      const argv = [
        ...['grep', '-rnI', regex ? '-E' : '-F', ...(ignoreCase ? ['-i'] : [])],
        ...['--exclude-dir=.git', '--exclude-dir=__pycache__', '--exclude-dir=node_modules'],
        ...(names === undefined ? [] : [`--include=${names}`]),
        ...['-e', pattern, '--', folder],
      ];
      const exec = await sandbox.exec(argv, {
        timeoutMs: quickMs,
        outputLimitBytes: 1024 * 1024,
        signal,
      });
      const nothing = exec.cause === 'exited' && exec.exitCode === 1;
      if (nothing) return { ok: true, text: 'No matches.' };
      if (exec.stdout.length === 0)
        return failed(textOf(exec.stderr).trim() || (endOf(exec, quickMs) ?? 'no output'));
      const own = `${sandbox.workdir.replace(/\/$/, '')}/`;
      const matches = textOf(exec.stdout)
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(own, '').slice(0, longestMatch));
      const left = matches.length - mostMatches;
      const more = left > 0 ? [`… ${String(left)} more matches: look for something narrower`] : [];
      const end = exec.cause === 'exited' ? [] : [`[${endOf(exec, quickMs) ?? exec.cause}]`];
      return { ok: true, text: [...matches.slice(0, mostMatches), ...more, ...end].join('\n') };
    },
  };
}
