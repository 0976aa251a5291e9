import * as z from 'zod';

/** The metrics that a competition can name without code. All are computed by scikit-learn or pandas in a sandbox. */
export const metricIdSchema = z.enum([
  'auc',
  'log-loss',
  'multiclass-log-loss',
  'accuracy',
  'rmse',
  'rmsle',
  'mae',
  'quadratic-kappa',
  'f1',
  'mean-columnwise-auc',
  'mean-columnwise-rmsle',
]);
export type MetricId = z.infer<typeof metricIdSchema>;

/** What a competition's data is, for lists and for what its agents should expect. */
export const dataKindSchema = z.enum(['tabular', 'text', 'image', 'audio', 'sequence']);
export type DataKind = z.infer<typeof dataKindSchema>;

/** `FILE.py:FUNCTION`, the file in the competition's own folder. */
const functionSchema = z
  .string()
  .regex(/^[\w.-]+\.py:[A-Za-z_]\w*$/, 'expected FILE.py:FUNCTION, the file beside config.yaml');

const columnSchema = z.string().min(1);

/** How a submission is read and compared with the answers; nothing of it is code. */
export const catalogueGraderSchema = z.strictObject({
  metric: metricIdSchema,
  /** Column that names a row in submission and answers; null: rows are compared in their order. */
  id_column: columnSchema.nullable(),
  /** What the submission predicts; several for multi-class probabilities and column-wise metrics. */
  target_columns: z.array(columnSchema).min(1),
  /** The answers' columns, where they are called otherwise or are one column of class names. Default: the targets. */
  answer_columns: z.array(columnSchema).min(1).optional(),
  /** Predictions must lie in this range. Default: what the metric needs. */
  range: z.tuple([z.number().nullable(), z.number().nullable()]).optional(),
  /** Each row's predictions must add up to 1, within this. Default: not asked for. */
  row_sum_tolerance: z.number().positive().optional(),
  /** Answers with this value in the column are left out (Jigsaw's -1). */
  ignore_value: z.number().optional(),
  /** Averaging of F1 over classes. Default: binary. */
  average: z.enum(['binary', 'macro', 'micro', 'weighted']).optional(),
});
export type CatalogueGrader = z.infer<typeof catalogueGraderSchema>;

/** A function `grade(submission, answers) -> float` that raises for a submission that is invalid; run in a sandbox. */
export const ownGraderSchema = z.strictObject({
  name: z.string().min(1),
  grade_fn: functionSchema,
});

/** One with a metric is of the catalogue, whatever else is wrong with it. */
const graderSchema = z.union([catalogueGraderSchema, ownGraderSchema], {
  error: ({ input, errors }) => {
    if (typeof input !== 'object' || input === null) return 'expected a grader';
    const wrong = errors['metric' in input ? 0 : 1] ?? [];
    return wrong.map(({ path, message }) => [...path, message].join(': ')).join('; ');
  },
});

/** What a score needs to get each medal, for competitions whose whole leaderboard is not here. */
export const thresholdsSchema = z.strictObject({
  gold_threshold: z.number(),
  silver_threshold: z.number(),
  bronze_threshold: z.number(),
  median_threshold: z.number(),
  is_lower_better: z.boolean(),
  /** null: nobody wrote it down. */
  num_teams: z.int().positive().nullable().default(null),
});

export const competitionIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'expected small letters, digits, "-", "_" and "."');

/**
 * config.yaml of a competition's folder. Beside it: description.md, and leaderboard.csv (column `score`, the best team
 * first) where the whole board is there.
 */
export const competitionConfigSchema = z.strictObject({
  id: competitionIdSchema,
  name: z.string().min(1),
  competition_type: z.enum(['simple', 'code']).default('simple'),
  /** Whether Kaggle gave medals for it. For information: MLE-bench's reports award them whatever it says. */
  awards_medals: z.boolean().default(true),
  data_kind: dataKindSchema.default('tabular'),
  /** Name on Kaggle, where the data is downloaded from; null: it is not from there. Default: the id. */
  kaggle: z.string().min(1).nullable().optional(),
  /** Whose data, and under which terms, for people. */
  source: z.string().optional(),
  dataset: z.strictObject({
    /** Relative to the private folder. */
    answers: z.string().min(1),
    /** Relative to the public folder. */
    sample_submission: z.string().min(1),
    /** Relative to the private folder: the best submission there is. */
    gold_submission: z.string().min(1).optional(),
    /** A public table with a target column, which technique tasks are made from; absent: they are not applicable. */
    train: z
      .strictObject({
        file: z.string().min(1),
        target: columnSchema,
        id_column: columnSchema.nullable().default(null),
      })
      .optional(),
  }),
  grader: graderSchema,
  /** `prepare(raw, public, private)`, run in a sandbox. Absent: the competition is described, and cannot be prepared yet. */
  preparer: functionSchema.optional(),
  /** `generate(raw, seed)`: makes the raw data, for competitions that the project generates itself. */
  generator: functionSchema.optional(),
  /** sha256 of downloaded files, by name. */
  checksums: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)).default({}),
  thresholds: thresholdsSchema.optional(),
});
export type CompetitionConfig = z.infer<typeof competitionConfigSchema>;

/** The file in a competition's data folders that says that they are whole. */
export const preparedManifestSchema = z.object({
  v: z.literal(1),
  competition_id: z.string(),
  prepared_at: z.iso.datetime(),
  /** Digest of the prepared files' names and sizes, and of the answers' bytes. */
  digest: z.string(),
  /** Rows of the train, test and answer tables where there are such, for people: `{train: 2878, test: 1162}`. */
  rows: z.record(z.string(), z.int().nonnegative()),
  files: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
});
export type PreparedManifest = z.infer<typeof preparedManifestSchema>;
