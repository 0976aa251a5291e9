import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer, parquetWriteFile } from 'hyparquet-writer';

/** The columns of CodeContests as its Parquet files have them: class labels are numbers, tests structs of lists. */
export interface HubRow {
  readonly name: string;
  readonly description?: string;
  readonly public_tests?: TestLists | null;
  readonly private_tests?: TestLists | null;
  readonly generated_tests?: TestLists | null;
  readonly source?: number;
  readonly difficulty?: number;
  readonly solutions?: ProgramLists | null;
  readonly incorrect_solutions?: ProgramLists | null;
  readonly cf_rating?: number;
  readonly cf_tags?: readonly string[];
  readonly time_limit?: { readonly seconds: number; readonly nanos: number } | null;
  readonly memory_limit_bytes?: number;
  readonly input_file?: string;
}
interface TestLists {
  readonly input: readonly string[];
  readonly output: readonly string[];
}
interface ProgramLists {
  readonly language: readonly number[];
  readonly solution: readonly string[];
}

/** What the hub's files say of their class labels: the proto's names without its gaps, so ATCODER is 5. */
export const hubLabels = {
  source: ['UNKNOWN_SOURCE', 'CODECHEF', 'CODEFORCES', 'HACKEREARTH', 'CODEJAM', 'ATCODER', 'AIZU'],
  difficulty: [
    ...['UNKNOWN_DIFFICULTY', 'EASY', 'MEDIUM', 'HARD', 'HARDER', 'HARDEST', 'EXTERNAL'],
    ...Array.from('ABCDEFGHIJKLMNOPQRSTUV'),
  ],
  language: ['UNKNOWN_LANGUAGE', 'PYTHON', 'CPP', 'PYTHON3', 'JAVA'],
} as const;

const optional = { repetition_type: 'OPTIONAL' } as const;
const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
const integer = { type: 'INT64' } as const;
type Leaf = typeof text | typeof integer;

const one = (name: string, leaf: Leaf): SchemaElement[] => [{ name, ...optional, ...leaf }];
const list = (name: string, leaf: Leaf): SchemaElement[] => [
  { name, ...optional, converted_type: 'LIST', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  ...one('element', leaf),
];
const both = (name: string, a: SchemaElement[], b: SchemaElement[]): SchemaElement[] => [
  { name, ...optional, num_children: 2 },
  ...a,
  ...b,
];
const tests = (name: string): SchemaElement[] =>
  both(name, list('input', text), list('output', text));
const programs = (name: string): SchemaElement[] =>
  both(name, list('language', integer), list('solution', text));

const columns: readonly SchemaElement[][] = [
  one('name', text),
  one('description', text),
  tests('public_tests'),
  tests('private_tests'),
  tests('generated_tests'),
  one('source', integer),
  one('difficulty', integer),
  programs('solutions'),
  programs('incorrect_solutions'),
  one('cf_rating', integer),
  list('cf_tags', text),
  both('time_limit', one('seconds', integer), one('nanos', integer)),
  one('memory_limit_bytes', integer),
  one('input_file', text),
];

interface HubFileOptions {
  /** What the file says of its class labels; null: nothing. */
  readonly labels?: typeof hubLabels | null;
  /** Columns that the file does not have. */
  readonly without?: readonly string[];
  readonly rowGroupSize?: number;
}

/** A file as the hub has it. */
export function contestParquet(rows: readonly HubRow[], options: HubFileOptions = {}): ArrayBuffer {
  return parquetWriteBuffer(contentOf(rows, options));
}

/**
 * Writes a file with one row group, as those of the hub have, whose texts are `rows` times `textsPerRow` times
 * `textLength` characters. The texts are few, so writing it needs little memory.
 */
export function writeLargeParquet(
  filename: string,
  {
    rows,
    textsPerRow,
    textLength,
  }: { readonly rows: number; readonly textsPerRow: number; readonly textLength: number },
): void {
  const texts = Array.from({ length: 20 }, (_, n) =>
    Array.from({ length: Math.ceil(textLength / 8) }, (_word, at) =>
      ((at * 2654435761 + n * 40503) >>> 0).toString(16).padStart(8, '0'),
    ).join(''),
  );
  const solution = Array.from({ length: textsPerRow }, (_, n) => texts[n % texts.length] ?? '');
  const language = solution.map((_, n) => (n % 2 === 0 ? 2 : 3));
  const made = Array.from({ length: rows }, (_, n) => ({
    name: `problem ${String(n)}`,
    description: 'Add.',
    public_tests: { input: ['1 2'], output: ['3'] },
    solutions: { language, solution },
  }));
  parquetWriteFile({ filename, ...contentOf(made, { rowGroupSize: rows }) });
}

function contentOf(
  rows: readonly HubRow[],
  { labels = hubLabels, without = [], rowGroupSize = 1000 }: HubFileOptions,
): Omit<Parameters<typeof parquetWriteBuffer>[0], 'writer'> {
  const there = columns.filter(([column]) => !without.includes(column?.name ?? ''));
  const label = (names: readonly string[]): object => ({ _type: 'ClassLabel', names });
  const features =
    labels === null
      ? null
      : {
          name: { dtype: 'string', _type: 'Value' },
          source: label(labels.source),
          difficulty: label(labels.difficulty),
          solutions: { _type: 'Sequence', feature: { language: label(labels.language) } },
        };
  const written: readonly Readonly<Record<string, unknown>>[] = rows.map((row) => ({ ...row }));
  return {
    schema: [{ name: 'root', num_children: there.length }, ...there.flat()],
    columnData: there.map(([column]) => ({
      name: column?.name ?? '',
      data: written.map((row) => wholeNumbers(row[column?.name ?? ''])),
      // As the hub's files: no index of pages.
      offsetIndex: false,
      ...(column?.type === undefined ? { encoding: 'PLAIN' as const } : {}),
    })),
    rowGroupSize,
    statistics: false,
    kvMetadata:
      features === null
        ? []
        : [{ key: 'huggingface', value: JSON.stringify({ info: { features } }) }],
  };
}

/** The writer wants whole numbers as big ones. */
function wholeNumbers(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) return value.map(wholeNumbers);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, wholeNumbers(part)]));
}
