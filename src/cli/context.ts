import type { RunnerErrorCode } from '../runner/model';
import { RunnerError } from '../runner/model';
import type { Readable, Writable } from 'node:stream';
import type { Host, Runner } from '../runner/index';
import type { Screen } from './screen';

/** What every command gets from main.ts. */
export interface CliContext {
  readonly host: Host;
  /** Made on first use, so that `--help` and `--version` do not load the core. */
  readonly runner: () => Promise<Runner>;
  readonly signal: AbortSignal;
  /** Result text; the only thing that goes to stdout. */
  readonly out: (text: string) => void;
  /** For a protocol that is spoken over them; then `out` says nothing. */
  readonly streams: { readonly stdin: Readable; readonly stdout: Writable };
  /** Progress, warnings and errors: stderr. */
  readonly say: (text: string) => void;
  /** Where that goes, for what is drawn below it. */
  readonly screen: Screen;
}

/** ARCHITECTURE.md, "Exit status". */
export const exitStatus = {
  done: 0,
  gateNotMet: 1,
  badInput: 2,
  infrastructure: 3,
  interrupted: 130,
} as const;
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** The exit status that a failure stands for: what the user can mend in the call is 2, what the machine lacks is 3. */
export function statusOf(error: unknown): ExitStatus {
  const mendable: readonly RunnerErrorCode[] = [
    'invalid-config',
    'invalid-task',
    'not-found',
    'locked',
    'model-denied',
  ];
  return RunnerError.is(error) && mendable.includes(error.code)
    ? exitStatus.badInput
    : exitStatus.infrastructure;
}

export function printJson(context: CliContext, value: unknown): void {
  context.out(`${JSON.stringify(value, null, 2)}\n`);
}
