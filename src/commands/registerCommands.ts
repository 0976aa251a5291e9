import * as vscode from 'vscode';
import { setDefaultAgent } from './setup/setDefaultAgent';
import type { CommandContract, CommandId } from './contract';
import { registerCommand } from './contract';
import { chooseCandidateTask } from './candidate/chooseTask';
import { runCandidate } from './candidate/run';
import { runCandidateOnKinds } from './candidate/runOnKinds';
import { compareSubmission } from './competition/compareSubmission';
import { gradeSubmission } from './competition/grade';
import { openLeaderboard } from './competition/openLeaderboard';
import { prepareCompetition } from './competition/prepare';
import { runCompetition } from './competition/run';
import { compareSolution, openSolution } from './competition/solutions';
import { clearModelKey } from './model/clearKey';
import { setModelKey } from './model/setKey';
import { cancelRun } from './run/cancel';
import { compareRuns } from './run/compare';
import { deleteRun } from './run/delete';
import { exportReport } from './run/exportReport';
import { openReport } from './run/openReport';
import { resumeRun } from './run/resume';
import { retryInfra } from './run/retryInfra';
import { showRunOutput } from './run/showOutput';
import { startRun } from './run/start';
import { refreshRuns } from './runs/refresh';
import type { Services } from './services';
import { copyServerToken, copyServerUrl } from './serving/copy';
import { showServerActions } from './serving/showActions';
import { startServer } from './serving/start';
import { stopServer } from './serving/stop';
import { checkSetup } from './setup/check';
import { cleanUp } from './setup/cleanUp';
import { showLog } from './setup/showLog';
import { newSolution } from './task/newSolution';
import { openInDevContainer } from './task/openInDevContainer';
import { openTaskSource } from './task/openSource';
import { openStatement } from './task/openStatement';
import { openTests } from './task/openTests';
import { runTask } from './task/run';
import { runCandidateOnTask } from './task/runCandidate';
import { runWithAgent } from './task/runWithAgent';
import { showGoldPatch, showTestPatch } from './task/showPatch';
import { submitOpenTask } from './task/submit';
import { addDataset } from './tasks/addDataset';
import { addSamples } from './tasks/addSamples';
import { createFromCommit } from './tasks/createFromCommit';
import { clearFilter } from './tasks/clearFilter';
import { filterTasks } from './tasks/filter';
import { filterByState } from './tasks/filterByState';
import { refreshTasks } from './tasks/refresh';
import { runAllTasks } from './tasks/runAll';
import { runFilteredTasks } from './tasks/runFiltered';
import { showValidation } from './tasks/showValidation';
import { sortTasks } from './tasks/sort';
import { validateTasks } from './tasks/validate';
import { applyPatch } from './trial/applyPatch';
import { goToStep } from './trajectory/goToStep';
import { openStepDiff } from './trajectory/openDiff';
import { openDiffSinceStart } from './trajectory/openDiffSinceStart';
import { restoreSandbox } from './trajectory/restoreSandbox';
import { compareCandidates, openCandidates } from './trial/candidates';
import { cancelTrial } from './trial/cancel';
import { compareAttempts } from './trial/compareAttempts';
import { compareWithGold } from './trial/compareWithGold';
import { exportTrajectory } from './trial/exportTrajectory';
import { openTrial } from './trial/open';
import { openLiveTerminal } from './trial/openLiveTerminal';
import { openTrialLog } from './trial/openLog';
import { openPatch } from './trial/openPatch';
import { openResult } from './trial/openResult';
import { openSandboxTerminal } from './trial/openSandboxTerminal';
import { openTrajectory } from './trial/openTrajectory';
import { rerunTrial } from './trial/rerun';
import { showTests } from './trial/showTests';

/** Each command's handler, made with the services. One that is missing does not compile. */
const handlers: { readonly [K in CommandId]: (services: Services) => CommandContract[K] } = {
  'benchyard.run.start': startRun,
  'benchyard.task.run': runTask,
  'benchyard.task.runWithAgent': runWithAgent,
  'benchyard.task.openStatement': openStatement,
  'benchyard.task.showGoldPatch': showGoldPatch,
  'benchyard.task.showTestPatch': showTestPatch,
  'benchyard.task.openSource': openTaskSource,
  'benchyard.task.openTests': openTests,
  'benchyard.task.newSolution': newSolution,
  'benchyard.task.runCandidate': runCandidateOnTask,
  'benchyard.candidate.run': runCandidate,
  'benchyard.candidate.runOnKinds': runCandidateOnKinds,
  'benchyard.candidate.chooseTask': chooseCandidateTask,
  'benchyard.task.openInDevContainer': openInDevContainer,
  'benchyard.tasks.runAll': runAllTasks,
  'benchyard.tasks.runFiltered': runFilteredTasks,
  'benchyard.tasks.filter': filterTasks,
  'benchyard.tasks.filterByState': filterByState,
  'benchyard.tasks.clearFilter': clearFilter,
  'benchyard.tasks.sort': sortTasks,
  'benchyard.tasks.validate': validateTasks,
  'benchyard.tasks.showValidation': showValidation,
  'benchyard.tasks.addDataset': addDataset,
  'benchyard.tasks.refresh': refreshTasks,
  'benchyard.tasks.addSamples': addSamples,
  'benchyard.tasks.createFromCommit': createFromCommit,
  'benchyard.competition.prepare': prepareCompetition,
  'benchyard.competition.run': runCompetition,
  'benchyard.competition.grade': gradeSubmission,
  'benchyard.leaderboard.open': openLeaderboard,
  'benchyard.run.cancel': cancelRun,
  'benchyard.run.resume': resumeRun,
  'benchyard.run.retryInfra': retryInfra,
  'benchyard.run.delete': deleteRun,
  'benchyard.run.showOutput': showRunOutput,
  'benchyard.run.openReport': openReport,
  'benchyard.run.exportReport': exportReport,
  'benchyard.run.compare': compareRuns,
  'benchyard.runs.refresh': refreshRuns,
  'benchyard.trial.open': openTrial,
  'benchyard.trial.openTrajectory': openTrajectory,
  'benchyard.trial.exportTrajectory': exportTrajectory,
  'benchyard.trajectory.openDiff': openStepDiff,
  'benchyard.trajectory.openDiffSinceStart': openDiffSinceStart,
  'benchyard.trajectory.restoreSandbox': restoreSandbox,
  'benchyard.trajectory.goToStep': goToStep,
  'benchyard.trial.openPatch': openPatch,
  'benchyard.trial.compareSubmission': compareSubmission,
  'benchyard.solution.open': openSolution,
  'benchyard.solution.compareWithParent': compareSolution,
  'benchyard.trial.openCandidates': openCandidates,
  'benchyard.trial.compareCandidates': compareCandidates,
  'benchyard.trial.compareWithGold': compareWithGold,
  'benchyard.trial.compareAttempts': compareAttempts,
  'benchyard.trial.applyPatch': applyPatch,
  'benchyard.trial.showTests': showTests,
  'benchyard.trial.openResult': openResult,
  'benchyard.trial.openLog': openTrialLog,
  'benchyard.trial.openLiveTerminal': openLiveTerminal,
  'benchyard.trial.openSandboxTerminal': openSandboxTerminal,
  'benchyard.trial.rerun': rerunTrial,
  'benchyard.trial.cancel': cancelTrial,
  'benchyard.task.submit': submitOpenTask,
  'benchyard.agent.setDefault': setDefaultAgent,
  'benchyard.model.setKey': setModelKey,
  'benchyard.model.clearKey': clearModelKey,
  'benchyard.server.start': startServer,
  'benchyard.server.stop': stopServer,
  'benchyard.server.copyUrl': copyServerUrl,
  'benchyard.server.copyToken': copyServerToken,
  'benchyard.server.showActions': showServerActions,
  'benchyard.setup.check': checkSetup,
  'benchyard.setup.cleanUp': cleanUp,
  'benchyard.log.show': showLog,
};

/** Registers all commands. What a handler throws is shown here, and nowhere else. */
export function registerCommands(services: Services): vscode.Disposable {
  const ids = Object.keys(handlers) as CommandId[]; // the keys of a total record
  return vscode.Disposable.from(...ids.map((id) => register(id, services)));
}

function register(id: CommandId, services: Services): vscode.Disposable {
  // A union of functions can be called by nobody; each gets the arguments that its own contract promises its callers,
  // and they get its result.
  const handler = handlers[id](services) as (...args: unknown[]) => Promise<unknown>;
  const guarded = async (...args: unknown[]): Promise<unknown> => {
    try {
      return await handler(...args);
    } catch (error) {
      services.showError(error);
      return undefined;
    }
  };
  return registerCommand(id, guarded as CommandContract[CommandId]); // the handler's own type
}
