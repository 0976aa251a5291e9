import * as vscode from 'vscode';
import { partsOfRunId } from '../../presentation/runTree';
import type { BoardEntry } from '../../presentation/leaderboardView';
import { leaderboardView } from '../../presentation/leaderboardView';
import type { LeaderboardView } from '../../presentation/leaderboardMessages';
import { joinFacts } from '../../presentation/trialLabels';
import type { CompetitionPage, TrialState } from '../../runner/index';
import { classOf } from '../../runner/model';
import { formatTime } from '../formatTime';
import type { RunEntry, RunsModel } from '../runsModel';
import type { TrialRef } from '../trialContent';

/** A leaderboard that is shown: whose, and with which trials on it. */
export interface BoardQuery {
  readonly competition: string;
  /** null: the trials of all runs. */
  readonly run: RunEntry | null;
}

/** A page that shows more submissions shows none of them. */
const shownEntries = 100;

/** The trial that a row of the page names. */
export function trialOfEntry(id: string, runs: RunsModel): TrialRef | undefined {
  const [runId, trialId] = id.split('\n');
  const run = runs.entries.find(({ listing }) => listing.runId === runId);
  return run === undefined || trialId === undefined || run.state?.trials.has(trialId) !== true
    ? undefined
    : { run, trialId };
}

export async function viewOfBoard(
  { competition, run }: BoardQuery,
  page: CompetitionPage,
  runs: RunsModel,
): Promise<LeaderboardView> {
  const chosen = run === null ? runs.entries : [run];
  const entries: BoardEntry[] = [];
  for (const entry of chosen) {
    const state = await runs.read(entry);
    const trials = [...(state?.trials.values() ?? [])].filter(
      ({ result }) => result?.competition?.competition_id === competition,
    );
    const several = new Set(trials.map(({ plan }) => plan.attempt)).size > 1;
    entries.push(
      ...trials.flatMap((trial) => entryOf(trial, { entry, alone: run !== null, several })),
    );
    if (entries.length >= shownEntries) break;
  }
  return leaderboardView({
    config: page.config,
    standings: { scores: page.leaderboard, thresholds: page.config.thresholds ?? null },
    entries: entries.slice(0, shownEntries),
    of: run === null ? vscode.l10n.t('all runs') : runTitle(run),
  });
}

/** `dummy, Jan 31 08:05` */
export function runTitle({ listing, state }: RunEntry): string {
  const agent = state?.plan?.agent ?? partsOfRunId(listing.runId).agent;
  const started = state?.startedAt ?? null;
  return joinFacts([agent, started === null ? '' : formatTime(started)]);
}

function entryOf(
  { plan, result }: TrialState,
  {
    entry,
    alone,
    several,
  }: { readonly entry: RunEntry; readonly alone: boolean; readonly several: boolean },
): BoardEntry[] {
  if (result?.competition === undefined) return [];
  const attempt = vscode.l10n.t('attempt {0}', plan.attempt + 1);
  const name = alone ? attempt : joinFacts([runTitle(entry), several ? attempt : '']);
  return [
    {
      id: `${entry.listing.runId}\n${plan.trial_id}`,
      name,
      result: result.competition,
      solved: classOf(result.status) === 'resolved',
    },
  ];
}
