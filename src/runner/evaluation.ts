import * as z from 'zod';
import type { OfficialSummary } from './benchmarks/swe/officialSummary';
import type { RunConfigInput } from './model';
import { testEvidenceSchema, trialStatusSchema } from './model';

/** What is to be evaluated, and where it is kept. */
export interface EvaluationQuery {
  /** Which tasks, where and how; agent and predictions in it are not looked at. */
  readonly config: RunConfigInput;
  /** A file of predictions in any of the known shapes, or `gold` for the tasks' own patches. */
  readonly predictions: string;
  /** Default: a hash of what is evaluated, so that the same predictions have the same id. */
  readonly runId?: string;
  /** Folder of the official layout: `<run id>/<model>/<instance>/`. */
  readonly logsDir: string;
  /** Where `<model>.<run id>.json` is written. */
  readonly reportDir: string;
}

/** How the evaluation of one prediction ended. Kept beside its official files as `evaluation.json`. */
export const keptEvaluationSchema = z.object({
  schema_version: z.literal(1),
  /** Hash of the patch, the task, the rules and the environment: all that the outcome hangs on. null: it may change. */
  key: z.string().nullable(),
  status: trialStatusSchema,
  cause: z.string().nullable(),
  detail: z.string().nullable(),
  evidence: testEvidenceSchema.nullable(),
});
export type KeptEvaluation = z.infer<typeof keptEvaluationSchema>;

export interface EvaluatedPrediction extends Pick<
  KeptEvaluation,
  'status' | 'cause' | 'detail' | 'evidence'
> {
  readonly taskId: string;
  /** It was not run now: the same patch was evaluated before. */
  readonly earlier: boolean;
  /** `[passed, of]` of both lists; null where no test was read. */
  readonly failToPass: readonly [number, number] | null;
  readonly passToPass: readonly [number, number] | null;
}

/** What the predictions of one model came to. */
export interface EvaluatedModel {
  readonly model: string;
  /** Absolute path of `<model>.<run id>.json`. */
  readonly summaryFile: string;
  readonly summary: OfficialSummary;
  /** In the order of the tasks; those that nothing was handed in for are left out. */
  readonly predictions: readonly EvaluatedPrediction[];
  /** Ids of predictions that no task has. */
  readonly unknown: readonly string[];
}

export interface EvaluationOutcome {
  readonly runId: string;
  /** In the order of the file. */
  readonly models: readonly EvaluatedModel[];
}
