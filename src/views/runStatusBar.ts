import * as vscode from 'vscode';
import { RefreshQueue } from '../presentation/refreshQueue';
import { statusText } from '../presentation/statusBar';
import type { Disposes } from './disposables';
import { DisposableStore } from './disposables';
import type { RunControl } from './runControl';
import type { RunsModel } from './runsModel';

/** The one item in the status bar, there only while a run of this window goes on. A click shows the runs. */
export class RunStatusBar implements Disposes {
  readonly #control: RunControl;
  readonly #store = new DisposableStore();
  readonly #queue = this.#store.add(
    new RefreshQueue<null>(() => {
      this.#show();
    }),
  );
  #item: vscode.StatusBarItem | undefined;

  constructor(control: RunControl, model: RunsModel) {
    this.#control = control;
    this.#store.add(
      control.onDidChange(() => {
        this.#queue.add(null);
      }),
    );
    this.#store.add(
      model.onDidChangeRun((run) => {
        if (run.ownedHere) this.#queue.add(null);
      }),
    );
  }

  dispose(): void {
    this.#store.dispose();
    this.#item?.dispose();
  }

  #show(): void {
    const states = this.#control.running.flatMap((run) => run.state ?? []);
    const shown = statusText(states, this.#control.preparing);
    if (shown === null) {
      this.#item?.hide();
      return;
    }
    this.#item ??= createItem();
    this.#item.text = shown.text;
    this.#item.tooltip = shown.tooltip;
    this.#item.accessibilityInformation = { label: shown.accessibleLabel };
    this.#item.show();
  }
}

function createItem(): vscode.StatusBarItem {
  const item = vscode.window.createStatusBarItem(
    'benchyard.runs',
    vscode.StatusBarAlignment.Left,
    10,
  );
  item.name = vscode.l10n.t('Benchyard Runs');
  // The editor makes this command for each view.
  item.command = 'benchyard.runs.focus';
  return item;
}
