import type { GroupRate, RunMetrics, RunState, StageTimes, TaskValidation } from '../runner/model';
import { tokensOf } from '../runner/model';
import { passAtKLines, verdictCounts } from './contestReport';
import { formatCost, formatRate } from './format';
import { competitionLines, techniqueLines } from './mleLines';
import { isToldByCompetition } from './mleView';
import type { Change } from './runPairs';
import { byTaskAndAttempt, changeOf } from './runPairs';
import type { Comparison, ReportedRun, ReportOptions, RunReport } from './runReport';

export interface ReportTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Reported {
  readonly runs: readonly ReportedRun[];
  readonly names: readonly string[];
  readonly states: readonly RunState[];
  readonly comparison: Comparison | null;
  readonly excluded: readonly TaskValidation[];
}

/** A report as tables: totals first, trials last. Tables that would be empty are left out. */
export function reportTables(reported: Reported, options: ReportOptions): RunReport['tables'] {
  const { excluded } = reported;
  const parts = [
    ...contestTables(reported),
    ...mleTables(reported),
    ratesTable(reported, 'dataset', ({ breakdown }) =>
      breakdown.by_dataset.length > 1 ? breakdown.by_dataset : [],
    ),
    // Competitions have a table of their own, with scores.
    ratesTable(reported, 'repository', ({ breakdown }) =>
      reported.states.every(isToldByCompetition) ? [] : breakdown.by_repository,
    ),
    ratesTable(reported, 'difficulty', ({ breakdown }) => breakdown.by_difficulty),
    countsTable(reported, 'status', ({ breakdown }) => breakdown.statuses),
    countsTable(reported, 'exit status', ({ metrics }) => metrics.exit_statuses),
    stagesTable(reported),
    {
      title: 'Left out: these tasks cannot tell right from wrong',
      head: ['task_id', 'state', 'detail'],
      rows: excluded.map(({ task_id: id, state, detail }) => [id, state, detail]),
    },
  ].filter(({ rows }) => rows.length > 0);
  const trials = options.compare
    ? comparisonTable(reported)
    : trialsTable(reported, options.stable);
  return [totalsTable(reported, options), ...parts, trials];
}

/** What only runs of contest tasks have. */
function contestTables({ runs, names }: Reported): readonly ReportTable[] {
  const rowsOf = (
    rows: (contest: NonNullable<ReportedRun['contest']>) => readonly (readonly string[])[],
  ): ReportTable['rows'] =>
    runs.flatMap(({ contest }, n) =>
      contest === undefined ? [] : rows(contest).map((row) => [names[n] ?? '', ...row]),
    );
  return [
    {
      title: 'pass@k',
      head: ['run', 'k', 'value', 'problems', 'note'],
      rows: rowsOf((contest) =>
        passAtKLines(contest).map(({ name, value, note }) => [
          name,
          value,
          String(contest.n_problems),
          note,
        ]),
      ),
    },
    {
      title: 'Programs by verdict',
      head: ['run', 'verdict', 'programs', 'share'],
      rows: rowsOf((contest) =>
        verdictCounts(contest).map(({ verdict, count, share }) => [
          verdict,
          String(count),
          formatRate(share, null),
        ]),
      ),
    },
    {
      title: 'Problems whose own solutions fail',
      head: ['run', 'problem', 'counted'],
      rows: rowsOf(({ bad_references: bad, left_out: leftOut }) =>
        bad.map((name) => [name, leftOut.includes(name) ? 'no' : 'yes']),
      ),
    },
  ];
}

/** What only runs of competitions and technique tasks have. */
function mleTables({ states, names }: Reported): readonly ReportTable[] {
  const rowsOf = (rows: (state: RunState) => readonly (readonly string[])[]): ReportTable['rows'] =>
    states.flatMap((state, n) => rows(state).map((row) => [names[n] ?? '', ...row]));
  return [
    {
      title: 'Competitions',
      head: ['run', 'competition', 'valid', 'medals', 'score'],
      rows: rowsOf((state) =>
        competitionLines(state).map(({ competition, valid, medals, score }) => [
          competition,
          valid,
          medals,
          score,
        ]),
      ),
    },
    {
      title: 'Technique tasks',
      head: ['run', 'technique', 'passed', 'not applicable'],
      rows: rowsOf((state) =>
        techniqueLines(state).map(({ technique, passed, notApplicable }) => [
          technique,
          passed,
          notApplicable,
        ]),
      ),
    },
  ];
}

/** The table without the columns that say nothing: empty ones, and the run where there is only one. */
export function compactTable({ title, head, rows }: ReportTable): ReportTable {
  const kept = head.flatMap((name, n) => {
    const values = new Set(rows.map((row) => row[n] ?? ''));
    const says =
      name === 'run' ? title === 'Runs' || values.size > 1 : !values.has('') || values.size > 1;
    return says || rows.length === 0 ? [n] : [];
  });
  const only = (cells: readonly string[]): readonly string[] => kept.map((n) => cells[n] ?? '');
  return { title, head: only(head), rows: rows.map(only) };
}

function totalsTable({ runs, names }: Reported, { stable }: ReportOptions): ReportTable {
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
      'cost per resolved',
      ...(stable ? [] : ['model s', 'tools s']),
    ],
    rows: runs.map(({ agent, model, totals, metrics, resolved_interval: interval }, n) => [
      names[n] ?? '',
      agent,
      model ?? '',
      String(totals.resolved),
      formatRate(totals.resolved_rate, interval),
      String(totals.unresolved),
      String(totals.empty_patch),
      String(totals.infra_failure),
      String(totals.incomplete),
      String(totals.total),
      ...agentCells(metrics, stable),
    ]),
  };
}

function agentCells(metrics: RunMetrics, stable: boolean): readonly string[] {
  const { agent_stats: stats, usage, cost_per_resolved: each } = metrics;
  return [
    String(stats.turns),
    String(stats.tool_errors),
    usage === null ? '' : String(tokensOf(usage)),
    usage === null ? '' : formatCost(usage.cost),
    each === null ? '' : formatCost(each),
    ...(stable ? [] : [stats.model_s.toFixed(1), stats.tools_s.toFixed(1)]),
  ];
}

function ratesTable(
  { runs, names }: Reported,
  what: string,
  groupsOf: (run: ReportedRun) => readonly GroupRate[],
): ReportTable {
  const rows = runs.flatMap((run, n) =>
    groupsOf(run).map(
      ({ name, resolved, total, resolved_rate: rate, resolved_interval: range }) => [
        names[n] ?? '',
        name,
        String(resolved),
        String(total),
        formatRate(rate, range),
      ],
    ),
  );
  return { title: `By ${what}`, head: ['run', what, 'resolved', 'total', 'rate'], rows };
}

function countsTable(
  { runs, names }: Reported,
  what: string,
  countsOf: (run: ReportedRun) => Readonly<Record<string, number>>,
): ReportTable {
  const rows = runs.flatMap((run, n) =>
    Object.entries(countsOf(run))
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => [names[n] ?? '', name, String(count)]),
  );
  return { title: `By ${what}`, head: ['run', what, 'trials'], rows };
}

function stagesTable({ runs, names }: Reported): ReportTable {
  const line = ({ stage, count, median_s: median, p90_s: p90, total_s: total }: StageTimes) => [
    stage,
    String(count),
    ...[median, p90, total].map((seconds) => seconds.toFixed(1)),
  ];
  return {
    title: 'Time per stage',
    head: ['run', 'stage', 'trials', 'median s', 'p90 s', 'total s'],
    rows: runs.flatMap(({ breakdown }, n) =>
      breakdown.stage_times.map((times) => [names[n] ?? '', ...line(times)]),
    ),
  };
}

/** Every planned trial, also those that have no result yet. */
function trialsTable({ states, names }: Reported, stable: boolean): ReportTable {
  const rows = states.flatMap((state, n) =>
    [...state.trials.values()].map(({ plan, result, usage }) => [
      names[n] ?? '',
      plan.task_id,
      String(plan.attempt),
      plan.group,
      plan.difficulty ?? '',
      result?.status ?? 'not run',
      result?.cause ?? '',
      result?.verdict?.resolution ?? '',
      result?.exit_status ?? '',
      usage === null ? '' : String(tokensOf(usage)),
      // As a number, for programs; empty where it is not known.
      usage?.cost?.toString() ?? '',
      ...(stable ? [] : [result === null ? '' : String(result.duration_s)]),
    ]),
  );
  const head = [
    'run',
    'task_id',
    'attempt',
    'repository',
    'difficulty',
    'status',
    'cause',
    'resolution',
    'exit_status',
    'tokens',
    'cost_usd',
  ];
  return { title: 'Trials', head: stable ? head : [...head, 'duration_s'], rows };
}

/** Every task and attempt that some run has, what it came to in each, and what changed from the first to the last. */
function comparisonTable({ states, names, comparison }: Reported): ReportTable {
  const byRun = states.map(byTaskAndAttempt);
  const keys = [...new Set(byRun.flatMap((trials) => [...trials.keys()]))].sort();
  const rows = keys.map((key) => {
    const trials = byRun.map((trial) => trial.get(key));
    const results = trials.map((trial) => trial?.result ?? null);
    return [
      trials.find((trial) => trial !== undefined)?.plan.trial_id ?? '',
      ...results.map((result) => result?.status ?? 'not run'),
      changeWords[changeOf(results[0] ?? null, results.at(-1) ?? null)],
    ];
  });
  const sums = comparison === null ? '' : `: ${comparisonWords(comparison)}`;
  return { title: `By trial${sums}`, head: ['trial', ...names, 'change'], rows };
}

/** `3 fixed, 1 broken, 8 same; McNemar p = 0.63`, and what could not be compared. */
export function comparisonWords(compared: Comparison): string {
  const { fixed, broken, same, open } = compared;
  const alone = compared.only_in_first + compared.only_in_last;
  return [
    `${String(fixed)} fixed, ${String(broken)} broken, ${String(same)} same`,
    ...(open > 0 ? [`, ${String(open)} without an end to compare`] : []),
    ...(alone > 0 ? [`, ${String(alone)} in one run only`] : []),
    `; McNemar p = ${compared.p_value.toPrecision(2)}`,
  ].join('');
}

const changeWords: Readonly<Record<Change, string>> = {
  fixed: 'fixed',
  broken: 'broken',
  both: 'same',
  neither: 'same',
  open: 'not compared',
};
