import { constants } from 'node:os';

const names = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
// Two names for one number on Linux; these are the usual ones.
for (const name of ['SIGABRT', 'SIGCHLD', 'SIGIO'] as const)
  names.set(constants.signals[name], name);

/** The name of a signal of Linux: `SIGSEGV`, `SIG37`. */
export function signalName(number: number): string {
  return names.get(number) ?? `SIG${number}`;
}
