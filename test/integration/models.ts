import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ScriptedModels } from './fixtures/scripted-models/extension';

/** The models whose answers the tests write; the editor takes them for a provider like any other. */
export async function scriptedModels(): Promise<ScriptedModels> {
  const found = vscode.extensions.getExtension<ScriptedModels>('benchyard-test.scripted-models');
  assert.ok(found, 'the extension with the scripted models is not there');
  const models = await found.activate();
  // The editor asks providers for their models when somebody asks for models.
  assert.ok((await vscode.lm.selectChatModels({ vendor: 'scripted' })).length > 0);
  return models;
}
