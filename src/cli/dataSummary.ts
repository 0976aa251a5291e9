import { formatBytes, formatCount, plural } from '../presentation/format';
import type { DatasetManifest } from '../runner/index';
import { plainTable } from './summary';

/** What a dataset holds and how it was made, in a few lines. */
export function describeDataset(manifest: DatasetManifest): string {
  const { name, source, commit, splits } = manifest;
  const table = plainTable([
    'split',
    'problems',
    'of',
    'solutions',
    'of',
    'incorrect',
    'of',
    'size',
  ]);
  for (const { name: split, rows, bytes, before, after } of splits) {
    table.push([
      split,
      formatCount(rows),
      formatCount(before.rows),
      formatCount(after.solutions),
      formatCount(before.solutions),
      formatCount(after.incorrect_solutions),
      formatCount(before.incorrect_solutions),
      formatBytes(bytes),
    ]);
  }
  const how = [
    ...(manifest.filter_languages.length > 0
      ? [`solutions in ${manifest.filter_languages.join(', ')}`]
      : []),
    ...(manifest.translate_references ? ['class labels by name'] : []),
    ...(manifest.train_sample === null
      ? []
      : [`${String(manifest.train_sample)} of train, seed ${String(manifest.seed)}`]),
  ];
  const total = splits.reduce((rows, split) => rows + split.rows, 0);
  return [
    `${name}: ${plural(total, 'problem')} of ${source}${commit === null ? '' : ` at ${commit.slice(0, 12)}`}${how.length === 0 ? '' : ` (${how.join('; ')})`}`,
    table.toString(),
    ...manifest.notes.map((note) => `note: ${note}`),
    `use it as: eval pass-at-k --dataset-name ${name}, run --tasks data:${name}`,
    '',
  ].join('\n');
}
