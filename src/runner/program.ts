import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Options, Result, ResultPromise } from 'execa';
import { execa } from 'execa';
import { diskError, withFileHandle } from './store/files';

export { ExecaError } from 'execa';

// As execa spells the types of what it returns.
type Running<Given extends Options> = ResultPromise<NonNullable<unknown> & Given>;
type Ended<Given extends Options> = Result<NonNullable<unknown> & Given>;

/** Where Node tells of each process that it is about to start. */
const processChannel = 'child_process';

/**
 * Starts a program on the host, as execa does. When this process has no file handle left for its pipes, it waits for
 * some.
 *
 * @throws `too-many-files` when none came
 */
export async function startProgram<const Given extends Options>(
  program: string,
  args: readonly string[],
  options: Given,
): Promise<{ readonly running: Running<Given> }> {
  try {
    return await withFileHandle(() => start(program, args, options));
  } catch (error) {
    throw diskError(error, program);
  }
}

/** Runs a program on the host to its end. */
export async function runProgram<const Given extends Options>(
  program: string,
  args: readonly string[],
  options: Given,
): Promise<Ended<Given>> {
  const { running } = await startProgram(program, args, options);
  const result: Promise<Ended<Given>> = running;
  return await result;
}

/**
 * Without a handle for its pipes, Node makes a process that has none and says why in an event. execa stumbles over such a
 * process and leaves it alone, and an error that nobody listens for would end this process.
 */
async function start<const Given extends Options>(
  program: string,
  args: readonly string[],
  options: Given,
): Promise<{ readonly running: Running<Given> }> {
  const made: ChildProcess[] = [];
  const note = (message: unknown): void => {
    // Node's documentation says what it tells; its types do not.
    made.push((message as { readonly process: ChildProcess }).process);
  };
  let stumbled: unknown;
  subscribe(processChannel, note);
  try {
    return { running: execa(program, args, options) };
  } catch (error) {
    stumbled = error;
  } finally {
    unsubscribe(processChannel, note);
  }
  const failed = made.find(({ pid }) => pid === undefined);
  if (failed === undefined) throw stumbled;
  const [reason] = (await once(failed, 'error')) as [Error]; // what a process says of itself
  throw reason;
}
