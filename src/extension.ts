import * as vscode from 'vscode';
import { commandLink, runCommand } from './commands/contract';
import { createErrorHandlers } from './commands/errorHandlers';
import { registerCommands } from './commands/registerCommands';
import type { Services } from './commands/services';
import { openReportedTrial, trialLinks } from './commands/trialLinks';
import { registerAgentSurfaces } from './views/agentSurfaces';
import { CandidateRuns } from './views/candidates/candidateRuns';
import { ContestContents } from './views/candidates/contestContents';
import { Config } from './views/config';
import { connectRuns } from './views/connectRuns';
import { Core } from './views/core';
import { registerEmptyDocument } from './views/diffs';
import { Documents } from './views/documents';
import { createHost } from './editorHost';
import { ModelKeys } from './views/modelKeys';
import { Patches } from './views/patches';
import { Reports } from './views/report/reports';
import { RunControl } from './views/runControl';
import { RunNotifications } from './views/runNotifications';
import { RunOutputs } from './views/runOutputs';
import { type RunEntry, RunsModel } from './views/runsModel';
import { RunStatusBar } from './views/runStatusBar';
import { RunsView } from './views/runsView';
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
  const core = own(new Core(() => createHost({ storage, config, log, keys })));
  const setup = own(new Setup(core));

  const samples = vscode.Uri.joinPath(extensionUri, 'samples', 'seed_tasks.jsonl');
  const tasks = own(new TasksModel({ core, config, samples, memory, showError }));
  const validations = own(new TaskValidations({ core, tasks, showError }));
  const taskContent = new TaskContent(tasks, validations);
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
  own(new Documents({ content, changes, programs, contests, taskContent }).register());
  own(registerEmptyDocument());
  const pages = new WebviewHost(extensionUri);
  const trajectories = own(
    new Trajectories(pages, { core, runs, content, changes, programs, showError }),
  );
  own(trajectories.register());
  const patches = new Patches(content);
  const compare = (run: RunEntry) => runCommand('benchyard.run.compare', run.tree.root);
  const reports = own(
    new Reports(pages, { core, runs, patches, openTrial: openReportedTrial, compare, showError }),
  );
  own(reports.register());

  const openTask = vscode.l10n.t('Open Task');
  const tasksView = own(
    new TasksView({
      model: tasks,
      runs,
      validations,
      openTask: (node) => commandLink('benchyard.task.openStatement', openTask, node),
      onFirstShown: () => void setup.ensureChecked().catch(showError),
      showError,
    }),
  );
  own(setup.onDidCheck((report) => (tasksView.notice = setupNotice(report))));
  const openTrial = vscode.l10n.t('Open Trial');
  const openLog = vscode.l10n.t('Open Log');
  const openTrajectory = vscode.l10n.t('Open Trajectory');
  const runsView = own(
    new RunsView({
      model: runs,
      control,
      openTrial: (node) => commandLink('benchyard.trial.open', openTrial, node),
      openStage: (node) => commandLink('benchyard.trial.openLog', openLog, node),
      openTrajectory: (trial) =>
        commandLink('benchyard.trial.openTrajectory', openTrajectory, trial),
      showError,
    }),
  );
  own(new RunStatusBar(control, runs));
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
    runs,
    runsView,
  };
  const shown = {
    content,
    contests,
    candidates,
    patches,
    changes,
    trajectories,
    reports,
    testResults,
    outputs,
  };
  const services = { ...parts, control, ...shown, showError };
  own(registerCommands(services));
  shutdown = () => control.shutdown(shutdownMs);
  return services;
}

/** Cancels the runs of this window and waits a little for them, so that they end as cancelled and leave no sandbox. */
export async function deactivate(): Promise<void> {
  await shutdown?.();
}
