import Table from 'cli-table3';
import type { RunState } from '../runner/model';
import { formatCost, formatCount, formatDuration, plural } from '../presentation/format';
import { metricsOf, tokensOf, totalsOf } from '../runner/model';

/** A run as a table of its trials and a line of totals. */
export function summarizeRun(state: RunState): string {
  const table = plainTable(['task', 'attempt', 'status', 'cause', 'tests after', 'seconds']);
  for (const { plan, phase, result } of state.trials.values()) {
    const { after } = result ?? {};
    table.push([
      plan.task_id,
      plan.attempt,
      result?.status ?? (phase === 'skipped' ? 'not needed' : 'not run'),
      result?.cause ?? '',
      after ? `${after.passed} passed, ${after.failed + after.errors} failed` : '',
      result?.duration_s.toFixed(1) ?? '',
    ]);
  }
  const totals = totalsOf(state);
  const parts = [
    `${totals.resolved} of ${totals.total} resolved (${(totals.resolved_rate * 100).toFixed(1)} %)`,
    `${totals.unresolved} unresolved`,
    ...(totals.empty_patch > 0 ? [`${totals.empty_patch} empty`] : []),
    ...(totals.infra_failure > 0 ? [`${totals.infra_failure} infrastructure failures`] : []),
    ...(totals.incomplete > 0 ? [`${totals.incomplete} incomplete`] : []),
    ...(totals.skipped > 0 ? [`${totals.skipped} not needed`] : []),
  ];
  return [table.toString(), parts.join(', '), ...agentLines(state), ''].join('\n');
}

/** What the agents' models did and cost; nothing where no model was asked. */
function agentLines(state: RunState): readonly string[] {
  const { agent_stats: stats, usage, exit_statuses: exits } = metricsOf(state);
  if (usage === null) return [];
  const ends = Object.entries(exits).map(([exit, count]) => `${exit} ${String(count)}`);
  return [
    `${plural(stats.turns, 'turn')}, ${plural(stats.tool_errors, 'tool error')}, ${formatCount(tokensOf(usage))} tokens, cost ${formatCost(usage.cost)}; ${formatDuration(stats.model_s)} in the model, ${formatDuration(stats.tools_s)} in tools`,
    `ends: ${ends.join(', ')}`,
  ];
}

/** A table without borders, for terminals and for `column`-minded programs. */
export function plainTable(head: string[]): Table.Table {
  const none = Object.fromEntries(
    [
      'top',
      'top-mid',
      'top-left',
      'top-right',
      'bottom',
      'bottom-mid',
      'bottom-left',
      'bottom-right',
      'left',
      'left-mid',
      'mid',
      'mid-mid',
      'right',
      'right-mid',
    ].map((part) => [part, '']),
  );
  return new Table({
    head,
    chars: { ...none, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
}
