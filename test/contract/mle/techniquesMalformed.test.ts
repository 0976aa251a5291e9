import { beforeAll, describe, expect, it } from 'vitest';
import { techniqueIds } from '../../../src/runner/model/technique';
import type { TechniqueId } from '../../../src/runner/model/technique';
import { mlePython } from '../../support/mlePython';
import { partOf, patience, runTechniques } from '../../support/techniques';
import type { TechniqueLine } from '../../support/techniques';
import { temporaryFolder } from '../../support/temp';

const python = await mlePython();

/** The readers are the same for all tasks, so only the tasks that are quick to grade meet every fault. */
const some = [
  'json-gone',
  'json-link',
  'json-endless-list',
  'json-inner-lists',
  'json-inner-nans',
  'json-surrogates',
  'table-gone',
  'table-link',
  'table-huge',
  'table-row-twice',
  'table-nan-cell',
  'table-infinite-cell',
  'table-huge-cell',
  'table-text-cell',
  'table-extra',
  'fine-order-and-line-ends',
  'fine-byte-order-mark',
  'fine-float-ids',
].map((fault) => `reference+${fault}`);
const all = ['reference+*'];
const faults: Record<TechniqueId, readonly string[]> = {
  imbalance: some,
  missing: some,
  encoding: some,
  cv: all,
  scaling: some,
  leakage: all,
};

/** What each kind of file is worth something for. */
const parts: Record<
  TechniqueId,
  { readonly json: readonly string[]; readonly table: readonly string[] }
> = {
  imbalance: {
    json: ['class_distribution', 'imbalance_ratio', 'severity', 'chosen_strategy'],
    table: ['predictions'],
  },
  missing: {
    json: ['missing_summary', 'missingness_pattern', 'chosen_strategy'],
    table: ['imputed'],
  },
  encoding: {
    json: ['categorical_columns', 'cardinality', 'encoding_choices'],
    table: ['encoded'],
  },
  // Without a strategy or a method nobody can tell what the tables should hold.
  cv: { json: ['recommended_strategy', 'folds'], table: ['folds'] },
  scaling: {
    json: ['needs_scaling', 'chosen_method', 'train_scaled', 'test_scaled'],
    table: ['train_scaled', 'test_scaled'],
  },
  leakage: { json: ['leaky_features', 'leakage_type', 'partition'], table: [] },
};

/** Parts that a fault leaves as they are. */
function spared(task: TechniqueId, fault: string): readonly string[] {
  // The names of the columns stay, and they are the whole answer.
  if (task === 'encoding' && /^json-(inner|surrogates)/.test(fault)) return ['categorical_columns'];
  return task === 'scaling' && fault === 'table-extra' ? ['train_scaled'] : [];
}

function lost(task: TechniqueId, fault: string): readonly string[] {
  const { json, table } = parts[task];
  const touched = fault.startsWith('json-') ? json : fault.startsWith('table-') ? table : [];
  return touched.filter((part) => !spared(task, fault).includes(part));
}

describe.skipIf(python === null)('malformed answers of technique tasks', () => {
  let lines: readonly TechniqueLine[] = [];

  beforeAll(async () => {
    if (python === null) return;
    await using folder = await temporaryFolder();
    const cases = techniqueIds.map((task) => ({
      task,
      seed: 1,
      solvers: ['reference', ...faults[task]],
    }));
    lines = await runTechniques(python, cases, { folder: folder.path });
  }, patience);

  it.each(techniqueIds)('%s: what is broken counts nothing, the rest what it is worth', (task) => {
    const [honest, ...broken] = lines.filter(({ result }) => result.task === task);
    expect(honest?.result.score).toBe(1);
    expect(broken.length).toBeGreaterThanOrEqual(task === 'leakage' ? 28 : some.length);
    for (const { solver, result } of broken) {
      const fault = solver.replace('reference+', '');
      const without = lost(task, fault);
      for (const { name, score, message } of result.checks) {
        expect(score, `${fault}, ${name}: ${message}`).toBe(without.includes(name) ? 0 : 1);
        expect(message).toMatch(/^[^\n]{1,300}$/);
      }
      expect(result.passed).toBe((result.score ?? 0) >= 0.7);
    }
  });

  it('a file that is well formed in another way is the same answer', () => {
    const fine = lines.filter(({ solver }) => solver.includes('+fine-'));
    expect(fine).toHaveLength(15);
    for (const { result, solver } of fine) expect(result.score, solver).toBe(1);
  });

  it('a link to the right file is not followed', () => {
    const linked = lines.filter(({ solver }) => solver.endsWith('-link'));
    expect(linked).toHaveLength(11);
    for (const { result } of linked)
      expect(result.message).toMatch(/missing, or is no regular file/);
    const cv = linked.find(
      ({ result, solver }) => result.task === 'cv' && solver.includes('table'),
    );
    expect(cv && partOf(cv.result, 'folds')).toBe(0);
  });
});
