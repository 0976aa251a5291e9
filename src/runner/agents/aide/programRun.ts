import { cutInTheMiddle } from '../cutText';
import type { ExecResult } from '../../sandbox/sandbox';

/** Bytes of a program's output that its node keeps. */
const longestOutput = 16 * 1024;

/** What became of a solution that was run. */
export interface ProgramRun {
  /** Cut in the middle when long. */
  readonly termOut: string;
  /** Seconds. */
  readonly execTime: number;
  /** The name of the exception that ended it, or of what stands for one; null: it ran to its end. */
  readonly excType: string | null;
}

/** Reads how a program ended. `output`: all that it printed, stdout and stderr as they came. */
export function programRun(
  exec: Pick<ExecResult, 'cause' | 'exitCode' | 'signal' | 'durationMs'>,
  output: string,
  { limitMs }: { readonly limitMs: number },
): ProgramRun {
  const said = cleanOutput(output);
  const { excType, note } = endOf(exec, said, limitMs);
  const whole =
    note === null ? said : `${said}${said.endsWith('\n') || said === '' ? '' : '\n'}${note}\n`;
  return {
    termOut: cutInTheMiddle(whole, longestOutput).text,
    execTime: exec.durationMs / 1000,
    excType,
  };
}

function endOf(
  { cause, exitCode, signal }: Pick<ExecResult, 'cause' | 'exitCode' | 'signal'>,
  said: string,
  limitMs: number,
): { readonly excType: string | null; readonly note: string | null } {
  switch (cause) {
    case 'exited':
      return { excType: exitCode === 0 ? null : exceptionIn(said), note: null };
    case 'timeout': {
      const seconds = String(Math.round(limitMs / 1000));
      return { excType: 'TimeoutError', note: `[stopped: it ran for its limit of ${seconds} s]` };
    }
    case 'oom':
      return { excType: 'MemoryError', note: '[killed: it used more memory than there is]' };
    case 'output_limit':
      return { excType: 'OutputError', note: '[stopped: it printed far too much]' };
    case 'signalled':
      return { excType: signal ?? 'SIGKILL', note: `[killed by ${signal ?? 'a signal'}]` };
  }
}

const header = 'Traceback (most recent call last):';
const exceptionLine = /^(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)(?::|$)/;
/** Without a header: a file that Python cannot even read. */
const errorLine = /^(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*(?:Error|Exception))(?::|$)/;

/** The exception of the last traceback, without its module; a program that only says that it failed left by itself. */
export function exceptionIn(output: string): string {
  const lines = output.split('\n');
  const start = lines.lastIndexOf(header);
  const own = start === -1 ? undefined : lines.slice(start + 1).find((line) => /^\S/.test(line));
  const [, named] = exceptionLine.exec(own ?? '') ?? [];
  if (named !== undefined) return named;
  const [, error] = errorLine.exec(lines.findLast((line) => errorLine.test(line)) ?? '') ?? [];
  return error ?? (start === -1 ? 'SystemExit' : 'Exception');
}

/** As a terminal shows it in the end: no colours, and of a progress bar its last state. */
export function cleanOutput(output: string): string {
  return output
    .replace(escapes, '')
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1).replace('\r', ''))
    .join('\n');
}

const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
