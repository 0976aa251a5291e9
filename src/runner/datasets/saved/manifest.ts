import * as z from 'zod';

const countsSchema = z.object({
  rows: z.int().nonnegative(),
  solutions: z.int().nonnegative(),
  incorrect_solutions: z.int().nonnegative(),
});
export type RowCounts = z.infer<typeof countsSchema>;

const splitSchema = z.object({
  name: z.string(),
  /** Beside the manifest. */
  file: z.string(),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  before: countsSchema,
  after: countsSchema,
});
export type SavedSplit = z.infer<typeof splitSchema>;

/** `manifest.json`: what a saved dataset holds, and how it was made. */
export const datasetManifestSchema = z.object({
  schema_version: z.literal(1),
  name: z.string(),
  /** As it was named. */
  source: z.string(),
  /** Of the hub; null: of this machine. */
  commit: z.string().nullable(),
  filter_languages: z.array(z.string()),
  translate_references: z.boolean(),
  train_sample: z.number().nullable(),
  seed: z.int(),
  splits: z.array(splitSchema),
  notes: z.array(z.string()),
  /** Of Benchyard and of what wrote the files. */
  versions: z.record(z.string(), z.string()),
  created_at: z.string(),
});
export type DatasetManifest = z.infer<typeof datasetManifestSchema>;
