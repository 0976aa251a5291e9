import * as vscode from 'vscode';
import { RefreshQueue } from '../presentation/refreshQueue';
import type {
  RunTreeNode,
  SolutionNode,
  SolutionsNode,
  StageNode,
  TrajectoryNode,
  TrialNode,
} from '../presentation/runTree';
import { describeBucket, describeRun, flatTrials, stageOf } from '../presentation/runTree';
import { findSolution, treeOfSolutions } from '../presentation/solutionNodes';
import type { Icon } from '../presentation/trialLabels';
import {
  describeRunningStage,
  describeStage,
  describeTrial,
  hasTrajectory,
  icons,
  joinFacts,
  joinWords,
} from '../presentation/trialLabels';
import { trajectorySummary } from '../presentation/trajectoryHeader';
import { trialTooltip } from '../presentation/trialTooltip';
import type { RunState, TrialState } from '../runner/index';
import type { Disposes } from './disposables';
import { DisposableStore } from './disposables';
import { formatTime } from './formatTime';
import type { RunControl } from './runControl';
import type { RunEntry, RunsModel } from './runsModel';
import type { ShowError } from './showError';
import { themeIcon } from './themeIcon';

export interface RunsViewOptions {
  readonly model: RunsModel;
  readonly control: RunControl;
  /** The command behind a click on a trial or a stage. */
  readonly openTrial: (node: TrialNode) => vscode.Command;
  readonly openStage: (node: StageNode) => vscode.Command;
  readonly openSolution: (node: SolutionNode) => vscode.Command;
  readonly openTrajectory: (
    trial: TrajectoryNode | { readonly runId: string; readonly trialId: string },
  ) => vscode.Command;
  readonly showError: ShowError;
}

/** The view *Runs*. Refreshes are gathered to ten a second, of what changed only; large runs' own rows to one a second. */
export class RunsView implements vscode.TreeDataProvider<RunTreeNode>, Disposes {
  readonly #options: RunsViewOptions;
  readonly #store = new DisposableStore();
  readonly #refresh = this.#store.add(new vscode.EventEmitter<RunTreeNode[] | undefined>());
  readonly #view: vscode.TreeView<RunTreeNode>;
  readonly #queue = this.#makeQueue(100);
  readonly #slowQueue = this.#makeQueue(1000);

  readonly onDidChangeTreeData = this.#refresh.event;

  constructor(options: RunsViewOptions) {
    this.#options = options;
    this.#view = this.#store.add(
      vscode.window.createTreeView<RunTreeNode>('benchyard.runs', {
        treeDataProvider: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    const { model, control } = options;
    this.#store.add(
      model.onDidChangeList(() => {
        this.#refresh.fire(undefined);
      }),
    );
    this.#store.add(
      model.onDidChangeRun((run) => {
        const large = (run.state?.trials.size ?? 0) > flatTrials;
        (large ? this.#slowQueue : this.#queue).add(run.tree.root);
        this.#showBadge();
      }),
    );
    this.#store.add(
      model.onDidChangeTrial(({ run, trial }) => {
        this.#queue.add(run.tree.trial(trial.plan.trial_id));
      }),
    );
    this.#store.add(
      control.onProgress((line) => {
        this.#view.message = line;
      }),
    );
    this.#store.add(
      control.onDidChange(() => {
        this.#showBadge();
      }),
    );
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  get selection(): readonly RunTreeNode[] {
    return this.#view.selection;
  }

  /** Shows a run with its trials, without taking the focus; opens nothing that is closed. */
  async reveal(run: RunEntry): Promise<void> {
    if (!this.#view.visible) return;
    await this.#view.reveal(run.tree.root, { select: false, focus: false, expand: true });
  }

  async getChildren(node?: RunTreeNode): Promise<RunTreeNode[]> {
    const { model, showError } = this.#options;
    if (node === undefined) {
      await model.load().catch(showError);
      return model.entries.map((entry) => entry.tree.root);
    }
    const entry = this.#entryOf(node);
    if (entry === undefined) return [];
    const state = await model.read(entry);
    return state === null ? [] : [...entry.tree.childrenOf(node, state)];
  }

  getParent(node: RunTreeNode): RunTreeNode | undefined {
    const entry = this.#entryOf(node);
    return entry === undefined || entry.state === null
      ? undefined
      : entry.tree.parentOf(node, entry.state);
  }

  getTreeItem(node: RunTreeNode): vscode.TreeItem {
    const entry = this.#entryOf(node);
    if (entry === undefined) return new vscode.TreeItem('');
    if (node.kind === 'run') return this.#runItem(entry);
    const { state } = entry;
    if (state === null) return new vscode.TreeItem('');
    switch (node.kind) {
      case 'bucket':
        return bucketItem(node.id, describeBucket(node.bucket, state));
      case 'trial':
        return this.#trialItem(node, entry, state);
      case 'stage':
        return this.#stageItem(node, state.trials.get(node.trial.trialId));
      case 'trajectory':
        return this.#trajectoryItem(node, state.trials.get(node.trial.trialId));
      case 'solutions':
        return solutionsItem(node, state.trials.get(node.trial.trialId));
      case 'solution':
        return this.#solutionItem(node, state.trials.get(node.trial.trialId));
    }
  }

  resolveTreeItem(item: vscode.TreeItem, node: RunTreeNode): vscode.TreeItem {
    const trial =
      node.kind === 'trial' ? this.#entryOf(node)?.state?.trials.get(node.trialId) : undefined;
    if (trial !== undefined) item.tooltip = this.#trialTooltip(trial, node);
    if (node.kind === 'run') item.tooltip = node.runDir;
    return item;
  }

  dispose(): void {
    this.#store.dispose();
  }

  #makeQueue(intervalMs: number): RefreshQueue<RunTreeNode> {
    return this.#store.add(
      new RefreshQueue<RunTreeNode>((nodes) => {
        this.#refresh.fire([...nodes]);
      }, intervalMs),
    );
  }

  #entryOf(node: RunTreeNode): RunEntry | undefined {
    return this.#options.model.get(runDirOf(node));
  }

  #runItem(entry: RunEntry): vscode.TreeItem {
    const shown = describeRun(entry.listing, entry.state, {
      now: Date.now(),
      ownedHere: entry.ownedHere,
      formatTime,
    });
    const running = entry.state?.phase === 'running';
    const item = makeItem(entry.tree.root.id, shown, running ? 'Expanded' : 'Collapsed');
    item.contextValue = shown.flags.join(' ');
    return item;
  }

  #trialItem(node: TrialNode, entry: RunEntry, state: RunState): vscode.TreeItem {
    const trial = state.trials.get(node.trialId);
    if (trial === undefined) return new vscode.TreeItem(node.trialId);
    const shown = describeTrial(trial, {
      attempts: state.plan?.config.attempts ?? 1,
      ownedHere: entry.ownedHere,
      alive: state.phase === 'running',
    });
    const hasParts = entry.tree.childrenOf(node, state).length > 0;
    const item = makeItem(node.id, shown, hasParts ? 'Collapsed' : 'None');
    item.contextValue = shown.flags.join(' ');
    item.command = this.#options.openTrial(node);
    return item;
  }

  #stageItem(node: StageNode, trial: TrialState | undefined): vscode.TreeItem {
    if (trial === undefined) return new vscode.TreeItem(node.stage);
    const ended = stageOf(node, trial);
    const shown = ended === null ? describeRunningStage(trial) : describeStage(ended);
    const item = makeItem(node.id, shown, 'None');
    item.contextValue = 'stage';
    item.command = this.#options.openStage(node);
    return item;
  }

  #trajectoryItem(node: TrajectoryNode, trial: TrialState | undefined): vscode.TreeItem {
    const label = vscode.l10n.t('trajectory');
    const facts = trial === undefined ? [] : trajectorySummary(trial);
    const item = makeItem(
      node.id,
      {
        label,
        description: joinFacts(facts),
        icon: icons.trajectory,
        accessibleLabel: joinWords([label, ...facts]),
      },
      'None',
    );
    item.contextValue = 'trajectory';
    item.command = this.#options.openTrajectory(node);
    return item;
  }

  #solutionItem(node: SolutionNode, trial: TrialState | undefined): vscode.TreeItem {
    const shown = findSolution(trial?.nodes ?? [], node.node);
    if (shown === undefined) return new vscode.TreeItem(String(node.node));
    const item = makeItem(node.id, shown, shown.children.length > 0 ? 'Expanded' : 'None');
    const parent = trial?.nodes.find((one) => one.node === node.node)?.parent ?? null;
    item.contextValue = parent === null ? 'solution' : 'solution hasParent';
    item.command = this.#options.openSolution(node);
    return item;
  }

  #trialTooltip(trial: TrialState, node: RunTreeNode): vscode.MarkdownString {
    const text = tooltip(trialTooltip(trial));
    if (!hasTrajectory(trial) || node.kind !== 'trial') return text;
    const { runId } = node.run;
    const link = this.#options.openTrajectory({ runId, trialId: node.trialId });
    const args = encodeURIComponent(JSON.stringify(link.arguments));
    text.appendMarkdown(`[${link.title}](command:${link.command}?${args})`);
    text.isTrusted = { enabledCommands: [link.command] };
    return text;
  }

  #showBadge(): void {
    const value = this.#options.control.running
      .flatMap((run) => [...(run.state?.trials.values() ?? [])])
      .filter((trial) => trial.phase === 'running').length;
    if (value === (this.#view.badge?.value ?? 0)) return;
    // 0 hides it.
    this.#view.badge = { value, tooltip: vscode.l10n.t('{0} running', value) };
  }
}

export function runDirOf(node: RunTreeNode): string {
  switch (node.kind) {
    case 'run':
      return node.runDir;
    case 'bucket':
    case 'trial':
      return node.run.runDir;
    case 'stage':
    case 'trajectory':
    case 'solutions':
    case 'solution':
      return node.trial.run.runDir;
  }
}

interface Shown {
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  readonly accessibleLabel: string;
}

function makeItem(
  id: string,
  shown: Shown,
  collapsible: keyof typeof vscode.TreeItemCollapsibleState,
): vscode.TreeItem {
  const item = new vscode.TreeItem(shown.label, vscode.TreeItemCollapsibleState[collapsible]);
  item.id = id;
  item.description = shown.description;
  item.iconPath = themeIcon(shown.icon);
  item.accessibilityInformation = { label: shown.accessibleLabel };
  return item;
}

function solutionsItem(node: SolutionsNode, trial: TrialState | undefined): vscode.TreeItem {
  const label = vscode.l10n.t('solutions');
  const description = treeOfSolutions(trial?.nodes ?? []).summary;
  const accessibleLabel = joinWords([label, description.replaceAll(' · ', ', ')]);
  const shown = { label, description, icon: icons.solutions, accessibleLabel };
  const item = makeItem(node.id, shown, 'Collapsed');
  item.contextValue = 'solutions';
  return item;
}

function bucketItem(
  id: string,
  shown: { label: string; description: string; icon: Icon },
): vscode.TreeItem {
  // A folder that spins while it is merely open would draw the eye to the wrong place.
  const icon = shown.icon === icons.running ? icons.idle : shown.icon;
  return makeItem(
    id,
    { ...shown, icon, accessibleLabel: `${shown.label}, ${shown.description}` },
    'Collapsed',
  );
}

function tooltip(lines: readonly string[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  // As text: ids and details were written by whoever made the dataset.
  for (const line of lines) text.appendText(line).appendMarkdown('\n\n');
  return text;
}
