import type {
  CandidateReport,
  ContestContent,
  ContestProgram,
  ContestTask,
  TestKind,
} from '../model';
import type { CallOptions } from './calls';

export interface ContentQuery extends CallOptions {
  /** Of a task of a run: its folder, which has the content itself. */
  readonly runDir?: string;
  /** Which tests. Default: all. */
  readonly kinds?: readonly TestKind[];
  /** Default: true. */
  readonly solutions?: boolean;
}

/** A candidate of a trial with what became of it. */
export interface TrialCandidate {
  readonly program: ContestProgram;
  /** null: it was not judged (yet). */
  readonly report: CandidateReport | null;
}

/** What contest tasks and their trials hold besides what is listed of them. */
export interface ContestCalls {
  /** Tests and solutions of a task, from the row that it was read from. Rejects with `invalid-task` when that is not there any more. */
  readContestContent(task: ContestTask, query: ContentQuery): Promise<ContestContent>;
  /** The candidates of a trial in the order in which they were handed in; empty: none were. */
  readCandidates(
    runDir: string,
    trialId: string,
    options: CallOptions,
  ): Promise<readonly TrialCandidate[]>;
}
