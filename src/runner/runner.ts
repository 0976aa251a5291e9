import type { AskCalls } from './facade/asking';
import type { CompetitionCalls } from './facade/competitions';
import type { ContestCalls } from './facade/contests';
import type { DatasetCalls } from './facade/datasets';
import type { GradingCalls } from './facade/grading';
import type { MaintenanceCalls } from './facade/maintenance';
import type { RunCalls } from './facade/runs';
import type { TaskCalls } from './facade/tasks';
import type { TrialCalls } from './facade/trials';

export type { LogGrade, LogSelection } from './benchmarks/swe/gradeLogs';
export type { OfficialReport } from './benchmarks/swe/official/gradeOfficial';
export type { OfficialGrading } from './benchmarks/swe/official/statuses';
export type {
  EvaluatedModel,
  EvaluatedPrediction,
  EvaluationOutcome,
  EvaluationQuery,
} from './evaluation';

export type * from './facade/asking';
export type * from './facade/calls';
export type * from './facade/competitions';
export type * from './facade/contests';
export type * from './facade/datasets';
export type * from './facade/grading';
export type * from './facade/maintenance';
export type * from './facade/runs';
export type * from './facade/tasks';
export type * from './facade/trials';

/**
 * The facade: everything that the faces (editor, command line, server) may ask of the core. Made by `createRunner`.
 * Failures are `RunnerError`s with a code; cancelling rejects with `signal.reason`, but for a run, which ends as
 * cancelled.
 */
export interface Runner
  extends
    TaskCalls,
    RunCalls,
    TrialCalls,
    GradingCalls,
    CompetitionCalls,
    ContestCalls,
    DatasetCalls,
    AskCalls,
    MaintenanceCalls,
    AsyncDisposable {}
