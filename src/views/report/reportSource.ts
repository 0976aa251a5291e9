import * as vscode from 'vscode';
import { comparisonView, pairRow, pairsOf } from '../../presentation/comparisonView';
import type { ReportRow, ReportView } from '../../presentation/reportMessages';
import type { ReportContext } from '../../presentation/reportView';
import { trialRow } from '../../presentation/reportRows';
import { reportedState, runReportView } from '../../presentation/reportView';
import { UserError } from '../../presentation/userError';
import type { RunState } from '../../runner/index';
import type { RunEntry, RunsModel } from '../runsModel';

/** One run, or two that are compared, the earlier first. */
export type ReportedRuns = readonly [RunEntry] | readonly [RunEntry, RunEntry];

/** The states of the runs that a page is about: one, or the two that are compared. */
export type ReportedStates = readonly [RunState] | readonly [RunState, RunState];

/** Reads the runs of a page, where that was not done. */
export async function statesOf(
  model: RunsModel,
  [first, second]: ReportedRuns,
): Promise<ReportedStates> {
  const read = async (run: RunEntry): Promise<RunState> => {
    const state = await model.read(run);
    if (state !== null) return state;
    throw new UserError(vscode.l10n.t('The run {0} cannot be read.', run.listing.runId));
  };
  return second === undefined ? [await read(first)] : [await read(first), await read(second)];
}

/** Everything of the page but its rows. */
export function viewOf([first, second]: ReportedStates, context: ReportContext): ReportView {
  return second === undefined
    ? runReportView(first, context)
    : comparisonView({ first, second }, context);
}

/** The page's rows; with `trials`, those alone that show one of these. */
export function rowsOf(
  [first, second]: ReportedStates,
  context: ReportContext,
  trials?: ReadonlySet<string>,
): readonly ReportRow[] {
  const state = reportedState(first, context);
  if (second === undefined) {
    const shown =
      trials === undefined
        ? [...state.trials.values()]
        : [...trials].flatMap((id) => state.trials.get(id) ?? []);
    return shown.map((trial) => trialRow(trial, first));
  }
  const attempts = Math.max(first.plan?.config.attempts ?? 1, second.plan?.config.attempts ?? 1);
  return pairsOf(state, reportedState(second, context))
    .map((pair, place) => ({ pair, place }))
    .filter(
      ({ pair }) =>
        trials === undefined ||
        [pair.first, pair.second].some((trial) => trials.has(trial?.plan.trial_id ?? '')),
    )
    .map(({ pair, place }) => pairRow(pair, { place, attempts }));
}
