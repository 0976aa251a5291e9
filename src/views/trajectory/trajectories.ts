import * as vscode from 'vscode';
import type { Disposes } from '../disposables';
import type { TrialRef } from '../trialContent';
import type { WebviewHost } from '../webviewHost';
import { viewTypeOf } from '../webviewHost';
import type { TrajectoryPanel, TrajectoryParts } from './trajectoryPanel';

const viewType = viewTypeOf('trajectory');

/** The tabs with trajectories: one a trial, opened when a person asks for it and by the editor after a reload. */
export class Trajectories implements Disposes, vscode.WebviewPanelSerializer {
  readonly #host: WebviewHost;
  readonly #parts: TrajectoryParts;
  readonly #panels = new Map<string, { panel: TrajectoryPanel; tab: vscode.WebviewPanel }>();

  constructor(host: WebviewHost, parts: TrajectoryParts) {
    this.#host = host;
    this.#parts = parts;
  }

  register(): vscode.Disposable {
    return vscode.window.registerWebviewPanelSerializer(viewType, this);
  }

  /** The tab that has the focus, or the only one that can be seen. */
  get active(): TrajectoryPanel | undefined {
    const tabs = [...this.#panels.values()];
    const visible = tabs.filter(({ tab }) => tab.visible);
    return (tabs.find(({ tab }) => tab.active) ?? (visible.length === 1 ? visible[0] : undefined))
      ?.panel;
  }

  /** Shows a trial's trajectory, at a step when one is named. */
  async open(trial: TrialRef, options: { readonly step?: number } = {}): Promise<TrajectoryPanel> {
    const state = await this.#parts.content.state(trial);
    const known = this.#panels.get(keyOf(trial));
    if (known !== undefined) {
      known.panel.reveal(options.step);
      return known.panel;
    }
    const tab = this.#host.open('trajectory', titleOf(state.plan.task_id));
    const panel = await this.#adopt(tab, trial);
    if (options.step !== undefined) panel.reveal(options.step);
    this.#host.fill('trajectory', tab);
    return panel;
  }

  async deserializeWebviewPanel(tab: vscode.WebviewPanel, remembered: unknown): Promise<void> {
    try {
      const { trajectoryStateSchema } = await import('../../presentation/trajectoryMessages');
      const { run, trial: trialId } = trajectoryStateSchema.parse(remembered);
      const trial = await this.#parts.content.byIds(run, trialId);
      const { plan } = await this.#parts.content.state(trial);
      tab.title = titleOf(plan.task_id);
      await this.#adopt(tab, trial);
      this.#host.fill('trajectory', tab);
    } catch {
      // The run was deleted meanwhile, or the page never came to say what it shows: there is nothing to restore.
      tab.dispose();
    }
  }

  /** The tabs stay: a window that is reloaded shows them again. */
  dispose(): void {
    for (const { panel } of this.#panels.values()) panel.dispose();
  }

  async #adopt(tab: vscode.WebviewPanel, trial: TrialRef): Promise<TrajectoryPanel> {
    // Loaded with the first tab: the schemas of its messages take a third of the time to activate.
    const { TrajectoryPanel } = await import('./trajectoryPanel');
    const panel = new TrajectoryPanel(tab, trial, this.#parts);
    const key = keyOf(trial);
    this.#panels.set(key, { panel, tab });
    tab.onDidDispose(() => {
      panel.dispose();
      if (this.#panels.get(key)?.panel === panel) this.#panels.delete(key);
    });
    return panel;
  }
}

function keyOf({ run, trialId }: TrialRef): string {
  return `${run.listing.runDir}\n${trialId}`;
}

function titleOf(taskId: string): string {
  return vscode.l10n.t('Trajectory: {0}', taskId);
}
