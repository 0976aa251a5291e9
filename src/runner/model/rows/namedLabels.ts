import type { ContestLabels } from './contestLabels';
import { labelText } from './contestLabels';

/** A row with the names of its class labels instead of their numbers; all else as it is. */
export function namedLabels(value: unknown, names: ContestLabels): unknown {
  const row = asRecord(value);
  if (row === null) return value;
  const programs = (column: unknown): unknown => namedLanguages(column, names);
  return {
    ...row,
    ...mapped(row, 'source', (label) => labelText(label, names.source)),
    ...mapped(row, 'difficulty', (label) => labelText(label, names.difficulty)),
    ...mapped(row, 'solutions', programs),
    ...mapped(row, 'incorrect_solutions', programs),
  };
}

function namedLanguages(column: unknown, names: ContestLabels): unknown {
  if (Array.isArray(column)) return column.map((one: unknown) => namedLanguages(one, names));
  const programs = asRecord(column);
  if (programs === null) return column;
  return {
    ...programs,
    ...mapped(programs, 'language', (language) =>
      Array.isArray(language)
        ? language.map((one: unknown) => labelText(one, names.language))
        : labelText(language, names.language),
    ),
  };
}

function mapped(
  row: Readonly<Record<string, unknown>>,
  name: string,
  map: (value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  return name in row ? { [name]: map(row[name]) } : {};
}

/** An object's fields; null for what is none. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
