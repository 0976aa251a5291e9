import * as vscode from 'vscode';
import { toCrLf } from '../presentation/format';
import { mleTests } from '../presentation/mleTests';
import type { ShownTest, TestGroup } from '../presentation/testItems';
import { groupTests } from '../presentation/testItems';
import { trialName } from '../presentation/trialLabels';
import { UserError } from '../presentation/userError';
import type { TrialFiles, TrialState } from '../runner/index';
import type { Disposes } from './disposables';
import { documentUri } from './documents';
import type { TrialContent, TrialRef } from './trialContent';

/** Runs with more trials are not put into Test Results by themselves: a list of 100,000 tests helps nobody. */
export const publishedTrials = 50;

/**
 * Shows what pytest said of each test in the editor's Test Results: a result a trial, in it the groups of its verdict.
 * The controller only publishes: tests cannot be run from there, since they run in a trial's sandbox.
 */
export class TestResults implements Disposes {
  readonly #content: TrialContent;
  readonly #controller = vscode.tests.createTestController('benchyard', 'Benchyard');

  constructor(content: TrialContent) {
    this.#content = content;
  }

  /** Adds an ended trial to the list of results. */
  async add(trial: TrialRef): Promise<void> {
    await this.#publish(trial);
  }

  /** Adds a trial and shows the panel. */
  async show(trial: TrialRef): Promise<void> {
    if ((await this.#publish(trial)) === 0) {
      throw new UserError(vscode.l10n.t('No test ran in this trial; its log says why.'));
    }
    await vscode.commands.executeCommand('workbench.panel.testResults.view.focus');
  }

  dispose(): void {
    this.#controller.dispose();
  }

  /** How many tests were shown. */
  async #publish(trial: TrialRef): Promise<number> {
    const [state, files] = await Promise.all([
      this.#content.state(trial),
      this.#content.files(trial),
    ]);
    const groups = groupsOf(state, files);
    if (groups.length === 0) return 0;
    const attempts = trial.run.state?.plan?.config.attempts ?? 1;
    const id = `${trial.run.listing.runId}/${trial.trialId}`;
    const parent = this.#controller.createTestItem(id, trialName(state, attempts));
    parent.description = state.result?.agent ?? '';
    this.#list(parent);
    // A folder in Test Results is a run, so each group gets one; in the Testing view they stand under the trial.
    const request = new vscode.TestRunRequest([parent]);
    // Not kept by the editor: the run folder is where results are kept.
    const runs = groups.map((group) =>
      this.#controller.createTestRun(request, `${group.label} · ${parent.label}`, false),
    );
    for (const [index, group] of groups.entries()) {
      const run = runs[index];
      if (run !== undefined) this.#publishGroup(run, { parent, trial, group });
    }
    runs[0]?.appendOutput(toCrLf(`${state.result?.tail ?? ''}\n`));
    // Only when all were made: the result is closed with the last that is open.
    for (const run of runs) run.end();
    return groups.reduce((sum, group) => sum + group.tests.length, 0);
  }

  /** Puts a trial into the Testing view; the oldest makes room. */
  #list(trial: vscode.TestItem): void {
    const { items } = this.#controller;
    items.delete(trial.id);
    items.add(trial);
    const [oldest] = items;
    if (items.size > publishedTrials && oldest !== undefined) items.delete(oldest[0]);
  }

  #publishGroup(
    run: vscode.TestRun,
    { parent, trial, group }: { parent: vscode.TestItem; trial: TrialRef; group: TestGroup },
  ): void {
    const folder = this.#controller.createTestItem(`${parent.id}#${group.id}`, group.label);
    parent.children.add(folder);
    for (const test of group.tests) {
      const id = `${folder.id}/${test.id}`;
      const item = this.#controller.createTestItem(id, test.label, uriOf(trial, test));
      item.description = test.description;
      if (test.line !== null) item.range = new vscode.Range(test.line - 1, 0, test.line - 1, 0);
      folder.children.add(item);
      report(run, item, test);
    }
  }
}

function groupsOf({ result }: TrialState, { tests }: TrialFiles): readonly TestGroup[] {
  const own = result === null ? [] : mleTests(result);
  if (own.length > 0 || tests === null) return own;
  return groupTests(tests, result?.verdict ?? null);
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
