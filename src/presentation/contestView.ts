import type { ContestSummary, RunState } from '../runner/index';
import { contestSummaryOf, wilsonInterval } from '../runner/model';
import { passAtKLines, verdictCounts } from './contestReport';
import { formatCount, plural } from './format';
import type { ReportView } from './reportMessages';
import { verdictLabel } from './verdictLabels';

type Headline = ReportView['headline'][number];
type SummaryTable = ReportView['tables'][number];

/** Whether all that a run tried are contest problems: then its words are theirs. */
export function isContestRun({ plan }: RunState): boolean {
  const trials = plan?.trials ?? [];
  return trials.length > 0 && trials.every(({ benchmark }) => benchmark === 'contests');
}

/** pass@k of a run with their intervals, one a tile, as far as they are defined; of a run without contest problems: none. */
export function contestHeadline(state: RunState): readonly Headline[] {
  const summary = contestSummaryOf(state.plan, state.trials.values());
  if (summary === null) return [];
  const problems = plural(summary.n_problems, 'problem');
  return passAtKLines(summary).flatMap(({ name }): readonly Headline[] => {
    const { value, range } = rateOf(summary, name);
    if (value === null) return [];
    return [
      {
        label: name,
        value: percent(value),
        note: [problems, intervalOf(range)].filter(isSaid).join(' · '),
        tone: null,
        range: range === null ? null : { rate: value, ...range },
        choice: null,
      },
    ];
  });
}

/** The pass@k that are not defined, with the reason. */
export function contestFacts(state: RunState): ReportView['facts'] {
  const summary = contestSummaryOf(state.plan, state.trials.values());
  if (summary === null) return [];
  return passAtKLines(summary).flatMap(({ name, note }) =>
    rateOf(summary, name).value === null
      ? [{ name, value: note === '' ? 'undefined' : `undefined (${note})` }]
      : [],
  );
}

/** pass@k before and after, for the k that both runs have. */
export function contestChanges(first: RunState, second: RunState): readonly Headline[] {
  const [before, after] = [first, second].map((state) =>
    contestSummaryOf(state.plan, state.trials.values()),
  );
  if (before === null || before === undefined || after === null || after === undefined) return [];
  return Object.entries(after.pass_at_k).flatMap(([k, now]): readonly Headline[] => {
    const was = before.pass_at_k[k] ?? null;
    if (was === null || now === null) return [];
    const points = (now - was) * 100;
    const sign = points > 0 ? '+' : '';
    const range = after.ci[k] ?? null;
    return [
      {
        label: `pass@${k}`,
        value: `${percent(was)} → ${percent(now)}`,
        note: [`${sign}${points.toFixed(1)} points`, intervalOf(range)].filter(isSaid).join(' · '),
        tone: null,
        range: range === null ? null : { rate: now, ...range },
        choice: null,
      },
    ];
  });
}

/** Candidates by verdict, and problems whose own solutions fail; empty tables where there are none. */
export function contestTables(state: RunState): readonly SummaryTable[] {
  const summary = contestSummaryOf(state.plan, state.trials.values());
  if (summary === null) return [];
  // A trial of several candidates has several verdicts, and can be narrowed to none of them.
  const single = [...state.trials.values()].every(({ result }) => (result?.contest?.n ?? 0) <= 1);
  return [
    {
      title: 'By verdict',
      head: ['Verdict', 'Candidates', 'Share'],
      rows: verdictCounts(summary).map(({ verdict, count, share }) => ({
        cells: [verdictLabel(verdict), formatCount(count), percent(share)],
        range: rangeOf(count, share),
        choice: single ? { facet: 'verdict', value: verdictLabel(verdict) } : null,
      })),
    },
    {
      title: 'Problems whose own solutions fail',
      head: ['Problem', 'Counted'],
      rows: summary.bad_references.map((name) => ({
        cells: [name, summary.left_out.includes(name) ? 'no' : 'yes'],
        range: null,
        choice: null,
      })),
    },
  ];
}

function rangeOf(count: number, share: number): SummaryTable['rows'][number]['range'] {
  const interval = wilsonInterval(count, Math.round(count / share));
  return interval === null ? null : { rate: share, ...interval };
}

function rateOf(
  { pass_at_k: values, ci, n_at_k: filtered }: ContestSummary,
  name: string,
): { readonly value: number | null; readonly range: { low: number; high: number } | null } {
  const [kind = '', k = ''] = name.split('@');
  if (kind === 'pass') return { value: values[k] ?? null, range: ci[k] ?? null };
  return { value: filtered?.values[k] ?? null, range: null };
}

function intervalOf(range: { readonly low: number; readonly high: number } | null): string {
  if (range === null) return '';
  return `95 %: ${(range.low * 100).toFixed(1)}–${(range.high * 100).toFixed(1)}`;
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}

function isSaid(text: string): boolean {
  return text !== '';
}
