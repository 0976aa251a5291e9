import * as vscode from 'vscode';
import { RefreshQueue } from '../presentation/refreshQueue';
import { withServer } from '../presentation/serverStatus';
import { statusText } from '../presentation/statusBar';
import type { Disposes } from './disposables';
import { DisposableStore } from './disposables';
import type { RunControl } from './runControl';
import type { RunsModel } from './runsModel';
import type { ApiServer } from './serving/apiServer';

/**
 * The one item in the status bar, there only while a run of this window goes on or its server answers. A click shows the
 * runs, or what can be done with the server.
 */
export class RunStatusBar implements Disposes {
  readonly #control: RunControl;
  readonly #server: ApiServer;
  readonly #store = new DisposableStore();
  readonly #queue = this.#store.add(
    new RefreshQueue<null>(() => {
      this.#show();
    }),
  );
  #item: vscode.StatusBarItem | undefined;

  constructor(control: RunControl, model: RunsModel, { server }: { readonly server: ApiServer }) {
    this.#control = control;
    this.#server = server;
    this.#store.add(
      server.onDidChange(() => {
        this.#queue.add(null);
      }),
    );
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
    const url = this.#server.current?.url ?? null;
    const shown = withServer(statusText(states, this.#control.preparing), url);
    if (shown === null) {
      this.#item?.hide();
      return;
    }
    this.#item ??= createItem();
    // The editor makes the command for each view.
    this.#item.command = url === null ? 'benchyard.runs.focus' : 'benchyard.server.showActions';
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
  return item;
}
