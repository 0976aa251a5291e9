import { describe, expect, test } from 'vitest';
import { chooseSplit } from '../../../src/runner/datasets/splits';

const plain = [
  '.gitattributes',
  'README.md',
  'data/dev-00000-of-00001.parquet',
  'data/test-00001-of-00002.parquet',
  'data/test-00000-of-00002.parquet',
];
const hashed = ['data/train-00000-of-00001-b21f8da2d1aef1b9.parquet'];
const numbered = [
  'default/train/0000.parquet',
  'default/train/0001.parquet',
  'default/test/0000.parquet',
];
const folders = ['python/test-00000-of-00001.parquet', 'go/test-00000-of-00001.parquet'];
const languages = ['java/a__b_dataset.jsonl', 'java/c__d_dataset.jsonl', 'rust/e__f_dataset.jsonl'];

const files = (
  paths: readonly string[],
  wanted: string | null,
  usual: string | null = null,
): unknown => {
  const choice = chooseSplit(paths, wanted, usual);
  return choice.ok ? choice.files : choice.message;
};

describe('chooseSplit', () => {
  test('files of a split in their order', () => {
    expect(files(plain, 'test')).toEqual([
      'data/test-00000-of-00002.parquet',
      'data/test-00001-of-00002.parquet',
    ]);
    expect(files(hashed, 'train')).toEqual(hashed);
    expect(files(numbered, 'train')).toEqual(numbered.slice(0, 2));
  });

  test('without a name: the usual one, else test, else the only one', () => {
    expect(files(plain, null, 'dev')).toEqual(['data/dev-00000-of-00001.parquet']);
    expect(files(numbered, null)).toEqual(['default/test/0000.parquet']);
    expect(files(hashed, null)).toEqual(hashed);
    expect(files(['a.parquet', 'b.parquet'], null)).toBe('name one of its splits: a, b');
  });

  test('the same split in several folders has to be said', () => {
    expect(files(folders, 'test')).toMatch(/name one: python\/test, go\/test/);
    expect(files(folders, 'go/test')).toEqual(['go/test-00000-of-00001.parquet']);
    expect(files([...folders, 'data/test-00000-of-00001.parquet'], 'test')).toEqual([
      'data/test-00000-of-00001.parquet',
    ]);
  });

  test('a folder, a file, everything', () => {
    expect(files(languages, 'java')).toEqual(languages.slice(0, 2));
    expect(files(languages, 'rust/e__f_dataset.jsonl')).toEqual(languages.slice(2));
    expect(files(languages, '*')).toEqual(languages);
  });

  test('Parquet is preferred to the same rows as text', () => {
    expect(files(['test.jsonl', 'test.parquet'], 'test')).toEqual(['test.parquet']);
  });

  test('what is not there is told', () => {
    expect(files(plain, 'train')).toBe('it has no split "train"; it has dev, test');
    expect(files(['README.md', 'x.csv'], null)).toBe('it has neither Parquet nor JSON lines files');
  });
});
