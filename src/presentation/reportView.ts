import type { GroupRate, RunBreakdown, RunState, TaskValidation } from '../runner/index';
import { breakdownOf, metricsOf, tokensOf, totalsOf, wilsonInterval } from '../runner/model';
import {
  formatCost,
  formatCount,
  formatDuration,
  formatTokens,
  plural,
  secondsBetween,
} from './format';
import { contestFacts, contestHeadline, contestTables } from './contestView';
import { isToldByCompetition, mleTables } from './mleView';
import type { Choice, RateRange, ReportView, Tone } from './reportMessages';
import { badTasks, withoutTasks } from './runReport';
import { progressText, runName } from './runTree';
import { columnsOf, endOf, groupTitle } from './reportRows';
import { causeLabel, joinFacts, stageLabel, statusLabel } from './trialLabels';

/** What a report is made with, beside its runs. */
export interface ReportContext {
  readonly now: number;
  readonly formatTime: (iso: string) => string;
  /** What validation found of the runs' tasks. */
  readonly validations: Iterable<TaskValidation>;
  /** Tasks that cannot tell right from wrong are in none of the numbers. */
  readonly leaveOut: boolean;
}

export type Headline = ReportView['headline'][number];
export type SummaryTable = ReportView['tables'][number];

/** The run as the report counts it. */
export function reportedState(state: RunState, context: ReportContext): RunState {
  return context.leaveOut ? withoutTasks(state, badTasks(context.validations)) : state;
}

/** The page of one run: everything but its trials. */
export function runReportView(whole: RunState, context: ReportContext): ReportView {
  const state = reportedState(whole, context);
  const breakdown = breakdownOf(state);
  return {
    kind: 'run',
    title: runName(whole),
    subtitle: subtitleOf(whole, context),
    // How far it is stands below, and is told more often.
    status: whole.phase === 'running' ? { label: 'running', tone: 'running' } : runStatus(whole),
    headline: [...contestHeadline(state), ...runHeadline(state)],
    facts: [...contestFacts(state), ...runFacts(state)],
    tables: [
      ...contestTables(state),
      ...mleTables(state),
      ratesTable('Dataset', 'dataset', several(breakdown.by_dataset)),
      // Competitions have a table of their own, with scores.
      ratesTable(
        groupTitle(whole),
        'repository',
        isToldByCompetition(state) ? [] : breakdown.by_repository,
      ),
      ratesTable('Difficulty', 'difficulty', breakdown.by_difficulty),
      exitsTable(metricsOf(state).exit_statuses),
      stagesTable(breakdown),
    ].filter(({ rows }) => rows.length > 0),
    rowName: 'trial',
    columns: columnsOf(whole),
    ends: endsOf([...state.trials.values()].map(endOf)),
    bad: badOf(whole, context),
  };
}

/** Different ends with their numbers, the most frequent first. */
export function endsOf(
  ends: readonly { readonly label: string; readonly tone: Tone }[],
): ReportView['ends'] {
  const counts = new Map<string, { value: string; count: number; tone: Tone }>();
  for (const { label: value, tone } of ends) {
    const known = counts.get(value);
    if (known === undefined) counts.set(value, { value, count: 1, tone });
    else known.count += 1;
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}

export function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}

/** `95 %: 31.3–83.2`. */
export function intervalText(range: RateRange | null): string {
  if (range === null) return '';
  return `95 %: ${(range.low * 100).toFixed(1)}–${(range.high * 100).toFixed(1)}`;
}

export function rangeOf(resolved: number, total: number): RateRange | null {
  const interval = wilsonInterval(resolved, total);
  return interval === null ? null : { rate: resolved / total, ...interval };
}

/** The tasks of a run that validation found bad. */
export function badOf(
  whole: RunState,
  { validations, leaveOut }: ReportContext,
): ReportView['bad'] {
  const ids = new Set([...whole.trials.values()].map(({ plan }) => plan.task_id));
  return {
    tasks: badTasks(validations)
      .filter(({ task_id: id }) => ids.has(id))
      .map(({ task_id: task, state, detail }) => ({ task, why: `${state}: ${detail}` })),
    leftOut: leaveOut,
  };
}

export function runStatus({ phase, trials, ...state }: RunState): ReportView['status'] {
  if (phase === 'running')
    return {
      label: `${progressText(totalsOf({ phase, trials, ...state }))} done`,
      tone: 'running',
    };
  return phase === 'finished'
    ? { label: phase, tone: 'passed' }
    : { label: phase, tone: 'warning' };
}

function subtitleOf(state: RunState, context: ReportContext): string[] {
  const { plan, startedAt, endedAt } = state;
  const attempts = plan?.config.attempts ?? 1;
  return [
    startedAt === null ? '' : context.formatTime(startedAt),
    startedAt === null ? '' : formatDuration(secondsBetween(startedAt, endedAt, context.now)),
    attempts > 1 ? `${String(attempts)} attempts each` : '',
    plan?.sandbox ?? '',
  ].filter((text) => text !== '');
}

function runHeadline(state: RunState): Headline[] {
  const totals = totalsOf(state);
  const range = rangeOf(totals.resolved, totals.total);
  const tile = (label: string, count: number, tone: Tone): Headline[] =>
    count === 0
      ? []
      : [{ label, value: formatCount(count), note: '', tone, range: null, choice: null }];
  return [
    {
      label: 'Resolved',
      value: percent(totals.resolved_rate),
      note: joinFacts([
        `${formatCount(totals.resolved)} of ${plural(totals.total, 'trial')}`,
        intervalText(range),
        state.phase === 'running' ? 'so far' : '',
      ]),
      tone: null,
      range,
      choice: { facet: 'end', value: statusLabel('passed') },
    },
    ...tile('Unresolved', totals.unresolved, 'failed'),
    ...tile('Empty patch', totals.empty_patch, 'warning'),
    ...tile('Infrastructure', totals.infra_failure, 'warning'),
    ...tile('Not ended', totals.incomplete, 'idle'),
  ];
}

function runFacts(state: RunState): ReportView['facts'] {
  const { usage, agent_stats: stats, cost_per_resolved: each } = metricsOf(state);
  if (stats.turns + stats.tool_calls === 0) return [];
  return [
    { name: 'Turns', value: formatCount(stats.turns) },
    ...(stats.tool_calls === 0
      ? []
      : [
          {
            name: 'Tool errors',
            value: `${formatCount(stats.tool_errors)} of ${formatCount(stats.tool_calls)}`,
          },
        ]),
    ...(usage === null
      ? []
      : [
          {
            name: 'Tokens',
            value: `${usage.estimated ? '~' : ''}${formatTokens(tokensOf(usage))}`,
          },
          { name: 'Cost', value: formatCost(usage.cost) },
        ]),
    ...(each === null ? [] : [{ name: 'Cost per resolved', value: formatCost(each) }]),
    { name: 'In models', value: formatDuration(stats.model_s) },
    { name: 'In tools', value: formatDuration(stats.tools_s) },
  ];
}

function several<T>(groups: readonly T[]): readonly T[] {
  return groups.length > 1 ? groups : [];
}

function ratesTable(title: string, facet: string, groups: readonly GroupRate[]): SummaryTable {
  return {
    title: `By ${title.toLowerCase()}`,
    head: [title, 'Resolved', 'Rate'],
    rows: groups.map(({ name, resolved, total, resolved_rate: rate }) => ({
      cells: [name, `${formatCount(resolved)}/${formatCount(total)}`, percent(rate)],
      range: rangeOf(resolved, total),
      choice: { facet, value: name } satisfies Choice,
    })),
  };
}

function exitsTable(exits: Readonly<Record<string, number>>): SummaryTable {
  return {
    title: 'Exit statuses',
    head: ['Agent ended', 'Trials'],
    rows: Object.entries(exits)
      .sort(([, a], [, b]) => b - a)
      .map(([exit, count]) => ({
        cells: [causeLabel(exit), formatCount(count)],
        range: null,
        choice: { facet: 'exit', value: causeLabel(exit) },
      })),
  };
}

function stagesTable({ stage_times: times }: RunBreakdown): SummaryTable {
  return {
    title: 'Time per stage',
    head: ['Stage', 'Median', '90 %', 'Total'],
    rows: times.map(({ stage, median_s, p90_s, total_s }) => ({
      cells: [stageLabel(stage), ...[median_s, p90_s, total_s].map(formatDuration)],
      range: null,
      choice: null,
    })),
  };
}
