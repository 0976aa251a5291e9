import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { techniqueIds, techniqueResultSchema } from '../../../src/runner/model/technique';
import type { TechniqueId } from '../../../src/runner/model/technique';
import { mlePython } from '../../support/mlePython';
import { patience, runPython, runTechniques, techniquePrograms } from '../../support/techniques';
import type { TechniqueCase, TechniqueLine } from '../../support/techniques';
import { temporaryFolder } from '../../support/temp';

const python = await mlePython();
const program = path.join(techniquePrograms, 'technique.py');

interface UserTable {
  /** One of test/contract/mle/solvers/tables.py. */
  readonly table: string;
  readonly target?: string;
  readonly id?: string;
}

/** What tasks make of tables: null, or why they are no data for it. */
const tables: readonly (readonly [UserTable, Partial<Record<TechniqueId, RegExp | null>>])[] = [
  [
    { table: 'houses', target: 'Price', id: 'Id' },
    {
      imbalance: /target is an amount/,
      missing: null,
      encoding: null,
      cv: null,
      scaling: null,
      leakage: null,
    },
  ],
  [
    { table: 'pets', target: 'kind' },
    { imbalance: null, missing: null, encoding: null, cv: null, scaling: null, leakage: null },
  ],
  [
    { table: 'authors', target: 'author', id: 'id' },
    {
      imbalance: null,
      missing: null,
      encoding: null,
      cv: null,
      scaling: null,
      leakage: /too few legitimate columns/,
    },
  ],
  [
    { table: 'noise', target: 'answer' },
    {
      imbalance: /too little about the target/,
      missing: /too few complete columns/,
      encoding: /tells much about the target/,
    },
  ],
  [
    { table: 'one_class', target: 'Price' },
    { imbalance: /2 to 20 classes/, encoding: /one class only/, leakage: /one class only/ },
  ],
  [
    { table: 'houses', id: 'Id' },
    { imbalance: /no target/, encoding: /no target/, cv: null, leakage: /no target/ },
  ],
  [
    { table: 'names_only', target: 'answer' },
    {
      missing: /too few complete columns/,
      encoding: /fewer than 3 columns of numbers/,
      cv: /nor a column of numbers/,
      scaling: /fewer than 2 columns of numbers/,
      leakage: /too few legitimate columns/,
    },
  ],
  [{ table: 'few_rows', target: 'Price' }, { cv: /150 usable rows/ }],
];

describe.skipIf(python === null)('technique tasks on tables of users', () => {
  let lines: readonly TechniqueLine[] = [];

  beforeAll(async () => {
    if (python === null) return;
    await using folder = await temporaryFolder();
    const cases = tables.flatMap(([table, tasks]) =>
      techniqueIds
        .filter((task) => tasks[task] !== undefined)
        .map((task) => ({ task, seed: 5, solvers: ['reference'], ...table })),
    );
    lines = await runTechniques(python, cases, { folder: folder.path });
  }, patience);

  it.each(tables)('%j: each task fits, or says why not', ({ table, target }, tasks) => {
    const found = lines.filter(({ case: made }) => made.table === table && made.target === target);
    expect(found.map(({ result }) => result.task).sort()).toEqual(Object.keys(tasks).sort());
    for (const { preparation, result } of found) {
      const reason = tasks[result.task] ?? null;
      expect(preparation.applicable, preparation.reason ?? result.task).toBe(reason === null);
      if (reason === null) {
        expect(result.score, result.message).toBeGreaterThanOrEqual(0.95);
        continue;
      }
      expect(preparation.reason).toMatch(reason);
      expect(result).toEqual({
        task: result.task,
        score: null,
        passed: false,
        not_applicable: true,
        message: preparation.reason,
        checks: [],
      });
    }
  });
});

describe.skipIf(python === null)('technique.py', () => {
  it(
    'makes equal bytes of equal input and seed, whatever the order of hashes, and others of another seed',
    async () => {
      if (python === null) return;
      await using folder = await temporaryFolder();
      const solvers = ['nothing'];
      const made: TechniqueCase[] = [
        ...techniqueIds.map((task) => ({ task, seed: 40, solvers })),
        { task: 'leakage', seed: 40, solvers, table: 'houses', target: 'Price', id: 'Id' },
      ];
      const others = made.slice(3).map((one) => ({ ...one, seed: 41 }));
      const digests = async (hashSeed: string, cases: TechniqueCase[]): Promise<string[]> => {
        const inner = path.join(folder.path, hashSeed);
        await mkdir(inner);
        const found = await runTechniques(python, cases, { folder: inner, hashSeed });
        return found.map((line) => `${line.public} ${line.private}`);
      };
      const [first, again] = await Promise.all([
        digests('1', made),
        digests('2', [...made, ...others]),
      ]);
      expect(again.slice(0, 7)).toEqual(first);
      expect(new Set(again).size).toBe(11);
    },
    patience,
  );

  it('prepares and grades from the command line; the public folder knows neither seed nor origin', async () => {
    if (python === null) return;
    await using folder = await temporaryFolder();
    const data = path.join(folder.path, 'animals.csv');
    const rows = Array.from({ length: 900 }, (_, row) => {
      const weight = ((row * 7919) % 1009) / 7;
      return `${String(row)},${String(weight)},${String((row * 104_729) % 997)},${String((row * 31) % 211)},${weight > 70 ? 'zebra' : 'gnu'}`;
    });
    await writeFile(data, ['number,weight,height,speed,animal', ...rows].join('\n'));
    const out = path.join(folder.path, 'out');
    const args = ['--task', 'scaling', '--seed', '987654321987654321', '--out', out];
    const prepared = await runPython(python, [
      program,
      'prepare',
      ...args,
      ...['--data', data, '--target', 'animal', '--id', 'number'],
    ]);
    expect(prepared).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(prepared.stdout)).toEqual({
      task: 'scaling',
      applicable: true,
      reason: null,
    });
    const files = await readdir(path.join(out, 'public'));
    expect(files.sort()).toEqual(['task.json', 'test.csv', 'train.csv']);
    for (const file of files) {
      const text = await readFile(path.join(out, 'public', file), 'utf8');
      expect(text).not.toMatch(/987654321|weight|speed|height|zebra|gnu/);
    }
    const graded = await runPython(python, [
      program,
      'grade',
      '--dir',
      out,
      '--answers',
      folder.path,
    ]);
    expect(graded).toMatchObject({ code: 0, stderr: '' });
    expect(graded.stdout.trim().split('\n')).toHaveLength(1);
    expect(techniqueResultSchema.parse(JSON.parse(graded.stdout))).toMatchObject({
      score: 0,
      passed: false,
    });
  });

  it.each([
    [['--seed', '-1'], 2, /whole number/],
    [['--seed', '1', '--data', 'nowhere.csv'], 1, /nowhere.csv cannot be read/],
    [
      ['--seed', '1', '--data', program, '--target', 'price'],
      1,
      /technique\.py (cannot be read|has no column)/,
    ],
  ])('says what is wrong with %j, and fails', async (args, code, message) => {
    if (python === null) return;
    await using folder = await temporaryFolder();
    const ended = await runPython(python, [
      ...[program, 'prepare', '--task', 'cv', '--out', path.join(folder.path, 'out')],
      ...args,
    ]);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/Traceback/);
  });
});
