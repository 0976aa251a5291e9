import type { RunState, TrialState } from '../runner/index';
import { totalsOf } from '../runner/model';
import { formatCount, formatDuration, plural } from './format';
import { contestChanges } from './contestView';
import type { ReportRow, ReportView, Tone } from './reportMessages';
import type { Headline, ReportContext, SummaryTable } from './reportView';
import {
  badOf,
  endsOf,
  intervalText,
  percent,
  rangeOf,
  reportedState,
  runStatus,
} from './reportView';
import { endOf } from './reportRows';
import type { Change } from './runPairs';
import { byTaskAndAttempt, changeOf } from './runPairs';
import { compareStates } from './runReport';
import { joinFacts, trialName } from './trialLabels';

/** A task and attempt as two runs tried it; undefined where one did not. */
export interface TrialsOfPair {
  readonly key: string;
  readonly first: TrialState | undefined;
  readonly second: TrialState | undefined;
}

/** Everything that one of two runs tried, in the order of the first and then of the second. */
export function pairsOf(first: RunState, second: RunState): readonly TrialsOfPair[] {
  const [own, others] = [byTaskAndAttempt(first), byTaskAndAttempt(second)];
  const keys = new Set([...own.keys(), ...others.keys()]);
  return [...keys].map((key) => ({ key, first: own.get(key), second: others.get(key) }));
}

/** The page of two runs beside each other: everything but their pairs. */
export function comparisonView(
  runs: { readonly first: RunState; readonly second: RunState },
  context: ReportContext,
): ReportView {
  const [first, second] = [reportedState(runs.first, context), reportedState(runs.second, context)];
  const live = [runs.first, runs.second].find(({ phase }) => phase === 'running');
  return {
    kind: 'comparison',
    title: `${who(runs.first)} ↔ ${who(runs.second)}`,
    subtitle: [`before: ${timeOf(runs.first, context)}`, `after: ${timeOf(runs.second, context)}`],
    status: live === undefined ? { label: 'both ended', tone: 'passed' } : runStatus(live),
    headline: [
      ...contestChanges(first, second),
      ...rates(first, second),
      ...changes(first, second),
    ],
    facts: [],
    tables: [paired(first, second)],
    rowName: 'pair',
    columns: [
      { title: 'Task', kind: 'text' },
      { title: 'Change', kind: 'text' },
      { title: 'Before', kind: 'text' },
      { title: 'After', kind: 'text' },
      { title: 'Time before', kind: 'number' },
      { title: 'Time after', kind: 'number' },
    ],
    ends: endsOf(pairsOf(first, second).map(changeLabel)),
    bad: badOf(runs.first, context),
  };
}

/** A pair of a comparison's page. */
export function pairRow(
  { key, first, second }: TrialsOfPair,
  { place, attempts }: { readonly place: number; readonly attempts: number },
): ReportRow {
  const change = changeLabel({ first, second });
  const trial = first ?? second;
  const name = trial === undefined ? key : trialName(trial, attempts);
  const ends = [first, second].map((one) => (one === undefined ? '–' : endOf(one).label));
  const times = [first, second].map((one) => one?.result?.duration_s ?? null);
  const hasPatch = [first, second].some((one) => (one?.result?.patch_stats?.bytes ?? 0) > 0);
  return {
    id: key,
    place,
    tone: change.tone,
    label: `${name}, ${change.label}, ${ends.join(' then ')}`,
    cells: [
      name,
      change.label,
      ...ends,
      ...times.map((seconds) => (seconds === null ? '' : formatDuration(seconds))),
    ],
    numbers: [null, null, null, null, ...times],
    facets: { end: change.label, repository: trial?.plan.group ?? '' },
    actions: hasPatch ? ['open'] : [],
  };
}

/** What became of a pair, as people call it. */
export function changeLabel({ first, second }: Omit<TrialsOfPair, 'key'>): {
  readonly label: string;
  readonly tone: Tone;
} {
  if (first === undefined) return { label: 'only after', tone: 'idle' };
  if (second === undefined) return { label: 'only before', tone: 'idle' };
  return changeLabels[changeOf(first.result, second.result)];
}

const changeLabels: Readonly<Record<Change, { label: string; tone: Tone }>> = {
  fixed: { label: 'fixed', tone: 'passed' },
  broken: { label: 'broken', tone: 'failed' },
  both: { label: 'resolved in both', tone: 'idle' },
  neither: { label: 'resolved in neither', tone: 'idle' },
  open: { label: 'not compared', tone: 'warning' },
};

function who({ plan }: RunState): string {
  if (plan === null) return '';
  return plan.model === null ? plan.agent : `${plan.agent} (${plan.model})`;
}

function timeOf({ startedAt }: RunState, { formatTime }: ReportContext): string {
  return startedAt === null ? 'not started' : formatTime(startedAt);
}

function rates(first: RunState, second: RunState): Headline[] {
  return [
    { label: 'Before', state: first },
    { label: 'After', state: second },
  ].map(({ label, state }) => {
    const { resolved, total, resolved_rate: rate } = totalsOf(state);
    const range = rangeOf(resolved, total);
    const note = joinFacts([
      `${formatCount(resolved)} of ${formatCount(total)}`,
      intervalText(range),
    ]);
    return { label, value: percent(rate), note, tone: null, range, choice: null };
  });
}

function changes(first: RunState, second: RunState): Headline[] {
  const { fixed, broken, pairs, p_value: p } = compareStates(first, second);
  const tile = (change: 'fixed' | 'broken', count: number): Headline => ({
    label: change === 'fixed' ? 'Fixed' : 'Broken',
    value: formatCount(count),
    note: '',
    tone: changeLabels[change].tone,
    range: null,
    choice: { facet: 'end', value: changeLabels[change].label },
  });
  return [
    tile('fixed', fixed),
    tile('broken', broken),
    {
      label: 'McNemar’s exact test',
      value: `p = ${p.toPrecision(2)}`,
      note: joinFacts([
        plural(pairs, 'pair'),
        p < 0.05 ? 'more than chance' : 'chance may explain it',
      ]),
      tone: null,
      range: null,
      choice: null,
    },
  ];
}

/** The four fields of the paired table, and what is in none of them. */
function paired(first: RunState, second: RunState): SummaryTable {
  const compared = compareStates(first, second);
  const row = (label: string, count: number): SummaryTable['rows'] =>
    count === 0
      ? []
      : [
          {
            cells: [label, formatCount(count)],
            range: null,
            choice: { facet: 'end', value: label },
          },
        ];
  return {
    title: 'By change',
    head: ['Each task and attempt', 'Pairs'],
    rows: [
      ...row(changeLabels.fixed.label, compared.fixed),
      ...row(changeLabels.broken.label, compared.broken),
      ...row(changeLabels.both.label, compared.both_resolved),
      ...row(changeLabels.neither.label, compared.neither_resolved),
      ...row(changeLabels.open.label, compared.open),
      ...row('only before', compared.only_in_first),
      ...row('only after', compared.only_in_last),
    ],
  };
}
