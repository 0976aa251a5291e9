import type { LogGrade, LogSelection } from '../benchmarks/swe/gradeLogs';
import type { OfficialGrading } from '../benchmarks/swe/official/statuses';
import type { EvaluationOutcome, EvaluationQuery } from '../evaluation';
import type { CallOptions } from './calls';
import type { RunOptions } from './runs';

/** Verdicts outside of runs: other people's logs and predictions. */
export interface GradingCalls {
  /**
   * Grades logs of finished SWE-bench evaluations as the official harness does, one by one in the order of their ids.
   * Rejects with `not-found` when there is no log, with `invalid-config` when a folder has two of one task.
   */
  gradeLogs(
    selection: LogSelection,
    options: CallOptions & {
      readonly tasks: readonly string[];
      readonly grading: OfficialGrading;
      readonly onProblem: (message: string) => void;
    },
  ): AsyncIterable<LogGrade>;
  /**
   * Evaluates predictions and keeps them in the official layout; what was evaluated before is not run again. Rejects with
   * `invalid-config` when the predictions are ambiguous or for none of the tasks, with `signal.reason` when cancelled.
   */
  evaluatePredictions(
    query: EvaluationQuery,
    options: RunOptions & { readonly onProblem: (message: string) => void },
  ): Promise<EvaluationOutcome>;
}
