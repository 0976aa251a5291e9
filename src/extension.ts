import * as vscode from 'vscode';
import { commandLink, runCommand } from './commands/contract';
import { createErrorHandlers } from './commands/errorHandlers';
import { registerCommands } from './commands/registerCommands';
import type { Services } from './commands/services';
import {
  openBoardEntry,
  openReportedTrial,
  rerunReported,
  trialLinks,
} from './commands/trialLinks';
import { registerAgentSurfaces } from './views/agentSurfaces';
import { CandidateRuns } from './views/candidates/candidateRuns';
import { ContestContents } from './views/candidates/contestContents';
import { Competitions } from './views/competitions/competitions';
import { CompetitionTrials } from './views/competitions/competitionTrials';
import { Grades } from './views/competitions/grades';
import { Leaderboards } from './views/competitions/leaderboards';
import { SearchNodes } from './views/competitions/searchNodes';
import { SubmissionTables } from './views/competitions/submissionTables';
import { Config } from './views/config';
import { connectRuns } from './views/connectRuns';
import { Core } from './views/core';
import { registerEmptyDocument } from './views/diffs';
import { Documents } from './views/documents';
import { createHost } from './editorHost';
import { ModelKeys } from './views/modelKeys';
import { Openings } from './views/openings';
import { Patches } from './views/patches';
import { Reports } from './views/report/reports';
import { RunControl } from './views/runControl';
import { RunNotifications } from './views/runNotifications';
import { RunOutputs } from './views/runOutputs';
import { type RunEntry, RunsModel } from './views/runsModel';
import { RunStatusBar } from './views/runStatusBar';
import { RunsView } from './views/runsView';
import { ApiServer } from './views/serving/apiServer';
import { Setup, setupNotice } from './views/setup';
import { createShowError } from './views/showError';
import { TaskContent } from './views/taskContent';
import { registerTaskDecorations } from './views/taskDecorations';
import { TasksModel } from './views/tasksModel';
import { TasksView } from './views/tasksView';
import { TaskValidations } from './views/taskValidations';
import { TestResults } from './views/testResults';
import { FlowPrograms } from './views/trajectory/flowPrograms';
import { StepChanges } from './views/trajectory/stepChanges';
import { Trajectories } from './views/trajectory/trajectories';
import { TrialContent } from './views/trialContent';
import { UnfinishedRuns } from './views/unfinishedRuns';
import { WebviewHost } from './views/webviewHost';

/** How long the editor waits for runs to end when its window closes. */
const shutdownMs = 4000;
let shutdown: (() => Promise<void>) | undefined;

/**
 * Composition root: makes the parts and joins them. Nothing is read, run or opened before a view or command asks. The
 * parts are returned for the tests that run inside VS Code.
 */
export function activate(context: vscode.ExtensionContext): Services {
  const own = <T extends { dispose(): void }>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const { extensionUri, globalStorageUri: storage, workspaceState: memory } = context;
  const log = own(vscode.window.createOutputChannel('Benchyard', { log: true }));
  const showError = createShowError(log, createErrorHandlers(context.extension.id));
  const config = own(new Config());
  const keys = new ModelKeys(context.secrets);
  const makeHost = () => createHost({ storage, config, log, keys });
  const core = own(new Core(makeHost));
  const setup = own(new Setup(core));

  const samples = vscode.Uri.joinPath(extensionUri, 'samples', 'seed_tasks.jsonl');
  const tasks = own(new TasksModel({ core, config, samples, memory, showError }));
  const validations = own(new TaskValidations({ core, tasks, showError }));
  const competitions = own(new Competitions({ core, config, showError }));
  const taskContent = new TaskContent(tasks, validations, { competitions });
  own(registerTaskDecorations());
  const runs = own(new RunsModel(core, config, showError));
  const control = own(new RunControl(core, runs, showError));
  const content = own(new TrialContent(core, runs));
  const outputs = own(new RunOutputs(runs, content));
  const testResults = own(new TestResults(content));
  const contests = own(new ContestContents(core, tasks));
  const candidates = own(
    new CandidateRuns({ config, control, content, contests, storage, showError }),
  );
  const programs = own(new FlowPrograms(core, content));
  const changes = own(new StepChanges(core, content, { programs }));
  const grades = new Grades(storage, competitions);
  const solutions = own(new SearchNodes(core, content));
  const competitionTrials = new CompetitionTrials(competitions, { runs, content });
  const tables = own(new SubmissionTables(content, competitionTrials));
  const documents = { content, changes, programs, contests, taskContent, grades, tables };
  own(new Documents({ ...documents, nodes: solutions }).register());
  own(registerEmptyDocument());
  const pages = new WebviewHost(extensionUri);
  const trajectories = own(
    new Trajectories(pages, { core, runs, content, changes, programs, showError }),
  );
  own(trajectories.register());
  const leaderboards = own(
    new Leaderboards(pages, {
      competitions,
      trials: competitionTrials,
      runs,
      openEntry: openBoardEntry,
      showError,
    }),
  );
  own(leaderboards.register());
  const patches = new Patches(content);
  const compare = (run: RunEntry) => runCommand('benchyard.run.compare', run.tree.root);
  const reports = own(
    new Reports(pages, {
      core,
      runs,
      patches,
      openTrial: openReportedTrial,
      rerun: rerunReported,
      compare,
      showError,
    }),
  );
  own(reports.register());

  const openTask = vscode.l10n.t('Open Task');
  const tasksView = own(
    new TasksView({
      model: tasks,
      runs,
      validations,
      competitions,
      openTask: (node) => commandLink('benchyard.task.openStatement', openTask, node),
      onFirstShown: () => void setup.ensureChecked().catch(showError),
      showError,
    }),
  );
  own(setup.onDidCheck((report) => (tasksView.notice = setupNotice(report))));
  const openTrial = vscode.l10n.t('Open Trial');
  const openLog = vscode.l10n.t('Open Log');
  const openTrajectory = vscode.l10n.t('Open Trajectory');
  const openSolution = vscode.l10n.t('Open Solution');
  const runsView = own(
    new RunsView({
      model: runs,
      control,
      openTrial: (node) => commandLink('benchyard.trial.open', openTrial, node),
      openStage: (node) => commandLink('benchyard.trial.openLog', openLog, node),
      openSolution: (node) => commandLink('benchyard.solution.open', openSolution, node),
      openTrajectory: (trial) =>
        commandLink('benchyard.trial.openTrajectory', openTrajectory, trial),
      showError,
    }),
  );
  const server = own(
    new ApiServer(config, async (port) => {
      const { serveRuns } = await import('./editorServer');
      const tell = (line: string): void => {
        log.info(line);
      };
      const runner = await core.runner();
      return serveRuns({ port, host: makeHost(), runner, config, log: tell });
    }),
  );
  own(new RunStatusBar(control, runs, { server }));
  const resume = (run: RunEntry) => runCommand('benchyard.run.resume', run.tree.root);
  own(new UnfinishedRuns({ memory, config, runs, control, resume, showError }));
  const notifications = new RunNotifications(config, {
    runsVisible: () => runsView.visible,
    openReport: (run) => reports.open([run]),
  });
  own(connectRuns({ runs, control, outputs, testResults, candidates, notifications, showError }));
  const renewCore = (): void => {
    core.renew(control.idle());
  };
  own(config.onDidChange(['dockerHost'], renewCore));

  own(registerAgentSurfaces({ context, core, config, tasks, runs, control, links: trialLinks }));

  const parts = {
    core,
    config,
    keys,
    setup,
    log,
    memory,
    storage,
    tasks,
    tasksView,
    taskContent,
    validations,
    competitions,
    runs,
    runsView,
    server,
  };
  const shown = {
    content,
    contests,
    candidates,
    grades,
    tables,
    solutions,
    leaderboards,
    openings: new Openings(),
    patches,
    changes,
    trajectories,
    reports,
    testResults,
    outputs,
  };
  const services = { ...parts, control, ...shown, showError };
  own(registerCommands(services));
  shutdown = async () => {
    await Promise.all([control.shutdown(shutdownMs), server.shutdown(shutdownMs)]);
  };
  return services;
}

/** Cancels the runs of this window, stops its server and waits a little for them, so that they leave no sandbox. */
export async function deactivate(): Promise<void> {
  await shutdown?.();
}
