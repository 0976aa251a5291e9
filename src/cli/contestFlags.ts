import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { TestKind } from '../runner/model';
import { comparisonSchema, sandboxChoiceSchema, testKindSchema } from '../runner/model';
import { integer, numberFrom } from './numbers';

/** A list that may be given in one piece or in several, each value parsed. */
export function each<T>(
  parse: (text: string) => T,
): (text: string, before: T[] | undefined) => T[] {
  return (text, before = []) => [...before, parse(text)];
}

/** One of the kinds of tests, for commander. */
export function testKind(text: string): TestKind {
  const kind = testKindSchema.safeParse(text.replaceAll('-', '_'));
  if (kind.success) return kind.data;
  throw new InvalidArgumentError(`Expected ${testKindSchema.options.join(', ')}.`);
}

export function comparisonFlag(): Option {
  const meaning = 'how outputs are compared (default: deepmind, by tokens)';
  return new Option('--comparison <how>', meaning).choices(comparisonSchema.options);
}

export function sandboxFlag(): Option {
  return new Option('--sandbox <kind>', 'where programs run').choices(sandboxChoiceSchema.options);
}

/** Adds the flags that choose problems of a set. */
export function addSetFlags(command: Command): Command {
  return command
    .option('--task-id <id...>', 'only these problems (* stands for any text)')
    .option('--limit <n>', 'only so many problems, the first ones', integer(1))
    .option(
      '--sample-rate <rate>',
      'only this share of the problems, drawn by the seed',
      numberFrom(Number.MIN_VALUE, 1),
    )
    .option('--seed <n>', 'seed of everything that is random (default: 0)', integer(0));
}

/** The dataset as a source of tasks: a file or a dataset of the hub as they are, else a dataset that was saved here. */
export function sourceOf(
  {
    datasetName: name,
    splitName: split,
  }: { readonly datasetName: string; readonly splitName?: string },
  cwd: string,
): string {
  const withSplit = split === undefined ? '' : `:${split}`;
  if (/^(hub|data):/.test(name)) return `${name}${withSplit}`;
  const isFile =
    /[/\\]|\.(jsonl?|parquet)(\.gz)?$/.test(name) || existsSync(path.resolve(cwd, name));
  // A single file is its own only split.
  return isFile ? name : `data:${name}${withSplit}`;
}
