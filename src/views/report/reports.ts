import * as vscode from 'vscode';
import { partsOfRunId } from '../../presentation/runTree';
import type { Disposes } from '../disposables';
import type { WebviewHost } from '../webviewHost';
import { viewTypeOf } from '../webviewHost';
import type { ReportPanel, ReportParts } from './reportPanel';
import type { ReportedRuns } from './reportSource';

const viewType = viewTypeOf('report');

/** The tabs with reports: one a run or pair of runs, opened when a person asks for it and by the editor after a reload. */
export class Reports implements Disposes, vscode.WebviewPanelSerializer {
  readonly #host: WebviewHost;
  readonly #parts: ReportParts;
  readonly #panels = new Map<string, { panel: ReportPanel; tab: vscode.WebviewPanel }>();

  constructor(host: WebviewHost, parts: ReportParts) {
    this.#host = host;
    this.#parts = parts;
  }

  register(): vscode.Disposable {
    return vscode.window.registerWebviewPanelSerializer(viewType, this);
  }

  /** The tab that has the focus. */
  get active(): ReportPanel | undefined {
    return [...this.#panels.values()].find(({ tab }) => tab.active)?.panel;
  }

  /** Shows the report of a run, or two runs beside each other. */
  async open(runs: ReportedRuns): Promise<ReportPanel> {
    const known = this.#panels.get(keyOf(runs));
    if (known !== undefined) {
      known.panel.reveal();
      return known.panel;
    }
    const tab = this.#host.open('report', titleOf(runs));
    const panel = await this.#adopt(tab, runs, { leaveOut: false });
    this.#host.fill('report', tab);
    return panel;
  }

  /** Writes a run's report into a file that the user names. */
  async export(runs: ReportedRuns): Promise<void> {
    const [{ statesOf }, { exportReport }] = await Promise.all([
      import('./reportSource'),
      import('./exportReport'),
    ]);
    const states = await statesOf(this.#parts.runs, runs);
    await exportReport(states, { format: undefined, validations: [] });
  }

  async deserializeWebviewPanel(tab: vscode.WebviewPanel, remembered: unknown): Promise<void> {
    try {
      const { reportStateSchema } = await import('../../presentation/reportMessages');
      const { runs: ids, leftOut } = reportStateSchema.parse(remembered);
      const found = await Promise.all(ids.map((id) => this.#parts.runs.find(id)));
      const [first, second] = found;
      if (first === undefined || found.includes(undefined)) throw new Error('a run is gone');
      const runs: ReportedRuns = second === undefined ? [first] : [first, second];
      tab.title = titleOf(runs);
      await this.#adopt(tab, runs, { leaveOut: leftOut });
      this.#host.fill('report', tab);
    } catch {
      // A run was deleted meanwhile, or the page never came to say what it shows: there is nothing to restore.
      tab.dispose();
    }
  }

  /** The tabs stay: a window that is reloaded shows them again. */
  dispose(): void {
    for (const { panel } of this.#panels.values()) panel.dispose();
  }

  async #adopt(
    tab: vscode.WebviewPanel,
    runs: ReportedRuns,
    options: { readonly leaveOut: boolean },
  ): Promise<ReportPanel> {
    // Loaded with the first tab: the schemas of its messages take a third of the time to activate.
    const { ReportPanel } = await import('./reportPanel');
    const panel = new ReportPanel(tab, runs, { ...this.#parts, ...options });
    const key = keyOf(runs);
    this.#panels.set(key, { panel, tab });
    tab.onDidDispose(() => {
      panel.dispose();
      if (this.#panels.get(key)?.panel === panel) this.#panels.delete(key);
    });
    return panel;
  }
}

function keyOf(runs: ReportedRuns): string {
  return runs.map(({ listing }) => listing.runDir).join('\n');
}

function titleOf(runs: ReportedRuns): string {
  const [first, second] = runs.map(({ listing }) => partsOfRunId(listing.runId).agent);
  return second === undefined
    ? vscode.l10n.t('Report: {0}', first ?? '')
    : vscode.l10n.t('Compare: {0} ↔ {1}', first ?? '', second);
}
