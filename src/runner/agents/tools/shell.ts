import * as z from 'zod';
import { shellSeconds, toolParameters } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import { shellArgv } from '../../sandbox/shellArgv';
import type { Tool } from '../tool';
import { endOf, textOf } from './sandboxCalls';

/** Bytes of output that are taken over; a model is shown far less, all of it stays on disk. */
const outputLimitBytes = 1024 * 1024;

const parameters = z.object(toolParameters.shell);

export function shellTool(sandbox: Sandbox): Tool<typeof parameters> {
  return {
    name: 'shell',
    description: `Runs a shell command and returns what it prints and its exit code. It has no terminal and no input, is stopped after timeout_s (${String(shellSeconds.usual)} s unless you say otherwise), and what it leaves running is stopped with the sandbox. Each call is a new shell: cd and variables do not stay.`,
    parameters,
    changesFiles: true,
    async call({ command, timeout_s: seconds }, { signal }) {
      const timeoutMs = seconds * 1000;
      // Both outputs in the order in which they were printed.
      const argv = shellArgv(`exec 2>&1\n${command}`);
      const exec = await sandbox.exec(argv, { timeoutMs, outputLimitBytes, signal });
      const end = endOf(exec, timeoutMs);
      const output = textOf(exec.stdout);
      const dropped = exec.droppedBytes.stdout;
      const notes = [
        ...(dropped > 0 ? [`${String(dropped)} more bytes were not kept`] : []),
        ...(end === null ? [] : [end]),
      ];
      const note = notes.length === 0 ? '' : `[${notes.join('; ')}]`;
      const text = output === '' && note === '' ? '[no output]' : joined(output, note);
      return { ok: end === null, text };
    },
  };
}

function joined(output: string, note: string): string {
  if (note === '') return output;
  return output === '' || output.endsWith('\n') ? output + note : `${output}\n${note}`;
}
