import type * as vscode from 'vscode';
import type { CandidateRuns } from '../views/candidates/candidateRuns';
import type { ContestContents } from '../views/candidates/contestContents';
import type { Competitions } from '../views/competitions/competitions';
import type { Grades } from '../views/competitions/grades';
import type { Leaderboards } from '../views/competitions/leaderboards';
import type { SearchNodes } from '../views/competitions/searchNodes';
import type { SubmissionTables } from '../views/competitions/submissionTables';
import type { Config } from '../views/config';
import type { Core } from '../views/core';
import type { ModelKeys } from '../views/modelKeys';
import type { Openings } from '../views/openings';
import type { Patches } from '../views/patches';
import type { Reports } from '../views/report/reports';
import type { RunControl } from '../views/runControl';
import type { RunOutputs } from '../views/runOutputs';
import type { RunsModel } from '../views/runsModel';
import type { RunsView } from '../views/runsView';
import type { ApiServer } from '../views/serving/apiServer';
import type { Setup } from '../views/setup';
import type { ShowError } from '../views/showError';
import type { TaskContent } from '../views/taskContent';
import type { TasksModel } from '../views/tasksModel';
import type { TaskValidations } from '../views/taskValidations';
import type { TasksView } from '../views/tasksView';
import type { TestResults } from '../views/testResults';
import type { StepChanges } from '../views/trajectory/stepChanges';
import type { Trajectories } from '../views/trajectory/trajectories';
import type { TrialContent } from '../views/trialContent';

/** What commands work with; made once, by extension.ts. */
export interface Services {
  readonly core: Core;
  readonly config: Config;
  readonly keys: ModelKeys;
  readonly setup: Setup;
  readonly log: vscode.LogOutputChannel;
  /** What is remembered of this workspace: the last choices of a run. */
  readonly memory: vscode.Memento;
  /** Folder of this extension for what it makes itself. */
  readonly storage: vscode.Uri;
  readonly tasks: TasksModel;
  readonly tasksView: TasksView;
  readonly taskContent: TaskContent;
  readonly validations: TaskValidations;
  readonly competitions: Competitions;
  readonly runs: RunsModel;
  readonly runsView: RunsView;
  readonly control: RunControl;
  readonly content: TrialContent;
  readonly contests: ContestContents;
  readonly candidates: CandidateRuns;
  readonly grades: Grades;
  readonly tables: SubmissionTables;
  readonly solutions: SearchNodes;
  readonly leaderboards: Leaderboards;
  readonly openings: Openings;
  readonly patches: Patches;
  readonly changes: StepChanges;
  readonly trajectories: Trajectories;
  readonly reports: Reports;
  readonly testResults: TestResults;
  readonly outputs: RunOutputs;
  readonly server: ApiServer;
  readonly showError: ShowError;
}
