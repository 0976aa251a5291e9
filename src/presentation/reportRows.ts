import type { RunState, TrialResult, TrialState } from '../runner/index';
import { failureOf, tokensOf } from '../runner/model';
import { candidateFacts, failureCounts } from './candidateFacts';
import { mleFacts } from './competitionLabels';
import { isContestRun } from './contestView';
import { formatCost, formatDuration, formatTokens } from './format';
import { isMleRun } from './mleView';
import { failureName } from './progressText';
import type { ReportRow, ReportView, Tone } from './reportMessages';
import {
  causeLabel,
  hasTrajectory,
  icons,
  joinFacts,
  stageLabel,
  statusIcon,
  statusLabel,
  trialName,
} from './trialLabels';
import { verdictLabel } from './verdictLabels';

/** A trial of a run's page. */
export function trialRow(trial: TrialState, state: RunState): ReportRow {
  const { plan, result, usage } = trial;
  const end = endOf(trial);
  const name = trialName(trial, state.plan?.config.attempts ?? 1);
  const tokens = usage === null ? null : tokensOf(usage);
  const cost = usage?.cost ?? null;
  const contest = result?.contest ?? null;
  const known: Readonly<Record<string, readonly [text: string, number: number | null]>> = {
    Trial: [name, null],
    Repository: [plan.group, null],
    Site: [plan.group, null],
    Competition: [plan.group, null],
    Outcome: [result === null ? '' : (mleFacts(result)[0] ?? ''), null],
    Score: scoreCell(result),
    Candidates: [contest === null ? '' : (candidateFacts(contest)[0] ?? ''), contest?.c ?? null],
    Difficulty: [plan.difficulty ?? '', null],
    Result: [end.label, null],
    'Exit status': [exitOf(trial), null],
    Time: [result === null ? '' : formatDuration(result.duration_s), result?.duration_s ?? null],
    Tokens: [tokens === null ? '' : formatTokens(tokens), tokens],
    Cost: [usage === null ? '' : formatCost(cost), cost],
  };
  const cells = columnsOf(state).map(({ title }) => known[title] ?? (['', null] as const));
  return {
    id: plan.trial_id,
    place: plan.index,
    tone: end.tone,
    label: [name, end.label, ...cells.slice(1).map(([text]) => text)]
      .filter((text, n, all) => text !== '' && all.indexOf(text) === n)
      .join(', '),
    cells: cells.map(([text]) => text),
    numbers: cells.map(([, number]) => number),
    facets: {
      end: end.label,
      repository: plan.group,
      difficulty: plan.difficulty ?? 'unknown',
      dataset: plan.dataset ?? 'unknown',
      exit: causeLabel(result?.exit_status ?? ''),
      ...failureFacet(trial),
      ...(contest === null ? {} : { verdict: candidateVerdict(contest) }),
    },
    actions: [
      'open',
      ...((result?.patch_stats?.bytes ?? 0) > 0 ? (['patch'] as const) : []),
      ...(hasTrajectory(trial) ? (['trajectory'] as const) : []),
      ...(result === null ? [] : (['result'] as const)),
    ],
  };
}

function failureFacet(trial: TrialState): Readonly<Record<string, string>> {
  const reason = failureOf(trial);
  return reason === null ? {} : { failure: failureName(reason) };
}

/** How a trial ended, or where it is, and the tone of it. */
export function endOf({ result, phase }: TrialState): {
  readonly label: string;
  readonly tone: Tone;
} {
  if (result !== null) return { label: statusLabel(result.status), tone: toneOf(result.status) };
  if (phase === 'running') return { label: 'running', tone: 'running' };
  return { label: 'not run', tone: 'idle' };
}

/** By the icon that the trial has in the tree. */
const tones: Readonly<Record<string, Tone>> = {
  [icons.passed.id]: 'passed',
  [icons.failed.id]: 'failed',
  [icons.errored.id]: 'warning',
};

function toneOf(status: Parameters<typeof statusIcon>[0]): Tone {
  return tones[statusIcon(status).id] ?? 'idle';
}

/** Columns that say something of this run; its trials' cells are in the same order. */
export function columnsOf(state: RunState): ReportView['columns'] {
  const plans = state.plan?.trials ?? [];
  const asked = state.spent.turns > 0;
  return [
    { title: 'Trial', kind: 'text' },
    { title: groupTitle(state), kind: 'text' },
    ...(plans.some(({ difficulty }) => (difficulty ?? null) !== null)
      ? [{ title: 'Difficulty', kind: 'text' } as const]
      : []),
    { title: 'Result', kind: 'text' },
    ...(isContestRun(state) ? [{ title: 'Candidates', kind: 'number' } as const] : []),
    ...(isMleRun(state)
      ? [{ title: 'Outcome', kind: 'text' } as const, { title: 'Score', kind: 'number' } as const]
      : []),
    { title: 'Exit status', kind: 'text' },
    { title: 'Time', kind: 'number' },
    ...(asked
      ? [{ title: 'Tokens', kind: 'number' } as const, { title: 'Cost', kind: 'number' } as const]
      : []),
  ];
}

/** What trials are grouped by; of contest problems, the site that they are from. */
export function groupTitle(state: RunState): string {
  if (isMleRun(state)) return 'Competition';
  return isContestRun(state) ? 'Site' : 'Repository';
}

function scoreCell(result: TrialResult | null): readonly [text: string, number: number | null] {
  if (result === null) return ['', null];
  const score = result.competition?.score ?? result.technique?.score ?? null;
  return [mleFacts(result)[1] ?? '', score];
}

/** What a trial of one candidate is found by in the table of verdicts. */
function candidateVerdict(contest: NonNullable<TrialResult['contest']>): string {
  const [most] = contest.c > 0 ? [] : failureCounts(contest);
  return verdictLabel(most?.verdict ?? 'passed');
}

function exitOf({ result }: TrialState): string {
  if (result === null) return '';
  return joinFacts([
    causeLabel(result.exit_status ?? ''),
    // What ran out of time is a stage.
    (result.status === 'timeout' ? stageLabel : causeLabel)(result.cause ?? ''),
  ]);
}
