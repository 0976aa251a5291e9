import * as vscode from 'vscode';
import type { RunTreeNode, SolutionNode, TrialNode, TrialPart } from '../presentation/runTree';
import type { RunChoices } from '../presentation/runSettings';
import type { TaskLeaf, TaskNode } from '../presentation/taskTree';

/** What a tree hands a command: the row, and all selected rows. From the palette: nothing, and the command asks. */
type OfTasks = (node?: TaskNode, nodes?: readonly TaskNode[]) => Promise<void>;
type OfRuns = (node?: RunTreeNode, nodes?: readonly RunTreeNode[]) => Promise<void>;
type OfTrial = (trial?: TrialArgument) => Promise<void>;
type Plain = () => Promise<void>;
/** A file of the explorer or of an editor; without one, the file that is edited. */
type OfFile = (file?: vscode.Uri) => Promise<void>;

/** A trial as a row of the tree or by its ids, as links and tests name it. */
export type TrialArgument =
  TrialNode | TrialPart | { readonly runId: string; readonly trialId: string };

/** A solution of a search as a row of the tree, or by its number in a trial. */
export type SolutionArgument =
  SolutionNode | { readonly runId: string; readonly trialId: string; readonly node: number };

/** Steps of a trial, first and last. Without it, a command is for what is selected in the trajectory that is shown. */
export interface StepsArgument {
  readonly runId: string;
  readonly trialId: string;
  readonly from: number;
  readonly to: number;
}
/** A commit that mended something. */
export interface FixArgument {
  readonly repo?: string;
  readonly commit?: string;
  /** Empty: nothing has to be installed. */
  readonly install?: string;
}
type OfSteps = (steps?: StepsArgument) => Promise<void>;

/** Every command of the extension with its type: package.json names exactly these. */
export interface CommandContract {
  /** Starts a run of tasks by id; asks for what is not given. The run's folder, or undefined when the user changed their mind. */
  'benchyard.run.start': (
    taskIds?: readonly string[],
    choices?: RunChoices,
  ) => Promise<string | undefined>;
  'benchyard.task.run': OfTasks;
  'benchyard.task.runWithAgent': OfTasks;
  /** What a click on a task does: what it asks for, as a page. */
  'benchyard.task.openStatement': (node?: TaskNode) => Promise<void>;
  'benchyard.task.showGoldPatch': (node?: TaskNode) => Promise<void>;
  'benchyard.task.showTestPatch': (node?: TaskNode) => Promise<void>;
  'benchyard.task.openSource': (node?: TaskNode) => Promise<void>;
  'benchyard.task.openTests': (node?: TaskNode) => Promise<void>;
  'benchyard.task.newSolution': (node?: TaskNode) => Promise<void>;
  /** Runs the program that is edited on the problem of a row. */
  'benchyard.task.runCandidate': (node?: TaskNode) => Promise<void>;
  'benchyard.candidate.run': OfFile;
  'benchyard.candidate.runOnKinds': OfFile;
  'benchyard.candidate.chooseTask': OfFile;
  'benchyard.task.openInDevContainer': (node?: TaskNode) => Promise<void>;
  'benchyard.tasks.runAll': Plain;
  'benchyard.tasks.runFiltered': Plain;
  'benchyard.tasks.filter': Plain;
  'benchyard.tasks.filterByState': Plain;
  'benchyard.tasks.clearFilter': Plain;
  'benchyard.tasks.sort': Plain;
  /** Asks how often, where that is not given. */
  'benchyard.tasks.validate': (
    node?: TaskNode,
    nodes?: readonly TaskNode[],
    options?: { readonly repeat: number },
  ) => Promise<void>;
  'benchyard.tasks.showValidation': Plain;
  /** Adds a source of tasks to the workspace's list: a file, `hub:NAME[:SPLIT]` or `data:NAME[:SPLIT]`; asks for one that is not given. */
  'benchyard.tasks.addDataset': (source?: string | vscode.Uri) => Promise<void>;
  'benchyard.tasks.refresh': Plain;
  'benchyard.tasks.addSamples': Plain;
  /**
   * Makes a task of a commit and adds it to the repository's seed file; asks for what is not given. In a document of the
   * git extension it is about that document's commit.
   */
  'benchyard.tasks.createFromCommit': (fix?: vscode.Uri | FixArgument) => Promise<void>;
  /** Of rows of the tree; asks for competitions, and where their raw data comes from. */
  'benchyard.competition.prepare': OfTasks;
  'benchyard.competition.run': OfTasks;
  /** Grades a file: of a row of the tree, of the explorer, or one that the user picks. */
  'benchyard.competition.grade': (
    place?: TaskNode | vscode.Uri,
    file?: vscode.Uri | readonly TaskNode[] | readonly vscode.Uri[],
  ) => Promise<void>;
  /** Of a competition, or of a trial with what its run handed in. */
  'benchyard.leaderboard.open': (place?: TaskNode | TrialArgument) => Promise<void>;
  'benchyard.run.cancel': OfRuns;
  'benchyard.run.resume': OfRuns;
  /** Runs again, in the run itself, what failed through infrastructure. */
  'benchyard.run.retryInfra': OfRuns;
  'benchyard.run.delete': OfRuns;
  'benchyard.run.showOutput': OfRuns;
  'benchyard.run.openReport': OfRuns;
  'benchyard.run.exportReport': OfRuns;
  'benchyard.run.compare': OfRuns;
  'benchyard.runs.refresh': Plain;
  /** What a click on a trial does: its patch when there is one, else its output. */
  'benchyard.trial.open': OfTrial;
  'benchyard.trial.openTrajectory': (
    trial?: TrialArgument & { readonly step?: number },
  ) => Promise<void>;
  'benchyard.trial.exportTrajectory': OfTrial;
  'benchyard.trajectory.openDiff': OfSteps;
  'benchyard.trajectory.openDiffSinceStart': OfSteps;
  'benchyard.trajectory.restoreSandbox': OfSteps;
  'benchyard.trajectory.goToStep': Plain;
  'benchyard.trial.openPatch': OfTrial;
  'benchyard.trial.compareSubmission': OfTrial;
  'benchyard.solution.open': (solution?: SolutionArgument) => Promise<void>;
  'benchyard.solution.compareWithParent': (solution?: SolutionArgument) => Promise<void>;
  'benchyard.trial.openCandidates': OfTrial;
  'benchyard.trial.compareCandidates': OfTrial;
  'benchyard.trial.compareWithGold': OfTrial;
  'benchyard.trial.compareAttempts': OfTrial;
  'benchyard.trial.applyPatch': OfTrial;
  'benchyard.trial.showTests': OfTrial;
  'benchyard.trial.openResult': OfTrial;
  'benchyard.trial.openLog': OfTrial;
  'benchyard.trial.openLiveTerminal': OfTrial;
  'benchyard.trial.openSandboxTerminal': OfTrial;
  /** `trialIds`: these trials of its run, all in one run. */
  'benchyard.trial.rerun': (
    trial?: TrialArgument,
    options?: { readonly trialIds?: readonly string[] },
  ) => Promise<void>;
  'benchyard.trial.cancel': OfTrial;
  'benchyard.task.submit': Plain;
  'benchyard.agent.setDefault': Plain;
  'benchyard.model.setKey': Plain;
  'benchyard.model.clearKey': Plain;
  'benchyard.server.start': Plain;
  'benchyard.server.stop': Plain;
  'benchyard.server.copyUrl': Plain;
  'benchyard.server.copyToken': Plain;
  'benchyard.server.showActions': Plain;
  'benchyard.setup.check': Plain;
  'benchyard.setup.cleanUp': Plain;
  'benchyard.log.show': Plain;
}
export type CommandId = keyof CommandContract;

/** A command with its arguments, for tree items and links: a wrong argument does not compile. */
export function commandLink<K extends CommandId>(
  command: K,
  title: string,
  ...args: Parameters<CommandContract[K]>
): vscode.Command {
  return { command, title, arguments: args };
}

export function registerCommand<K extends CommandId>(
  id: K,
  handler: CommandContract[K],
): vscode.Disposable {
  return vscode.commands.registerCommand(id, handler);
}

export function runCommand<K extends CommandId>(
  id: K,
  ...args: Parameters<CommandContract[K]>
): Thenable<Awaited<ReturnType<CommandContract[K]>>> {
  return vscode.commands.executeCommand(id, ...args);
}

/** Menus outside of the trees hand over things of the editor's own. */
export function isTrialArgument(value: unknown): value is TrialArgument {
  if (typeof value !== 'object' || value === null) return false;
  return 'runId' in value || ('kind' in value && ('run' in value || 'trial' in value));
}

export function isRunNode(value: unknown): value is RunTreeNode {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

export function isStepsArgument(value: unknown): value is StepsArgument {
  return typeof value === 'object' && value !== null && 'runId' in value && 'from' in value;
}

export function isLeaf(node: TaskNode | undefined): node is TaskLeaf {
  return node?.kind === 'task';
}
