import * as vscode from 'vscode';
import type { SessionRun, StartSessionRun, ToolHost } from '../../agentTools/index';
import { toRunConfig } from '../../presentation/runSettings';
import { UserError } from '../../presentation/userError';
import type { RunState, TaskSession } from '../../runner/index';
import type { Config } from '../config';
import type { Core } from '../core';
import type { RunControl } from '../runControl';
import type { RunEntry, RunsModel } from '../runsModel';
import type { TasksModel } from '../tasksModel';

export interface ToolParts {
  readonly core: Core;
  readonly config: Config;
  readonly tasks: TasksModel;
  readonly runs: RunsModel;
  readonly control: RunControl;
}

/** What tools reach of this window. Runs that they start stand in the view like any other, and end with the window. */
export async function createToolHost(parts: ToolParts): Promise<ToolHost> {
  const { core, config, tasks, runs, control } = parts;
  const { TaskSessions } = await import('../../agentTools/index');
  return {
    runner: () => core.runner(),
    get runsFolder() {
      return runs.folder;
    },
    taskFiles: () => tasks.findFiles(),
    runConfig: (choices) => toRunConfig(config.run, choices),
    sessions: new TaskSessions(startIn(control)),
  };
}

function startIn(control: RunControl): StartSessionRun {
  return async (config, { signal, onSession }) => {
    if (!vscode.workspace.isTrusted) {
      throw new UserError(vscode.l10n.t('Trust this workspace to run its tasks.'));
    }
    const opened: TaskSession[] = [];
    let entry: RunEntry | undefined;
    const listener = control.onDidOpenSession((session) => {
      opened.push(session);
      if (session.runDir === entry?.listing.runDir) onSession(session);
    });
    try {
      entry = await control.start(config);
    } catch (error) {
      listener.dispose();
      throw error;
    }
    const run = follow(control, entry);
    const forget = (): void => {
      listener.dispose();
    };
    run.ended.then(forget, forget);
    // It may have been ready before the run had its entry.
    for (const session of opened) if (session.runDir === entry.listing.runDir) onSession(session);
    if (signal.aborted) run.cancel();
    return run;
  };
}

function follow(control: RunControl, entry: RunEntry): SessionRun {
  const ended = new Promise<RunState>((resolve, reject) => {
    const listener = control.onDidEnd(({ run, outcome }) => {
      if (run !== entry) return;
      listener.dispose();
      if (outcome === null) reject(new UserError(vscode.l10n.t('The run could not go on.')));
      else resolve(outcome.state);
    });
  });
  return {
    ended,
    cancel: () => {
      void control.cancel(entry);
    },
  };
}
