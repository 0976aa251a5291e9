import type { RunState, RunTotals, TrialResult } from '../runner/model';
import { classOf, totalsOf } from '../runner/model';

/** A result without what varies between two equal trials. */
export type StableResult = Omit<Omit<TrialResult, 'duration_s' | 'tail'>, 'stages'> & {
  readonly stages: readonly Omit<TrialResult['stages'][number], 'duration_s'>[];
};

export interface ReportTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What `report` prints in any format. */
export interface RunReport {
  readonly runs: readonly {
    readonly run_id: string;
    readonly agent: string;
    readonly model: string | null;
    readonly totals: RunTotals;
    readonly trials: readonly (TrialResult | StableResult)[];
  }[];
  readonly tables: readonly ReportTable[];
}

/** Sums up runs. With `compare`, a second table pairs them by task and attempt and says what changed. */
export function reportOf(
  states: readonly RunState[],
  { stable, compare }: { readonly stable: boolean; readonly compare: boolean },
): RunReport {
  const runs = states.map((state) => {
    const results = [...state.trials.values()].flatMap(({ result }) =>
      result === null ? [] : [result],
    );
    return {
      run_id: state.plan?.run_id ?? '',
      agent: state.plan?.agent ?? '',
      model: state.plan?.model ?? null,
      totals: totalsOf(state),
      trials: stable ? results.map(stableResult) : results,
    };
  });
  const tables = [totalsTable(runs), ...(compare ? [comparison(states)] : [])];
  return { runs, tables };
}

/** Everything of a result that two runs of the same trial agree on. */
export function stableResult(result: TrialResult): StableResult {
  return {
    ...without(result, 'duration_s', 'tail'),
    stages: result.stages.map((stage) => without(stage, 'duration_s')),
  };
}

function without<T extends object, K extends keyof T & string>(
  value: T,
  ...keys: readonly K[]
): Omit<T, K> {
  const left = Object.entries(value).filter(([key]) => !keys.some((name) => name === key));
  return Object.fromEntries(left) as Omit<T, K>; // just those keys are gone
}

function totalsTable(runs: RunReport['runs']): ReportTable {
  return {
    title: 'Runs',
    head: [
      'run',
      'agent',
      'model',
      'resolved',
      'rate',
      'unresolved',
      'empty',
      'infra',
      'incomplete',
      'total',
    ],
    rows: runs.map(({ run_id, agent, model, totals }) => [
      run_id,
      agent,
      model ?? '',
      String(totals.resolved),
      `${(totals.resolved_rate * 100).toFixed(1)} %`,
      String(totals.unresolved),
      String(totals.empty_patch),
      String(totals.infra_failure),
      String(totals.incomplete),
      String(totals.total),
    ]),
  };
}

function comparison(states: readonly RunState[]): ReportTable {
  const trials = [...new Set(states.flatMap((state) => [...state.trials.keys()]))].sort();
  const rows = trials.map((trial) => {
    const statuses = states.map((state) => state.trials.get(trial)?.result?.status ?? null);
    return [
      trial,
      ...statuses.map((status) => status ?? 'not run'),
      change(statuses[0] ?? null, statuses.at(-1) ?? null),
    ];
  });
  return {
    title: 'By trial',
    head: ['trial', ...states.map((state) => state.plan?.run_id ?? ''), 'change'],
    rows,
  };
}

function change(first: TrialResult['status'] | null, last: TrialResult['status'] | null): string {
  if (first === null || last === null) return '';
  const before = classOf(first) === 'resolved';
  const after = classOf(last) === 'resolved';
  return before === after ? 'same' : after ? 'fixed' : 'broken';
}

export function reportAsMarkdown(report: RunReport): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return report.tables
    .map(({ title, head, rows }) =>
      [
        `## ${title}`,
        '',
        `| ${head.map(cell).join(' | ')} |`,
        `|${head.map(() => ' --- ').join('|')}|`,
        ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** RFC 4180, one table after the other. */
export function reportAsCsv(report: RunReport): string {
  const cell = (text: string): string =>
    /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return report.tables
    .map(({ head, rows }) => [head, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join(''))
    .join('\n');
}
