import * as vscode from 'vscode';
import { UserError } from '../presentation/userError';
import type { RunTreeNode } from '../presentation/runTree';
import { describeRun } from '../presentation/runTree';
import type { TaskNode } from '../presentation/taskTree';
import { describeTrial, statusLabel } from '../presentation/trialLabels';
import type { RunState, Task, TrialState } from '../runner/index';
import type { RunEntry } from '../views/runsModel';
import { runDirOf } from '../views/runsView';
import type { TrialRef } from '../views/trialContent';
import type { TrialArgument } from './contract';
import type { Services } from './services';

/** Quick picks with more rows than this stutter; the rest is reached by filtering the view. */
const pickLimit = 5000;

/** Nothing that a workspace steers may start in one that the user does not trust. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new UserError(vscode.l10n.t('Trust this workspace to run its tasks.'));
}

/** The tasks that a command is for: the rows it was called on, else what the user picks. undefined: changed their mind. */
export async function askTasks(
  services: Services,
  node?: TaskNode,
  nodes?: readonly TaskNode[],
): Promise<readonly Task[] | undefined> {
  const rows = nodes !== undefined && nodes.length > 0 ? nodes : node === undefined ? [] : [node];
  if (rows.length > 0) return services.tasksView.tasksOf(rows);
  const all = await allTasks(services);
  const selected = new Set(services.tasksView.tasksOf(services.tasksView.selection));
  const items = all.slice(0, pickLimit).map((task) => ({
    label: task.taskId,
    description: task.group,
    picked: selected.has(task),
    task,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Run Tasks'),
    placeHolder: vscode.l10n.t('Tasks to run'),
    canPickMany: true,
    matchOnDescription: true,
  });
  return chosen === undefined || chosen.length === 0 ? undefined : chosen.map((item) => item.task);
}

/** All tasks that the view's filter leaves; tells the user when there are none. */
export async function allTasks(services: Services): Promise<readonly Task[]> {
  await services.tasks.load();
  const tasks = services.tasksView.tasksOf();
  if (tasks.length === 0) {
    throw new UserError(
      vscode.l10n.t('There are no tasks. Open a folder with a task file, or add the samples.'),
    );
  }
  return tasks;
}

export interface RunQuestion {
  readonly title: string;
  /** Whether a run is one that the command can do something with. */
  readonly suits: (run: RunEntry, state: RunState) => boolean;
  readonly nothing: string;
}

/** The runs that a command is for. */
export async function askRuns(
  services: Services,
  question: RunQuestion,
  ...[node, nodes]: readonly [node?: RunTreeNode, nodes?: readonly RunTreeNode[]]
): Promise<readonly RunEntry[]> {
  const rows = nodes !== undefined && nodes.length > 0 ? nodes : node === undefined ? [] : [node];
  if (rows.length > 0) {
    const runs = rows.flatMap((row) => services.runs.get(runDirOf(row)) ?? []);
    return [...new Set(runs)];
  }
  await services.runs.load();
  const items = [];
  for (const run of services.runs.entries) {
    const state = await services.runs.read(run);
    if (state === null || !question.suits(run, state)) continue;
    const { label, description } = describeRun(run.listing, state, {
      now: Date.now(),
      ownedHere: run.ownedHere,
      formatTime: (iso) => new Date(iso).toLocaleString(),
    });
    items.push({ label, description, run });
  }
  if (items.length === 0) throw new UserError(question.nothing);
  const chosen = await vscode.window.showQuickPick(items, { title: question.title });
  return chosen === undefined ? [] : [chosen.run];
}

export interface TrialQuestion {
  readonly title: string;
  readonly suits: (trial: TrialState) => boolean;
}

/** The trial that a command is for: the row or ids it was called with, else what the user picks. */
export async function askTrial(
  services: Services,
  question: TrialQuestion,
  trial?: TrialArgument,
): Promise<TrialRef | undefined> {
  if (trial !== undefined) return resolveTrial(services, trial);
  await services.runs.load();
  const items = [];
  for (const run of services.runs.entries) {
    const state = await services.runs.read(run);
    for (const [trialId, candidate] of state?.trials ?? []) {
      if (items.length >= pickLimit || !question.suits(candidate)) continue;
      const { label, description } = describeTrial(candidate, {
        attempts: 2,
        ownedHere: false,
        alive: true,
      });
      const status = candidate.result === null ? '' : statusLabel(candidate.result.status);
      items.push({
        label,
        description: status,
        detail: `${run.listing.runId}  ${description}`,
        run,
        trialId,
      });
    }
  }
  if (items.length === 0) throw new UserError(vscode.l10n.t('No trial fits: {0}.', question.title));
  return vscode.window.showQuickPick(items, { title: question.title, matchOnDetail: true });
}

async function resolveTrial(services: Services, trial: TrialArgument): Promise<TrialRef> {
  if (!('kind' in trial)) return services.content.byIds(trial.runId, trial.trialId);
  const node = trial.kind === 'trial' ? trial : trial.trial;
  const run = services.runs.get(node.run.runDir);
  if (run === undefined) throw new UserError(vscode.l10n.t('The run does not exist any more.'));
  return { run, trialId: node.trialId };
}

export const ended: TrialQuestion['suits'] = (trial) => trial.result !== null;
export const hasSteps: TrialQuestion['suits'] = (trial) => trial.agentStats.steps > 0;
export const hasPatch: TrialQuestion['suits'] = (trial) =>
  (trial.result?.patch_stats?.bytes ?? 0) > 0;
