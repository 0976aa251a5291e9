import Table from 'cli-table3';
import type { Row, Samples, Target } from './measure';
import { meetsTarget, ratiosOf, spreadOf } from './measure';

function format(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function spread(samples: Samples, unit: string): string {
  const { median, min, max } = spreadOf(samples);
  if (samples.length === 1) return `${format(median)} ${unit}`;
  return `${format(median)} ${unit} (${format(min)}–${format(max)})`;
}

function targetText(target: Target, unit: string): string {
  const sign = target.direction === 'at most' ? '≤' : '≥';
  return `${sign} ${String(target.limit)} ${target.of === 'ratio' ? '×' : unit}`;
}

/** The rows of one benchmark for people: medians, with the smallest and the largest value in parentheses. */
export function formatTable(title: string, rows: readonly Row[]): string {
  const head = ['', 'ours', 'compared with', 'ratio', 'target', ''];
  const noLines = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({ head, chars: noLines, style: { head: [], border: [] } });
  for (const row of rows) {
    const { what, unit, ours, other, target } = row;
    const ratios = ratiosOf(row);
    const met = meetsTarget(row);
    table.push([
      what,
      spread(ours, unit),
      other === null ? '' : `${other.what}: ${spread(other.samples, unit)}`,
      ratios === null ? '' : spread(ratios, '×'),
      target === null ? '' : targetText(target, unit),
      met === null ? '' : met ? 'met' : 'MISSED',
    ]);
  }
  return `${title}\n${table.toString()}\n`;
}
