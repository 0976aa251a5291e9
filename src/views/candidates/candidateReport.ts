import * as vscode from 'vscode';
import type { CandidateCase, CandidateCases } from '../../presentation/candidateCases';
import { toCrLf } from '../../presentation/format';

export interface ReportParts {
  /** The program. */
  readonly item: vscode.TestItem;
  readonly uri: vscode.Uri;
  /** Its tests by their names. */
  readonly items: ReadonlyMap<string, vscode.TestItem>;
}

/** Longer texts of stderr are in the trial's log. */
const outputChars = 4000;

/** Tells Test Results what became of a program: each test, with what was expected against what it said. */
export class CandidateReport {
  readonly #run: vscode.TestRun;
  readonly #parts: ReportParts;

  constructor(run: vscode.TestRun, parts: ReportParts) {
    this.#run = run;
    this.#parts = parts;
  }

  show({ tests, refused }: CandidateCases): void {
    if (refused !== null) {
      const text = [refused.headline, refused.details].filter((part) => part !== '');
      this.failAll(text.join('\n\n'), { line: refused.line });
      return;
    }
    const told = new Set<string>();
    for (const test of tests) {
      const item = this.#parts.items.get(test.name);
      if (item === undefined) continue;
      told.add(test.name);
      this.#report(item, test);
    }
    for (const [name, item] of this.#parts.items) if (!told.has(name)) this.#run.skipped(item);
  }

  /** It was called off. */
  skipAll(): void {
    for (const item of this.#parts.items.values()) this.#run.skipped(item);
  }

  /** No test could be run. */
  failAll(message: string, options: { readonly line?: number | null } = {}): void {
    for (const item of this.#parts.items.values()) this.#run.skipped(item);
    const told = new vscode.TestMessage(message);
    told.location = this.#location(options.line ?? null);
    this.#run.errored(this.#parts.item, told);
    this.#run.appendOutput(toCrLf(`${message}\n`), told.location, this.#parts.item);
  }

  #report(item: vscode.TestItem, test: CandidateCase): void {
    const { verdict, durationMs } = test;
    const say = (text: string): void => {
      this.#run.appendOutput(toCrLf(`${item.label}: ${text}\n`), undefined, item);
    };
    if (verdict === 'not_run') {
      this.#run.skipped(item);
      return;
    }
    const said = test.details.slice(-outputChars);
    say([this.#facts(test), said].filter((part) => part !== '').join('\n'));
    if (verdict === 'passed') this.#run.passed(item, durationMs);
    else if (verdict === 'wrong_answer') this.#run.failed(item, this.#message(test), durationMs);
    else this.#run.errored(item, this.#message(test), durationMs);
  }

  /** `wrong answer, 12 ms of CPU time, 9.4 MB of memory` */
  #facts({ headline, durationMs, memory }: CandidateCase): string {
    return [
      headline,
      `${String(durationMs)} ms of CPU time`,
      memory === '' ? '' : `${memory} of memory`,
    ]
      .filter((part) => part !== '')
      .join(', ');
  }

  #message(test: CandidateCase): vscode.TestMessage {
    const { expected, actual, details, line } = test;
    // The row of a failed test is named after its message, for a screen reader too.
    const headline = vscode.l10n.t('{0} on {1}', test.headline, test.name);
    const text = [this.#facts({ ...test, headline }), details.slice(-outputChars)]
      .filter((part) => part !== '')
      .join('\n\n');
    const message = new vscode.TestMessage(text);
    // An empty output is one too; a program that never came to its end has nothing worth comparing.
    if (
      expected !== null &&
      actual !== null &&
      (actual !== '' || test.verdict === 'wrong_answer')
    ) {
      message.expectedOutput = expected;
      message.actualOutput = actual;
    }
    message.location = this.#location(line);
    return message;
  }

  #location(line: number | null): vscode.Location {
    return new vscode.Location(this.#parts.uri, new vscode.Position((line ?? 1) - 1, 0));
  }
}
