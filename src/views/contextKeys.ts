import * as vscode from 'vscode';

/** Every context key of the extension; `when` clauses in package.json use these and no others of ours. */
export interface ContextKeys {
  /** Task files were looked for: before, an empty tree says nothing. */
  'benchyard.tasksLoaded': boolean;
  'benchyard.tasksFiltered': boolean;
  /** Some run of this window is going on. */
  'benchyard.runActive': boolean;
  /** A task waits for somebody in this window to work on it. */
  'benchyard.taskOpen': boolean;
  'benchyard.runsLoaded': boolean;
  /** Some tasks are contest problems, which programs of the workspace may be run on. */
  'benchyard.hasContests': boolean;
  /** Some tasks are competitions. */
  'benchyard.hasCompetitions': boolean;
  /** This window's server answers. */
  'benchyard.serverRunning': boolean;
  /** Neither Docker nor bubblewrap can be used. */
  'benchyard.sandboxMissing': boolean;
}

export const contextKeys: readonly (keyof ContextKeys)[] = [
  'benchyard.tasksLoaded',
  'benchyard.tasksFiltered',
  'benchyard.runActive',
  'benchyard.taskOpen',
  'benchyard.runsLoaded',
  'benchyard.hasContests',
  'benchyard.hasCompetitions',
  'benchyard.serverRunning',
  'benchyard.sandboxMissing',
];

export function setContextKey<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
  void vscode.commands.executeCommand('setContext', key, value);
}
