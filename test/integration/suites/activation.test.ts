import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import * as vscode from 'vscode';
import { extension } from '../benchyard';

/** Modules that this process has evaluated; the extension's bundles are among them, each as one. */
function evaluated(bundle: string): boolean {
  return Object.keys(require.cache).some((file) => file.endsWith(`/dist/${bundle}`));
}

/** Stacks of our own code that open connections while `work` goes on; other extensions may do as they like. */
async function connectionsOfOurs(work: () => Thenable<unknown>): Promise<readonly string[]> {
  const seen: string[] = [];
  // Told of every client socket of the process, whoever opens it.
  const listen = (): void => {
    const { stack = '' } = new Error('a connection');
    if (/\/dist\/(extension|runner)\.js/.test(stack)) seen.push(stack);
  };
  subscribe('net.client.socket', listen);
  try {
    await work();
  } finally {
    unsubscribe('net.client.socket', listen);
  }
  return seen;
}

describe('activation', () => {
  it('evaluates the extension alone: neither the core nor an SDK, and no connection', async () => {
    assert.equal(extension().isActive, false, 'the extension became active before it was needed');
    const connections = await connectionsOfOurs(() => extension().activate());
    assert.equal(evaluated('extension.js'), true);
    assert.equal(evaluated('runner.js'), false);
    assert.deepEqual(connections, []);
  });

  it('registers the commands that its manifest names', async () => {
    const manifest = extension().packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const named = manifest.contributes.commands.map((entry) => entry.command);
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter((command) => !registered.has(command)),
      [],
    );
  });
});
