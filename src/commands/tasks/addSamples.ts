import * as vscode from 'vscode';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

/** Adds the sample tasks that come with the extension to this workspace's list. */
export function addSamples({ tasks }: Services): CommandContract['benchyard.tasks.addSamples'] {
  return async () => {
    await tasks.addSamples();
    await vscode.commands.executeCommand('benchyard.tasks.focus');
  };
}
