import * as vscode from 'vscode';
import { comparePatches, patchTitle } from '../presentation/patchTitles';
import type { PatchedFile, TrialState } from '../runner/index';
import type { DiffPair } from './diffs';
import { openDiff } from './diffs';
import { documentUri } from './documents';
import type { PatchSide, TrialContent, TrialRef } from './trialContent';

/** Opens patches of trials as native diffs: against the base, against gold, against another attempt. */
export class Patches {
  readonly #content: TrialContent;

  constructor(content: TrialContent) {
    this.#content = content;
  }

  /**
   * The trial's patch against its base. In a workspace that is not trusted: the patch as text.
   * @param isWanted asked once the patch was gathered: something else may be wanted by then
   */
  async open(trial: TrialRef, isWanted = (): boolean => true): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      await this.#openText(trial);
      return;
    }
    const [state, files] = await Promise.all([
      this.#content.state(trial),
      this.#content.patched(trial, 'trial'),
    ]);
    if (!isWanted()) return;
    if (files.length === 0) {
      // It does not apply, so there are no two sides.
      await this.#openText(trial);
      return;
    }
    const pairs = files.map((file): DiffPair => ({
      path: file.path,
      left: file.base === null ? undefined : this.#uri(trial, 'trial', 'base', file.path),
      right: file.patched === null ? undefined : this.#uri(trial, 'trial', 'patched', file.path),
    }));
    const { task_id: taskId, attempt } = state.plan;
    await openDiff(patchTitle({ taskId, attempt }, files), pairs);
  }

  /** The author's solution on the left, the trial's on the right. */
  async compareWithGold(trial: TrialRef): Promise<void> {
    const [state, gold, own] = await Promise.all([
      this.#content.state(trial),
      this.#content.patched(trial, 'gold'),
      this.#content.patched(trial, 'trial'),
    ]);
    const title = vscode.l10n.t(
      '{0}: gold ↔ trial {1}',
      state.plan.task_id,
      state.plan.attempt + 1,
    );
    await this.#compare(
      title,
      { trial, patch: 'gold', files: gold },
      { trial, patch: 'trial', files: own },
    );
  }

  /** Two trials of one task, of one run or of two. One that handed in no patch leaves everything as it was. */
  async compareTrials(left: TrialRef, right: TrialRef): Promise<void> {
    const [leftState, rightState] = await Promise.all([
      this.#content.result(left).then(() => this.#content.state(left)),
      this.#content.result(right).then(() => this.#content.state(right)),
    ]);
    const filesOf = (trial: TrialRef, { result }: TrialState): Promise<readonly PatchedFile[]> =>
      (result?.patch_stats?.bytes ?? 0) === 0
        ? Promise.resolve([])
        : this.#content.patched(trial, 'trial');
    const [leftFiles, rightFiles] = await Promise.all([
      filesOf(left, leftState),
      filesOf(right, rightState),
    ]);
    const name = (state: TrialState): string =>
      `${state.result?.agent ?? ''} ${vscode.l10n.t('trial {0}', state.plan.attempt + 1)}`.trim();
    const title = `${leftState.plan.task_id}: ${name(leftState)} ↔ ${name(rightState)}`;
    await this.#compare(
      title,
      { trial: left, patch: 'trial', files: leftFiles },
      { trial: right, patch: 'trial', files: rightFiles },
    );
  }

  async #compare(title: string, left: Side, right: Side): Promise<void> {
    const files = comparePatches(left.files, right.files);
    if (files.length === 0) {
      // An answer, not a failure: the two are equal.
      const message = vscode.l10n.t('Both patches leave every file the same.');
      void vscode.window.showInformationMessage(message);
      return;
    }
    const uri = (side: Side, path: string): vscode.Uri => {
      const touches = side.files.some((file) => file.path === path);
      const other = side === left ? right : left;
      // A file that this side does not touch is shown as the other side's base.
      return touches
        ? this.#uri(side.trial, side.patch, 'patched', path)
        : this.#uri(other.trial, other.patch, 'base', path);
    };
    await openDiff(
      title,
      files.map((file) => ({
        path: file.path,
        left: file.left === null ? undefined : uri(left, file.path),
        right: file.right === null ? undefined : uri(right, file.path),
      })),
    );
  }

  async #openText(trial: TrialRef): Promise<void> {
    // Asked for here, so that a missing patch is told rather than shown as an empty document.
    await this.#content.patch(trial, 'trial');
    const query = { kind: 'patch', run: trial.run.listing.runId, trial: trial.trialId } as const;
    const uri = documentUri(query, `${trial.trialId}.diff`);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  #uri(trial: TrialRef, patch: PatchSide, side: 'base' | 'patched', path: string): vscode.Uri {
    const { runId } = trial.run.listing;
    return documentUri({ kind: 'file', run: runId, trial: trial.trialId, patch, side }, path);
  }
}

interface Side {
  readonly trial: TrialRef;
  readonly patch: PatchSide;
  readonly files: readonly PatchedFile[];
}
