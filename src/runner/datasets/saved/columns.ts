import type { SchemaElement } from 'hyparquet';
import { asRecord } from '../../model';
import type { SinkColumn } from './parquetSink';

const optional = { repetition_type: 'OPTIONAL' } as const;

const leaf = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON' },
} as const;
type Kind = keyof typeof leaf;

/** The kind of a column of class labels: their names, or their numbers. */
export type LabelKind = 'text' | 'integer';

function value(name: string, kind: Kind): SchemaElement[] {
  return [{ name, ...optional, ...leaf[kind] }];
}

function list(name: string, kind: Kind): SchemaElement[] {
  return [
    { name, ...optional, converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...value('element', kind),
  ];
}

function struct(name: string, ...parts: readonly SchemaElement[][]): SchemaElement[] {
  return [{ name, ...optional, num_children: parts.length }, ...parts.flat()];
}

function column(schema: readonly SchemaElement[], kind: Kind | 'list' | 'struct'): SinkColumn {
  const name = schema[0]?.name ?? '';
  return { name, schema, valueOf: (row) => written(row[name], kind) };
}

/** A value as the writer wants it: whole numbers as big ones, and nothing for what is of another kind. */
function written(given: unknown, kind: Kind | 'list' | 'struct'): unknown {
  if (given === null || given === undefined) return null;
  switch (kind) {
    case 'text':
      return typeof given === 'string' ? given : JSON.stringify(given);
    case 'integer':
      return bigInteger(given);
    case 'number':
      return typeof given === 'number' ? given : null;
    case 'boolean':
      return typeof given === 'boolean' ? given : null;
    case 'json':
      return given;
    case 'list':
      return Array.isArray(given) ? given : null;
    case 'struct':
      return structParts(given);
  }
}

function bigInteger(given: unknown): bigint | null {
  const number = typeof given === 'string' ? Number(given) : given;
  return typeof number === 'number' && Number.isFinite(number) ? BigInt(Math.trunc(number)) : null;
}

function structParts(given: unknown): Readonly<Record<string, unknown>> | null {
  const parts = asRecord(given);
  if (parts === null) return null;
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [
      name,
      Array.isArray(part)
        ? part.map((one: unknown) => (typeof one === 'number' ? BigInt(one) : one))
        : typeof part === 'number'
          ? BigInt(Math.trunc(part))
          : part,
    ]),
  );
}

const tests = (name: string): SinkColumn =>
  column(struct(name, list('input', 'text'), list('output', 'text')), 'struct');
const programs = (name: string, labels: LabelKind): SinkColumn =>
  column(struct(name, list('language', labels), list('solution', 'text')), 'struct');

/** The hub's columns of CodeContests, with class labels as names or as numbers. */
export function contestColumns(labels: LabelKind): readonly SinkColumn[] {
  return [
    column(value('name', 'text'), 'text'),
    column(value('description', 'text'), 'text'),
    tests('public_tests'),
    tests('private_tests'),
    tests('generated_tests'),
    column(value('source', labels), labels),
    column(value('difficulty', labels), labels),
    programs('solutions', labels),
    programs('incorrect_solutions', labels),
    column(value('cf_contest_id', 'integer'), 'integer'),
    column(value('cf_index', 'text'), 'text'),
    column(value('cf_points', 'number'), 'number'),
    column(value('cf_rating', 'integer'), 'integer'),
    column(list('cf_tags', 'text'), 'list'),
    column(value('is_description_translated', 'boolean'), 'boolean'),
    column(value('untranslated_description', 'text'), 'text'),
    column(struct('time_limit', value('seconds', 'integer'), value('nanos', 'integer')), 'struct'),
    column(value('memory_limit_bytes', 'integer'), 'integer'),
    column(value('input_file', 'text'), 'text'),
    column(value('output_file', 'text'), 'text'),
  ];
}

/** A column of texts. */
export function textColumn(name: string): SinkColumn {
  return column(value(name, 'text'), 'text');
}

/** A column of whatever JSON can hold: of a source that has more than is known. */
export function jsonColumn(name: string): SinkColumn {
  return column(value(name, 'json'), 'json');
}
