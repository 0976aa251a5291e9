import * as vscode from 'vscode';
import { isMleResult } from '../presentation/trialLabels';
import type { CandidateRuns } from './candidates/candidateRuns';
import type { RunControl } from './runControl';
import type { RunNotifications } from './runNotifications';
import type { RunOutputs } from './runOutputs';
import type { RunsModel } from './runsModel';
import type { ShowError } from './showError';
import type { TestResults } from './testResults';
import { publishedTrials } from './testResults';

export interface RunParts {
  readonly runs: RunsModel;
  readonly control: RunControl;
  readonly outputs: RunOutputs;
  readonly testResults: TestResults;
  readonly candidates: CandidateRuns;
  readonly notifications: RunNotifications;
  readonly showError: ShowError;
}

/** What follows from the events of this window's runs: output, Test Results, a message at the end. */
export function connectRuns(parts: RunParts): vscode.Disposable {
  const { runs, control, outputs, testResults, candidates, notifications, showError } = parts;
  return vscode.Disposable.from(
    control.onOutput(({ run, chunk }) => {
      outputs.append(run, chunk);
    }),
    runs.onDidChangeTrial(({ run, trial }) => {
      const { result } = trial;
      if (!run.ownedHere || result === null) return;
      const trialId = trial.plan.trial_id;
      outputs.endTrial(run, trialId, result);
      if (candidates.shows(run)) return;
      if ((run.state?.trials.size ?? 0) > publishedTrials) return;
      if (result.after === null && !isMleResult(result)) return;
      void testResults.add({ run, trialId }).catch(showError);
    }),
    control.onDidEnd(({ run, outcome }) => {
      if (outcome !== null) void notifications.runEnded(run, outcome.state).catch(showError);
    }),
  );
}
