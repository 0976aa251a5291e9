import { expect, test } from 'vitest';
import type { TestCase } from '../../../src/runner/model';
import {
  isSolved,
  iterationsOf,
  solutionDatabaseSchema,
  solutionCounts,
  solutionPlace,
} from '../../../src/runner/model';

type Told = readonly [string, TestCase['outcome'], string?];

function cases(...told: readonly Told[]): TestCase[] {
  return told.map(([id, outcome, status]) => ({
    id,
    outcome,
    duration_s: 0,
    ...(status === undefined ? {} : { status }),
  }));
}

test('tests are counted by their kinds, what was left out nowhere', () => {
  const entry = solutionCounts(
    cases(
      ['public test 1', 'passed'],
      ['private test 1', 'passed'],
      ['private test 2', 'failed', 'wrong_answer'],
      ['private test 3', 'error', 'time_limit'],
      ['generated test 1', 'error', 'crash'],
      ['generated test 2', 'skipped', 'not_run'],
    ),
  );
  expect(entry).toEqual({
    test_passed_private: 1,
    test_failed_private: 1,
    test_timeout_private: 1,
    test_passed_generate: 0,
    test_failed_generate: 1,
    test_timeout_generate: 0,
    test_passed_public: 1,
    test_failed_public: 0,
    test_timeout_public: 0,
  });
});

test('solved: no failure and no time limit among private and generated tests, and one that passed', () => {
  const solved = (...told: readonly Told[]): boolean => isSolved(solutionCounts(cases(...told)));
  expect(solved(['private test 1', 'passed'])).toBe(true);
  expect(solved(['generated test 1', 'passed'], ['private test 1', 'passed'])).toBe(true);
  expect(solved(['public test 1', 'passed'])).toBe(false);
  expect(solved()).toBe(false);
  expect(solved(['private test 1', 'passed'], ['generated test 1', 'failed'])).toBe(false);
  expect(solved(['private test 1', 'passed'], ['private test 2', 'error', 'time_limit'])).toBe(
    false,
  );
  // A public test says nothing here.
  expect(solved(['private test 1', 'passed'], ['public test 1', 'failed'])).toBe(true);
});

test('a problem stands by its split and its row', () => {
  const place = (file: string, line: number): unknown => solutionPlace({ source: { file, line } });
  expect(place('data:mine:valid', 1)).toEqual({ split: 'valid', index: '0' });
  expect(place('hub:deepmind/code_contests@abc:test', 12)).toEqual({ split: 'test', index: '11' });
  expect(place('folder/problems.jsonl.gz', 3)).toEqual({ split: 'problems', index: '2' });
  expect(place('folder/sums.md', 1)).toEqual({ split: 'sums', index: '0' });
});

test('a database of AlphaCodium is read, with keys that are not ours', () => {
  const database = solutionDatabaseSchema.parse({
    valid: {
      '3': {
        iteration_0: { solution: 'x', test_passed_private: 2, test_failed_private: 1 },
        iteration_1: { solution: 'y', prediction: {}, test_passed_generate: 4 },
        note: 'by hand',
      },
    },
  });
  expect(iterationsOf(database, { split: 'valid', index: '3' })).toEqual({
    all: ['iteration_0', 'iteration_1', 'note'],
    solved: ['iteration_1'],
  });
  expect(iterationsOf(database, { split: 'test', index: '3' })).toEqual({ all: [], solved: [] });
});
