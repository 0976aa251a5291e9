import * as vscode from 'vscode';
import { testKinds } from '../../presentation/contestLabels';
import { UserError } from '../../presentation/userError';
import type { ContestLanguage, ContestTask, TestKind } from '../../runner/index';
import { bridgeCancellation } from '../cancellation';
import type { Disposes } from '../disposables';
import { DisposableStore } from '../disposables';
import type { RunEntry } from '../runsModel';
import type { CandidateItem } from './candidateItems';
import { CandidateItems } from './candidateItems';
import type { CandidateTrialParts } from './candidateTrial';
import { runCandidate } from './candidateTrial';

/** A program of the workspace and the task that it is to solve. */
export interface CandidateFile {
  readonly uri: vscode.Uri;
  readonly task: ContestTask;
  readonly language: ContestLanguage;
}

/**
 * Runs programs of the workspace on the tests of contest tasks: ordinary runs of the agent `candidates`, whose tests stand
 * in Test Results, where they can be run again and called off.
 */
export class CandidateRuns implements Disposes {
  readonly #parts: CandidateTrialParts;
  readonly #store = new DisposableStore();
  readonly #controller: vscode.TestController;
  readonly #items: CandidateItems;
  readonly #own = new WeakSet<RunEntry>();

  constructor(parts: Omit<CandidateTrialParts, 'onBegin'>) {
    this.#parts = { ...parts, onBegin: (run) => this.#own.add(run) };
    this.#controller = this.#store.add(
      vscode.tests.createTestController('benchyard.candidates', vscode.l10n.t('Contest Programs')),
    );
    this.#items = new CandidateItems(this.#controller);
    this.#addProfile(vscode.l10n.t('Public Tests'), ['public_tests'], { isDefault: true });
    this.#addProfile(vscode.l10n.t('Private Tests'), ['private_tests']);
    this.#addProfile(vscode.l10n.t('Generated Tests'), ['generated_tests']);
    this.#addProfile(vscode.l10n.t('All Tests'), testKinds);
  }

  /** Whether the results of a run are shown here. */
  shows(run: RunEntry): boolean {
    return this.#own.has(run);
  }

  /** Runs a program on tests of its task and shows them. Resolves at the end; what became of it is in Test Results. */
  async run(file: CandidateFile, kinds: readonly TestKind[]): Promise<void> {
    const candidate = this.#items.add(file.uri, file.task, file.language);
    const ended = this.#runAll(new vscode.TestRunRequest([candidate.item]), [candidate], kinds);
    // The view is not there before it has something to show.
    await vscode.commands.executeCommand('workbench.panel.testResults.view.focus');
    await ended;
  }

  dispose(): void {
    this.#store.dispose();
  }

  #addProfile(
    label: string,
    kinds: readonly TestKind[],
    { isDefault }: { readonly isDefault: boolean } = { isDefault: false },
  ): void {
    const run = (request: vscode.TestRunRequest): Promise<void> => {
      const chosen = request.include?.flatMap((item) => this.#items.of(item) ?? []);
      return this.#runAll(request, [...new Set(chosen ?? this.#items.all)], kinds);
    };
    const { Run } = vscode.TestRunProfileKind;
    this.#store.add(this.#controller.createRunProfile(label, Run, run, isDefault));
  }

  /** One after the other: each has the machine for itself. */
  async #runAll(
    request: vscode.TestRunRequest,
    candidates: readonly CandidateItem[],
    kinds: readonly TestKind[],
  ): Promise<void> {
    const run = this.#controller.createTestRun(
      request,
      candidates.map(({ item }) => `${item.label} · ${item.description ?? ''}`).join(', '),
    );
    // The editor's own button calls off this token too.
    const bridge = bridgeCancellation(run.token);
    try {
      if (!vscode.workspace.isTrusted)
        throw new UserError(vscode.l10n.t('Trust this workspace to run its programs.'));
      for (const candidate of candidates) {
        const { signal } = bridge;
        await runCandidate(run, candidate, { kinds, signal, items: this.#items, ...this.#parts });
      }
    } catch (error) {
      this.#parts.showError(error);
    } finally {
      bridge.dispose();
      run.end();
    }
  }
}
