import { closeSync, openSync } from 'node:fs';
import { runProgram } from '../../src/runner/program';

/** A process that has no file handle left for the pipes of a program, until it gives some back. Prints what the program says. */
async function main(): Promise<void> {
  const held: number[] = [];
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch (error) {
    console.log(error instanceof Error && 'code' in error ? error.code : error);
  }
  setTimeout(() => {
    for (const handle of held.slice(0, 16)) closeSync(handle);
    console.log('given back');
  }, 200);
  const { stdout } = await runProgram('echo', ['it ran'], {});
  console.log(stdout);
}

void main();
