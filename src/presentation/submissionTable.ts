import { formatCount, plural } from './format';

/** A table of a CSV file, as far as it was read. */
export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Rows of the file. */
  readonly total: number;
  /** Why it could not be read to its end; null: it was. */
  readonly problem: string | null;
}

/** A submission beside its sample, line by line. */
export interface TablePair {
  readonly sample: string;
  readonly submission: string;
}

/** Rows of a sample that are shown; a diff of more is no help to anybody. */
export const shownRows = 2000;
/** Rows of a submission that fit no row of the sample and are shown. */
export const shownExtras = 200;
/** Longer cells are cut: a line of a table that wraps is no table. */
const widest = 60;

interface Side {
  readonly table: CsvTable;
  /** Where each column of the pair stands in the file; -1: nowhere. */
  readonly places: readonly number[];
}

/**
 * Two tables as texts that a diff editor shows beside each other: the same columns in the same widths, and each row of
 * the submission beside the row of the sample with the same id, in the sample's order. Without an id column, or where the
 * submission lacks it, rows are compared by their order. What is wrong with the submission as a whole stands above it.
 */
export function submissionTable(
  sample: CsvTable,
  submission: CsvTable,
  { idColumn }: { readonly idColumn: string | null },
): TablePair {
  const extra = submission.columns.filter((name) => !sample.columns.includes(name));
  const columns = [...sample.columns, ...extra];
  const sideOf = (table: CsvTable): Side => ({
    table,
    places: columns.map((name) => table.columns.indexOf(name)),
  });
  const [left, right] = [sideOf(sample), sideOf(submission)];
  const rows = sample.rows.slice(0, shownRows);
  const matched = matchRows({ ...sample, rows }, submission, idColumn);
  const cellsOf = ({ places }: Side, row: readonly string[]): readonly string[] =>
    places.map((place) => shownCell(row[place] ?? ''));
  const headOf = ({ places }: Side): readonly string[] =>
    columns.map((name, n) => (places[n] === -1 ? '' : shownCell(name)));
  const body = rows.map((row) => cellsOf(left, row));
  const ownBody = matched.rows.map((row) => cellsOf(right, row));
  const heads = [headOf(left), headOf(right)];
  const line = alignment(heads, [...body, ...ownBody]);
  const problems = problemsOf({ sample, submission, extra, matched });
  const note = cutNote(sample);
  return {
    sample: textOf([headOf(left), ...body].map(line), note),
    submission: textOf([...problems, ...[headOf(right), ...ownBody].map(line)], note),
  };
}

interface Matched {
  /** Rows of the submission in the order in which they are shown. */
  readonly rows: readonly (readonly string[])[];
  readonly missing: number;
  readonly repeated: number;
  readonly unknown: number;
  /** The submission has no column of ids, where the sample has one. */
  readonly byOrder: boolean;
}

function matchRows(sample: CsvTable, submission: CsvTable, idColumn: string | null): Matched {
  const idPlace = idColumn === null ? -1 : sample.columns.indexOf(idColumn);
  const ownPlace = idColumn === null ? -1 : submission.columns.indexOf(idColumn);
  if (idPlace === -1 || ownPlace === -1) {
    const rows = submission.rows.slice(0, sample.rows.length);
    return { rows, missing: 0, repeated: 0, unknown: 0, byOrder: idPlace !== -1 };
  }
  const byId = new Map<string, (readonly string[])[]>();
  for (const row of submission.rows) {
    const id = row[ownPlace] ?? '';
    const known = byId.get(id);
    if (known === undefined) byId.set(id, [row]);
    else known.push(row);
  }
  const found = sample.rows.map((row) => byId.get(row[idPlace] ?? '') ?? []);
  const ids = new Set(sample.rows.map((row) => row[idPlace] ?? ''));
  // Where the sample is cut, an id that is not there may stand further down.
  const isWhole = sample.total <= sample.rows.length;
  const unknown = isWhole
    ? [...byId].filter(([id]) => !ids.has(id)).flatMap(([, rows]) => rows)
    : [];
  return {
    rows: [...found.flat(), ...unknown.slice(0, shownExtras)],
    missing: found.filter((rows) => rows.length === 0).length,
    repeated: found.filter((rows) => rows.length > 1).length,
    unknown: unknown.length,
    byOrder: false,
  };
}

/** What is wrong with a submission, a line each; nothing that only the answers tell. */
function problemsOf({
  sample,
  submission,
  extra,
  matched,
}: {
  readonly sample: CsvTable;
  readonly submission: CsvTable;
  readonly extra: readonly string[];
  readonly matched: Matched;
}): readonly string[] {
  const missing = sample.columns.filter((name) => !submission.columns.includes(name));
  const shared = submission.columns.filter((name) => sample.columns.includes(name));
  const expected = sample.columns.filter((name) => shared.includes(name));
  const { missing: ids, repeated, unknown } = matched;
  return [
    submission.problem ?? '',
    missing.length === 0 ? '' : `missing from the header: ${named(missing)}`,
    extra.length === 0 ? '' : `not in the sample's header: ${named(extra)}`,
    shared.join('\n') === expected.join('\n') ? '' : 'its columns stand in another order',
    submission.total === sample.total
      ? ''
      : `${plural(submission.total, 'row')}; the sample has ${formatCount(sample.total)}`,
    matched.byOrder ? 'without ids, rows are compared by their order' : '',
    ids === 0 ? '' : `${plural(ids, 'id')} missing`,
    repeated === 0 ? '' : `${plural(repeated, 'id')} more than once`,
    unknown === 0 ? '' : `${plural(unknown, 'row')} with an id that is not in the sample`,
  ]
    .filter((text) => text !== '')
    .map((text) => `! ${text}`);
}

function named(columns: readonly string[]): string {
  const shown = columns.slice(0, 10).map((name) => `"${shownCell(name)}"`);
  const more = columns.length - shown.length;
  return [...shown, ...(more > 0 ? [`${formatCount(more)} more`] : [])].join(', ');
}

/** Joins cells so that every column begins at the same place in all lines; numbers end at the same place. */
function alignment(
  heads: readonly (readonly string[])[],
  rows: readonly (readonly string[])[],
): (cells: readonly string[]) => string {
  const columns = (heads[0] ?? []).map((_, n) => {
    const cells = rows.map((row) => row[n] ?? '');
    const widths = [...heads.map((head) => head[n] ?? ''), ...cells].map(({ length }) => length);
    return {
      width: widths.reduce((most, width) => Math.max(most, width), 0),
      numeric: cells.every((cell) => cell === '' || !Number.isNaN(Number(cell))),
    };
  });
  return (cells) =>
    columns
      .map(({ width, numeric }, n) =>
        numeric ? (cells[n] ?? '').padStart(width) : (cells[n] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd();
}

/** A cell on one line. */
function shownCell(text: string): string {
  const line = text.replaceAll(/[\r\n\t\p{Cc}]+/gu, '␤');
  return line.length > widest ? `${line.slice(0, widest - 1)}…` : line;
}

function cutNote({ total, rows }: CsvTable): string {
  const shown = Math.min(rows.length, shownRows);
  return total > shown
    ? `… the first ${formatCount(shown)} of the sample's ${formatCount(total)} rows`
    : '';
}

function textOf(lines: readonly string[], note: string): string {
  return [...lines, ...(note === '' ? [] : ['', note]), ''].join('\n');
}
