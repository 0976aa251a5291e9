import { beforeAll, describe, expect, it } from 'vitest';
import { techniqueIds } from '../../../src/runner/model/technique';
import type { TechniqueId } from '../../../src/runner/model/technique';
import { mlePython } from '../../support/mlePython';
import { partOf, patience, runTechniques } from '../../support/techniques';
import type { TechniqueLine } from '../../support/techniques';
import { temporaryFolder } from '../../support/temp';

const python = await mlePython();

/** As many seeds as a task has variants: seeds that follow each other get all of them. */
const seeds: Record<TechniqueId, readonly number[]> = {
  imbalance: [0, 1, 2, 3],
  missing: [0, 1],
  encoding: [0, 1],
  cv: [0, 1, 2, 3],
  scaling: [0, 1, 2, 3],
  leakage: [0, 1, 2, 3, 4],
};

const weights: Record<TechniqueId, Record<string, number>> = {
  imbalance: {
    class_distribution: 0.2,
    imbalance_ratio: 0.1,
    severity: 0.1,
    chosen_strategy: 0.2,
    predictions: 0.4,
  },
  missing: { missing_summary: 0.25, missingness_pattern: 0.2, chosen_strategy: 0.15, imputed: 0.4 },
  encoding: { categorical_columns: 0.25, cardinality: 0.15, encoding_choices: 0.2, encoded: 0.4 },
  cv: { recommended_strategy: 0.2, folds: 0.8 },
  scaling: { needs_scaling: 0.2, chosen_method: 0.2, train_scaled: 0.4, test_scaled: 0.2 },
  leakage: { leaky_features: 0.7, leakage_type: 0.15, partition: 0.15 },
};

interface Rule {
  readonly task: TechniqueId;
  /** One of test/contract/mle/solvers/gaming.py. */
  readonly solver: string;
  /** What the solver gets nothing for. */
  readonly part: string;
  /** In which variants; default all. */
  readonly where?: (truth: TechniqueLine['truth']) => boolean;
  /** It loses the part, but what it did right is enough. */
  readonly passes?: boolean;
}

const balanced: Rule['where'] = ({ floor }) => floor === 0.5;
const unequal: Rule['where'] = ({ floor }) => floor !== 0.5;
const structured: Rule['where'] = ({ structure }) => structure !== 'none';
const sensitive: Rule['where'] = (truth) => truth['needs_scaling'] === true;
const trees: Rule['where'] = (truth) => truth['needs_scaling'] === false;
const outliers: Rule['where'] = ({ methods }) => JSON.stringify(methods) === '["robust"]';
const leaking: Rule['where'] = ({ leaks }) => JSON.stringify(leaks) !== '{}';
const tight: Rule['where'] = ({ leaks }) => JSON.stringify(leaks) === '{}';

const rules: readonly Rule[] = [
  {
    task: 'imbalance',
    solver: 'always_weights',
    part: 'chosen_strategy',
    where: balanced,
    passes: true,
  },
  { task: 'imbalance', solver: 'frequent_class', part: 'predictions' },
  { task: 'imbalance', solver: 'ignores_imbalance', part: 'predictions', where: unequal },
  { task: 'imbalance', solver: 'by_lot', part: 'predictions' },
  { task: 'missing', solver: 'median_fill', part: 'imputed' },
  { task: 'missing', solver: 'changed_cell', part: 'imputed' },
  { task: 'missing', solver: 'gap_left', part: 'imputed' },
  { task: 'missing', solver: 'rows_dropped', part: 'imputed' },
  { task: 'missing', solver: 'one_mechanism', part: 'imputed' },
  { task: 'encoding', solver: 'noise_encoded', part: 'encoded' },
  { task: 'encoding', solver: 'labels_smuggled', part: 'encoded' },
  { task: 'encoding', solver: 'categories_dropped', part: 'encoded' },
  { task: 'encoding', solver: 'numbered', part: 'encoded' },
  { task: 'encoding', solver: 'too_wide', part: 'encoded' },
  { task: 'cv', solver: 'two_folds', part: 'folds' },
  { task: 'cv', solver: 'one_row_folds', part: 'folds' },
  { task: 'cv', solver: 'one_large_fold', part: 'folds' },
  { task: 'cv', solver: 'by_lot', part: 'folds', where: structured },
  {
    task: 'cv',
    solver: 'decoy_groups',
    part: 'recommended_strategy',
    where: ({ structure }) => structure === 'time' || structure === 'classes',
  },
  { task: 'scaling', solver: 'always_none', part: 'needs_scaling', where: sensitive },
  { task: 'scaling', solver: 'always_standard', part: 'needs_scaling', where: trees },
  {
    task: 'scaling',
    solver: 'always_standard',
    part: 'chosen_method',
    where: (truth) => sensitive(truth) && outliers(truth),
    passes: true,
  },
  { task: 'scaling', solver: 'copied_files', part: 'train_scaled', where: sensitive },
  { task: 'scaling', solver: 'fit_on_all', part: 'train_scaled', where: sensitive },
  { task: 'scaling', solver: 'fit_on_each', part: 'test_scaled', where: sensitive, passes: true },
  { task: 'leakage', solver: 'no_leak', part: 'leaky_features', where: leaking },
  { task: 'leakage', solver: 'everything', part: 'leaky_features', where: tight },
  { task: 'leakage', solver: 'strongest', part: 'leaky_features', where: tight },
  { task: 'leakage', solver: 'listed_twice', part: 'partition', where: leaking, passes: true },
];

/** Whatever the variant, these never pass. */
const losers: readonly (readonly [TechniqueId, string])[] = [
  ...techniqueIds.flatMap((task) =>
    ['nothing', 'one_word', 'examples', 'everything'].map((solver) => [task, solver] as const),
  ),
  ['leakage', 'every_type'],
];

const compared: readonly (readonly [TechniqueId, string])[] = [
  ['imbalance', 'half_by_lot'],
  ['missing', 'half_median'],
  ['leakage', 'strongest'],
  ['cv', 'in_file_order'],
];

function solversOf(task: TechniqueId): readonly string[] {
  const named = [
    ...rules.filter((rule) => rule.task === task).map(({ solver }) => solver),
    ...[...losers, ...compared].filter(([of]) => of === task).map(([, solver]) => solver),
  ];
  return ['reference', ...new Set(named)];
}

describe.skipIf(python === null)('technique tasks', () => {
  let lines: readonly TechniqueLine[] = [];

  beforeAll(async () => {
    if (python === null) return;
    await using folder = await temporaryFolder();
    const cases = techniqueIds.flatMap((task) =>
      seeds[task].map((seed) => ({ task, seed, solvers: solversOf(task) })),
    );
    lines = await runTechniques(python, cases, { folder: folder.path });
  }, patience);

  function of(task: TechniqueId, solver: string): readonly TechniqueLine[] {
    return lines.filter((line) => line.result.task === task && line.solver === solver);
  }

  it.each(techniqueIds)('%s: an honest expert scores at least 0.95 with every seed', (task) => {
    const found = of(task, 'reference');
    expect(found.map(({ case: { seed } }) => seed)).toEqual(seeds[task]);
    for (const { result, case: made } of found) {
      expect(result.score, `seed ${String(made.seed)}: ${result.message}`).toBeGreaterThanOrEqual(
        0.95,
      );
      expect(result.passed).toBe(true);
    }
  });

  it.each(techniqueIds)('%s: the parts have the weights of the definition', (task) => {
    for (const { result } of of(task, 'reference')) {
      const found = result.checks.map(({ name, weight }) => [name, weight]);
      expect(Object.fromEntries(found)).toEqual(weights[task]);
      expect(found).toHaveLength(Object.keys(weights[task]).length);
    }
  });

  it.each(losers)('%s: %s fails with every seed', (task, solver) => {
    const found = of(task, solver);
    expect(found).toHaveLength(seeds[task].length);
    for (const { result } of found) expect(result.passed, result.message).toBe(false);
    if (solver === 'nothing' || solver === 'one_word') {
      expect(found.map(({ result }) => result.score)).toEqual(seeds[task].map(() => 0));
    }
  });

  it.each(rules)('$task: $solver gets nothing for $part', (rule) => {
    const { task, solver, part, where = () => true, passes = false } = rule;
    const found = of(task, solver).filter(({ truth }) => where(truth));
    expect(found).not.toHaveLength(0);
    for (const line of found) {
      // The hundredth that lot may give where nothing is left to know.
      expect(partOf(line.result, part), line.result.message).toBeLessThanOrEqual(0.05);
      expect(line.result.passed, line.result.message).toBe(passes);
      const honest = of(task, 'reference').find((other) => other.case.seed === line.case.seed);
      expect(honest && partOf(honest.result, part)).toBeGreaterThan(0.85);
    }
  });

  it('half of the work is worth less than all of it and more than none', () => {
    const better = [
      ['imbalance', 'predictions', 'half_by_lot', 'by_lot'],
      ['missing', 'imputed', 'half_median', 'median_fill'],
    ] as const;
    for (const [task, part, half, none] of better) {
      const [all, some, least] = ['reference', half, none].map((solver) =>
        of(task, solver).map(({ result }) => partOf(result, part)),
      );
      for (const [place] of seeds[task].entries()) {
        expect(some?.[place]).toBeLessThan(all?.[place] ?? 0);
        expect(some?.[place]).toBeGreaterThanOrEqual(least?.[place] ?? 1);
      }
    }
  });

  it('each variant of a task comes up among seeds that follow each other', () => {
    const structures = of('cv', 'reference').map(({ truth }) => truth['structure']);
    expect([...structures].sort()).toEqual(['classes', 'group', 'none', 'time']);
    const methods = of('scaling', 'reference').map(({ truth }) => JSON.stringify(truth['methods']));
    expect([...methods].sort()).toEqual([
      '["none"]',
      '["none"]',
      '["robust"]',
      '["standard","minmax"]',
    ]);
    const leaks = of('leakage', 'reference').map(
      ({ truth }) => Object.keys(truth['leaks'] ?? {}).length,
    );
    expect([...leaks].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(of('imbalance', 'reference').filter(({ truth }) => balanced(truth))).toHaveLength(1);
  });

  it('folds cut in the order of the file are no folds by lot', () => {
    const found = of('cv', 'in_file_order').filter(({ truth }) => truth['structure'] === 'none');
    expect(found.map(({ result }) => result.passed)).toEqual([false]);
  });
});
