import type {
  AgentStats,
  Interval,
  RunMetrics,
  RunState,
  RunTotals,
  TaskValidation,
  TrialResult,
} from '../runner/model';
import { mcnemarExact, metricsOf, tokensOf, totalsOf, wilsonInterval } from '../runner/model';
import { formatCost } from './format';
import type { Change } from './runPairs';
import { changeOf, pairRuns } from './runPairs';

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
    /** Left out of a stable report, since every run has its own. */
    readonly run_id?: string;
    readonly agent: string;
    readonly model: string | null;
    readonly totals: RunTotals;
    readonly metrics: RunMetrics;
    /** 95 % interval of the resolved rate, by Wilson; null for an empty run. */
    readonly resolved_interval: Interval | null;
    readonly trials: readonly (TrialResult | StableResult)[];
  }[];
  /** Tasks whose trials are in none of the numbers: they cannot tell right from wrong. */
  readonly excluded: readonly TaskValidation[];
  /** The first run against the last, trial by trial; null when nothing is compared. */
  readonly comparison: Comparison | null;
  /** Totals of the runs, then their trials: one by one, or beside each other when they are compared. */
  readonly tables: readonly [totals: ReportTable, trials: ReportTable];
}

/** Trials that both runs have, paired by task and attempt. */
export interface Comparison {
  readonly pairs: number;
  /** Resolved by the last run only. */
  readonly fixed: number;
  /** Resolved by the first run only. */
  readonly broken: number;
  readonly same: number;
  /** McNemar's exact test, two-sided. */
  readonly p_value: number;
}

interface ReportOptions {
  /** Tasks to leave out, which the report says. */
  readonly exclude?: readonly TaskValidation[];
  readonly stable: boolean;
  readonly compare: boolean;
}

/** Sums up runs. With `compare`, trials are paired by task and attempt and it is said what changed. */
export function reportOf(all: readonly RunState[], options: ReportOptions): RunReport {
  const { exclude = [] } = options;
  const states = all.map((state) => withoutTasks(state, exclude));
  const { stable, compare } = options;
  const names = states.map((state, n) => (stable ? `run ${n + 1}` : (state.plan?.run_id ?? '')));
  const runs = states.map((state) => {
    const results = [...state.trials.values()].flatMap(({ result }) =>
      result === null ? [] : [result],
    );
    const totals = totalsOf(state);
    const metrics = metricsOf(state);
    return {
      ...(stable ? {} : { run_id: state.plan?.run_id ?? '' }),
      agent: state.plan?.agent ?? '',
      model: state.plan?.model ?? null,
      totals,
      resolved_interval: wilsonInterval(totals.resolved, totals.total),
      metrics: stable ? stableMetrics(metrics) : metrics,
      trials: stable ? results.map(stableResult) : results,
    };
  });
  const compared = compare ? comparisonOf(states) : null;
  const trials = compare
    ? comparisonTable(states, names, compared)
    : trialsTable(states, names, options);
  return {
    runs,
    excluded: exclude,
    comparison: compared,
    tables: [totalsTable(runs, names, options), trials],
  };
}

/** The run as if these tasks had never been part of it. */
function withoutTasks(state: RunState, tasks: readonly TaskValidation[]): RunState {
  if (tasks.length === 0) return state;
  const ids = new Set(tasks.map(({ task_id: id }) => id));
  const left = [...state.trials].filter(([, { plan }]) => !ids.has(plan.task_id));
  return { ...state, trials: new Map(left) };
}

/** Everything of a result that two runs of the same trial agree on. */
export function stableResult(result: TrialResult): StableResult {
  return {
    ...without(result, 'duration_s', 'tail'),
    stages: result.stages.map((stage) => without(stage, 'duration_s')),
    agent_stats: result.agent_stats === null ? null : withoutTimes(result.agent_stats),
  };
}

function withoutTimes(stats: AgentStats): AgentStats {
  return { ...stats, model_s: 0, tools_s: 0 };
}

function stableMetrics(metrics: RunMetrics): RunMetrics {
  return { ...metrics, agent_stats: withoutTimes(metrics.agent_stats) };
}

function without<T extends object, K extends keyof T & string>(
  value: T,
  ...keys: readonly K[]
): Omit<T, K> {
  const left = Object.entries(value).filter(([key]) => !keys.some((name) => name === key));
  return Object.fromEntries(left) as Omit<T, K>; // just those keys are gone
}

function agentCells({ agent_stats: stats, usage }: RunMetrics, stable: boolean): readonly string[] {
  return [
    String(stats.turns),
    String(stats.tool_errors),
    usage === null ? '' : String(tokensOf(usage)),
    usage === null ? '' : formatCost(usage.cost),
    ...(stable ? [] : [stats.model_s.toFixed(1), stats.tools_s.toFixed(1)]),
  ];
}

function totalsTable(
  runs: RunReport['runs'],
  names: readonly string[],
  { stable }: ReportOptions,
): ReportTable {
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
      'turns',
      'tool errors',
      'tokens',
      'cost',
      ...(stable ? [] : ['model s', 'tools s']),
    ],
    rows: runs.map(({ agent, model, totals, metrics, resolved_interval: interval }, n) => [
      names[n] ?? '',
      agent,
      model ?? '',
      String(totals.resolved),
      rateText(totals.resolved_rate, interval),
      String(totals.unresolved),
      String(totals.empty_patch),
      String(totals.infra_failure),
      String(totals.incomplete),
      String(totals.total),
      ...agentCells(metrics, stable),
    ]),
  };
}

/** Every planned trial, also those that have no result yet. */
function trialsTable(
  states: readonly RunState[],
  names: readonly string[],
  { stable }: ReportOptions,
): ReportTable {
  const rows = states.flatMap((state, n) =>
    [...state.trials.values()].map(({ plan, result }) => [
      names[n] ?? '',
      plan.task_id,
      String(plan.attempt),
      result?.status ?? 'not run',
      result?.cause ?? '',
      result?.verdict?.resolution ?? '',
      ...(stable ? [] : [result === null ? '' : String(result.duration_s)]),
    ]),
  );
  const head = ['run', 'task_id', 'attempt', 'status', 'cause', 'resolution'];
  return { title: 'Trials', head: stable ? head : [...head, 'duration_s'], rows };
}

/** `60.0 % (31.3–83.2)`: with the 95 % interval. */
function rateText(rate: number, interval: Interval | null): string {
  const percent = (value: number): string => (value * 100).toFixed(1);
  const range = interval === null ? '' : ` (${percent(interval.low)}–${percent(interval.high)})`;
  return `${percent(rate)} %${range}`;
}

function comparisonOf(states: readonly RunState[]): Comparison | null {
  const [first] = states;
  const last = states.at(-1);
  if (first === undefined || last === undefined || first === last) return null;
  const { fixed, broken, bothResolved, neitherResolved } = pairRuns(first, last);
  const same = bothResolved.length + neitherResolved.length;
  return {
    pairs: fixed.length + broken.length + same,
    fixed: fixed.length,
    broken: broken.length,
    same,
    p_value: mcnemarExact(fixed.length, broken.length),
  };
}

function comparisonTable(
  states: readonly RunState[],
  names: readonly string[],
  compared: Comparison | null,
): ReportTable {
  const trials = [...new Set(states.flatMap((state) => [...state.trials.keys()]))].sort();
  const rows = trials.map((trial) => {
    const results = states.map((state) => state.trials.get(trial)?.result ?? null);
    return [
      trial,
      ...results.map((result) => result?.status ?? 'not run'),
      changeWords[changeOf(results[0] ?? null, results.at(-1) ?? null)],
    ];
  });
  const sums =
    compared === null
      ? ''
      : `: ${String(compared.fixed)} fixed, ${String(compared.broken)} broken, ${String(compared.same)} same; McNemar p = ${compared.p_value.toPrecision(2)}`;
  return {
    title: `By trial${sums}`,
    head: ['trial', ...names, 'change'],
    rows,
  };
}

const changeWords: Readonly<Record<Change, string>> = {
  fixed: 'fixed',
  broken: 'broken',
  both: 'same',
  neither: 'same',
  open: '',
};

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

/** The trials as comma-separated values: one table, so that programs can read it. */
export function reportAsCsv({ tables: [, { head, rows }] }: RunReport): string {
  const cell = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}
