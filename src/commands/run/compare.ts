import * as vscode from 'vscode';
import { describeRun } from '../../presentation/runTree';
import { UserError } from '../../presentation/userError';
import { formatTime } from '../../views/formatTime';
import type { RunEntry } from '../../views/runsModel';
import { runDirOf } from '../../views/runsView';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { askReportedRun } from './openReport';

/** Shows two runs beside each other, the earlier first: those that are selected, else those that the user picks. */
export function compareRuns(services: Services): CommandContract['benchyard.run.compare'] {
  return async (node, nodes) => {
    const rows = nodes ?? (node === undefined ? [] : [node]);
    const selected = [...new Set(rows.flatMap((row) => services.runs.get(runDirOf(row)) ?? []))];
    if (selected.length > 2)
      throw new UserError(vscode.l10n.t('Select the two runs that are to be compared.'));
    const run =
      selected[0] ?? (await askReportedRun(services, vscode.l10n.t('Compare Runs: First Run')));
    if (run === undefined) return;
    const other = selected[1] ?? (await askOther(services, run));
    if (other === undefined) return;
    const [first, second] =
      run.listing.runId <= other.listing.runId ? ([run, other] as const) : ([other, run] as const);
    await services.reports.open([first, second]);
  };
}

/** Of the other runs, those that share the most tasks with it stand first. */
async function askOther(services: Services, run: RunEntry): Promise<RunEntry | undefined> {
  await services.runs.load();
  const own = await tasksOf(services, run);
  const items = [];
  for (const other of services.runs.entries) {
    if (other === run) continue;
    const shared = [...(await tasksOf(services, other))].filter((id) => own.has(id)).length;
    const context = { now: Date.now(), ownedHere: other.ownedHere, formatTime };
    const { label, description } = describeRun(other.listing, other.state, context);
    const detail = vscode.l10n.t('{0} of {1} tasks in common', shared, own.size);
    items.push({ label, description, detail, run: other, shared });
  }
  if (items.length === 0)
    throw new UserError(vscode.l10n.t('There is no other run to compare with.'));
  items.sort((a, b) => b.shared - a.shared);
  const title = vscode.l10n.t('Compare Runs: Other Run');
  return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.run;
}

async function tasksOf(services: Services, run: RunEntry): Promise<ReadonlySet<string>> {
  const state = await services.runs.read(run);
  return new Set(state?.plan?.trials.map(({ task_id: id }) => id));
}
