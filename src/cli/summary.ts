import Table from 'cli-table3';
import type { RunState } from '../runner/model';
import { totalsOf } from '../runner/model';

/** A run as a table of its trials and a line of totals. */
export function summarizeRun(state: RunState): string {
  const table = plainTable(['task', 'attempt', 'status', 'cause', 'tests after', 'seconds']);
  for (const { plan, result } of state.trials.values()) {
    const { after } = result ?? {};
    table.push([
      plan.task_id,
      plan.attempt,
      result?.status ?? 'not run',
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
  ];
  return `${table.toString()}\n${parts.join(', ')}\n`;
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
