import * as vscode from 'vscode';
import { toCrLf } from '../presentation/format';
import type { TaskSession } from '../runner/index';
import type { RunControl } from './runControl';
import type { RunEntry } from './runsModel';
import { openSandboxShell } from './sandboxShell';
import type { ShowError } from './showError';

/** Tells of the tasks of a run that wait for a person, until the run ends. */
export function announceTasks(control: RunControl, run: RunEntry, showError: ShowError): void {
  const announce = (session: TaskSession): void => {
    if (session.runDir === run.listing.runDir) offer(session).catch(showError);
  };
  const listeners = vscode.Disposable.from(
    control.onDidOpenSession(announce),
    control.onDidEnd((end) => {
      if (end.run === run) listeners.dispose();
    }),
  );
  control.openTasks.forEach(announce);
}

/** Opens a terminal in the task's sandbox that begins with what is to be done. */
export function openTaskTerminal(session: TaskSession): void {
  const { brief, taskId } = session;
  const command = session.shellCommand();
  if (command === null) return;
  const message = toCrLf(`${brief.statement}\n\n${brief.rules}\n\n${whenOver(session)}\n`);
  openSandboxShell(vscode.l10n.t('Task: {0}', taskId), command, { message });
}

/** Hands in what is there. */
export async function submitTask(session: TaskSession): Promise<void> {
  const { ok, text } = await session.call('submit', {}, { signal: new AbortController().signal });
  if (!ok) void vscode.window.showWarningMessage(text);
}

async function offer(session: TaskSession): Promise<void> {
  const open = vscode.l10n.t('Open Terminal');
  const submit = vscode.l10n.t('Submit');
  const ready = vscode.l10n.t('{0} is yours. {1}', session.taskId, whenOver(session));
  let chosen = await vscode.window.showInformationMessage(ready, open, submit);
  if (chosen === open) {
    openTaskTerminal(session);
    const working = vscode.l10n.t('Submit {0} when you are done.', session.taskId);
    chosen = await vscode.window.showInformationMessage(working, submit);
  }
  if (chosen === submit) await submitTask(session);
}

function whenOver({ deadline }: TaskSession): string {
  const time = new Date(deadline).toLocaleTimeString();
  return vscode.l10n.t('At {0} the time is over, and what is there is handed in.', time);
}
