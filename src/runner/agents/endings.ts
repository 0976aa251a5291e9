import type { ExitStatus, RunConfig, ToolCall } from '../model';
import type { ToolCallOutcome } from './toolbox';

/** pytest's last line when everything passed: `==== 3 passed, 1 skipped in 0.12s ====`, or without the bars (`-q`). */
const allPassed = /^=* ?(?!.*\b(failed|errors?)\b).*\b\d+ passed\b.* in [\d.]+ ?s\b.*$/m;

/** How a tool call ends the work, or null. */
export function ends(
  { ends: end, testTail }: ToolCallOutcome,
  { end_when_tests_pass: pattern }: RunConfig,
): ExitStatus | 'handed_over' | null {
  if (end !== null) return end;
  if (pattern === false || testTail === null) return null;
  const passed = pattern === true ? allPassed : new RegExp(pattern, 'm');
  return passed.test(testTail) ? 'tests_passed' : null;
}

/** Words with which models of other frameworks say that they are done. */
const signOff = /^\W*(TERMINATE|TASK_COMPLETE|<\|?done\|?>)\W*$/m;

/** Whether a text without tool calls says that the model considers itself done. It ends the episode, so it ends it once. */
export function isSignOff(text: string): boolean {
  return signOff.test(text);
}

/** The same turn this often in a row, with the same results, leads nowhere. */
const mostRepeats = 4;

/** Tells when an agent goes in circles: one turn again and again, or two in turn. */
export class Progress {
  readonly #turns: string[] = [];

  /** Takes one turn. Results count too: running the tests again after an edit is progress. */
  isStuck(calls: readonly ToolCall[], outcomes: readonly ToolCallOutcome[]): boolean {
    this.#turns.push(
      JSON.stringify([
        calls.map(({ name, arguments: args }) => [name, args]),
        outcomes.map(({ text }) => text),
      ]),
    );
    return [1, 2].some((period) => this.#repeats(period));
  }

  #repeats(period: number): boolean {
    const turns = this.#turns.slice(-period * mostRepeats);
    return (
      turns.length === period * mostRepeats &&
      turns.every((turn, n) => n < period || turn === turns[n - period])
    );
  }
}
