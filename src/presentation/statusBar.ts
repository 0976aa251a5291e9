import type { RunState } from '../runner/index';
import { totalsOf } from '../runner/model';
import { formatCount, plural } from './format';
import { progressText, runName } from './runTree';
import { spendingText } from './spending';

export interface StatusText {
  readonly text: string;
  readonly tooltip: string;
  readonly accessibleLabel: string;
}

/** What the status bar says of the runs that are going on; null: nothing, the item is hidden. `preparing` counts runs that have no folder yet. */
export function statusText(running: readonly RunState[], preparing: number): StatusText | null {
  if (running.length === 0 && preparing === 0) return null;
  let completed = 0;
  let total = 0;
  const lines: string[] = [];
  for (const state of running) {
    const totals = totalsOf(state);
    completed += totals.completed;
    total += totals.total;
    const spending = spendingText(state);
    lines.push(
      `${runName(state)}: ${progressText(totals)} done, ${formatCount(totals.resolved)} resolved${spending === '' ? '' : `, ${spending}`}`,
    );
  }
  if (preparing > 0) lines.push(`${plural(preparing, 'run')} being prepared`);
  const text = total === 0 ? '$(beaker) …' : `$(beaker) ${progressText({ completed, total })}`;
  return {
    text,
    tooltip: ['Benchyard', ...lines].join('\n'),
    accessibleLabel:
      total === 0
        ? 'Benchyard: a run is being prepared'
        : `Benchyard: ${formatCount(completed)} of ${plural(total, 'trial')} done`,
  };
}
