import { stringify } from 'csv-stringify/sync';
import { markdownTable } from 'markdown-table';
import { compactTable } from './reportTables';
import type { RunReport } from './runReport';

/** A report for people: every table under its own heading. */
export function reportAsMarkdown(report: RunReport): string {
  return report.tables
    .map(compactTable)
    .map(({ title, head, rows }) => {
      const table = markdownTable([head, ...rows].map((row) => row.map(markdownText)));
      return `## ${title}\n\n${table}\n`;
    })
    .join('\n');
}

/** Ids and details were written by others: they stay text, and within their cell. */
function markdownText(text: string): string {
  return text.replaceAll(/[\\|<]/g, '\\$&').replaceAll(/[\r\n]+/g, ' ');
}

/** The trials as comma-separated values: one table, so that programs can read it. */
export function reportAsCsv(report: RunReport): string {
  const trials = report.tables[report.tables.length - 1];
  if (trials === undefined) return '';
  // A spreadsheet runs what begins with "=": such cells are made text.
  return stringify([trials.head, ...trials.rows], { escape_formulas: true });
}

/** All of the report, for programs. */
export function reportAsJson(report: RunReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
