import * as z from 'zod';

/** What a grader says of one submission. */
export const competitionGradeSchema = z.object({
  /** Rounded to 5 digits, as MLE-bench reports it; null: nothing valid was handed in. */
  score: z.number().nullable(),
  /** As the metric gave it. */
  score_exact: z.number().nullable(),
  submission_exists: z.boolean(),
  valid_submission: z.boolean(),
  /** Why it is not valid, in words that tell nothing of the answers; null: it is. */
  message: z.string().nullable(),
});
export type CompetitionGrade = z.infer<typeof competitionGradeSchema>;

const medalShape = {
  /** null: the competition has neither leaderboard nor thresholds. */
  gold_threshold: z.number().nullable(),
  silver_threshold: z.number().nullable(),
  bronze_threshold: z.number().nullable(),
  median_threshold: z.number().nullable(),
  any_medal: z.boolean(),
  gold_medal: z.boolean(),
  silver_medal: z.boolean(),
  bronze_medal: z.boolean(),
  above_median: z.boolean(),
};

/** A graded submission against its competition's leaderboard: what a trial's result keeps. */
export const competitionResultSchema = z.object({
  competition_id: z.string(),
  ...competitionGradeSchema.shape,
  ...medalShape,
  is_lower_better: z.boolean().nullable(),
});
export type CompetitionResult = z.infer<typeof competitionResultSchema>;

/** MLE-bench's report of one competition, in its keys; `score_exact` and `message` are ours. */
export const competitionReportSchema = z.object({
  competition_id: z.string(),
  score: z.number().nullable(),
  ...medalShape,
  submission_exists: z.boolean(),
  valid_submission: z.boolean(),
  is_lower_better: z.boolean().nullable(),
  created_at: z.iso.datetime(),
  submission_path: z.string().nullable(),
  score_exact: z.number().nullable(),
  message: z.string().nullable(),
});
export type CompetitionReport = z.infer<typeof competitionReportSchema>;

/** Mean and standard error over the seeds of one competition; null where there is no value, or only one. */
export const seedStatisticsSchema = z.object({
  competition_id: z.string(),
  n: z.int(),
  valid: z.int(),
  any_medal_rate: z.number(),
  score_mean: z.number().nullable(),
  score_se: z.number().nullable(),
});

/** grading_report.json: MLE-bench's aggregate keys, and what several seeds came to. */
export const gradingReportSchema = z.object({
  total_runs: z.int(),
  total_runs_with_submissions: z.int(),
  total_valid_submissions: z.int(),
  total_medals: z.int(),
  total_gold_medals: z.int(),
  total_silver_medals: z.int(),
  total_bronze_medals: z.int(),
  total_above_median: z.int(),
  /** Share of runs with any medal: mean over seeds, with its standard error; null: no run, or one seed. */
  any_medal_rate: z.object({
    mean: z.number().nullable(),
    se: z.number().nullable(),
    seeds: z.int(),
  }),
  by_competition: z.array(seedStatisticsSchema),
  competition_reports: z.array(competitionReportSchema),
});
export type GradingReport = z.infer<typeof gradingReportSchema>;
