import * as vscode from 'vscode';
import { toCrLf } from '../presentation/format';
import type { ShownTest, TestGroup } from '../presentation/testItems';
import { groupTests } from '../presentation/testItems';
import { trialName } from '../presentation/trialLabels';
import { UserError } from '../presentation/userError';
import type { Disposes } from './disposables';
import { documentUri } from './documents';
import type { RunEntry } from './runsModel';
import type { TrialContent, TrialRef } from './trialContent';

/** Runs with more trials are not put into Test Results by themselves: a list of 100,000 tests helps nobody. */
export const publishedTrials = 50;

/**
 * Shows what pytest said of each test in the editor's Test Results, under the trial, in the groups of its verdict. The
 * controller only publishes: tests cannot be run from there, since they run in a trial's sandbox.
 */
export class TestResults implements Disposes {
  readonly #content: TrialContent;
  readonly #controller = vscode.tests.createTestController('benchyard', 'Benchyard');
  readonly #open = new Map<string, vscode.TestRun>();

  constructor(content: TrialContent) {
    this.#content = content;
  }

  /** Adds an ended trial to the results of its run, which stay open until `end`. */
  async add(trial: TrialRef): Promise<void> {
    const { runDir, runId } = trial.run.listing;
    const run = this.#open.get(runDir) ?? this.#create(runId);
    this.#open.set(runDir, run);
    await this.#publish(run, trial);
  }

  /** The run ended, or was cancelled: nothing more comes. */
  end(run: RunEntry): void {
    this.#open.get(run.listing.runDir)?.end();
    this.#open.delete(run.listing.runDir);
  }

  /** Shows one trial by itself, and the panel. */
  async show(trial: TrialRef): Promise<void> {
    const run = this.#create(`${trial.run.listing.runId}/${trial.trialId}`);
    try {
      if ((await this.#publish(run, trial)) === 0) {
        throw new UserError(vscode.l10n.t('No test ran in this trial; its log says why.'));
      }
    } finally {
      run.end();
    }
    await vscode.commands.executeCommand('workbench.panel.testResults.view.focus');
  }

  dispose(): void {
    for (const run of this.#open.values()) run.end();
    this.#open.clear();
    this.#controller.dispose();
  }

  #create(name: string): vscode.TestRun {
    // Not kept by the editor: the run folder is where results are kept.
    return this.#controller.createTestRun(new vscode.TestRunRequest(), name, false);
  }

  /** How many tests were shown. */
  async #publish(run: vscode.TestRun, trial: TrialRef): Promise<number> {
    const [state, files] = await Promise.all([
      this.#content.state(trial),
      this.#content.files(trial),
    ]);
    if (files.tests === null) return 0;
    const groups = groupTests(files.tests, state.result?.verdict ?? null);
    const { runId } = trial.run.listing;
    const parent = this.#controller.createTestItem(
      `${runId}/${trial.trialId}`,
      trialName(state, 2),
    );
    parent.description = state.result?.agent ?? '';
    for (const group of groups) this.#publishGroup(run, { parent, trial, group });
    run.appendOutput(toCrLf(`${state.result?.tail ?? ''}\n`), undefined, parent);
    return groups.reduce((sum, group) => sum + group.tests.length, 0);
  }

  #publishGroup(
    run: vscode.TestRun,
    { parent, trial, group }: { parent: vscode.TestItem; trial: TrialRef; group: TestGroup },
  ): void {
    const folder = this.#controller.createTestItem(`${parent.id}#${group.id}`, group.label);
    parent.children.add(folder);
    for (const test of group.tests) {
      const item = this.#controller.createTestItem(
        `${folder.id}/${test.id}`,
        test.label,
        uriOf(trial, test),
      );
      item.description = test.description;
      if (test.line !== null) item.range = new vscode.Range(test.line - 1, 0, test.line - 1, 0);
      folder.children.add(item);
      report(run, item, test);
    }
  }
}

function report(run: vscode.TestRun, item: vscode.TestItem, test: ShownTest): void {
  switch (test.outcome) {
    case 'passed':
      run.passed(item, test.durationMs);
      return;
    case 'failed':
      run.failed(item, messageOf(item, test), test.durationMs);
      return;
    case 'errored':
      run.errored(item, messageOf(item, test), test.durationMs);
      return;
    case 'skipped':
      run.skipped(item);
  }
}

function messageOf(item: vscode.TestItem, test: ShownTest): vscode.TestMessage {
  const text = test.message ?? vscode.l10n.t('The test {0}.', test.outcome);
  const message =
    test.expected === null || test.actual === null
      ? new vscode.TestMessage(text)
      : vscode.TestMessage.diff(text, test.expected, test.actual);
  if (item.uri !== undefined && test.line !== null) {
    message.location = new vscode.Location(item.uri, new vscode.Position(test.line - 1, 0));
  }
  return message;
}

/** The file as the tests saw it, with the patch in it: not the workspace's, which may be another project altogether. */
function uriOf({ run, trialId }: TrialRef, test: ShownTest): vscode.Uri | undefined {
  if (test.file === null) return undefined;
  return documentUri({ kind: 'tested', run: run.listing.runId, trial: trialId }, test.file);
}
