import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const EXTENSION_ID = 'benchyard.benchyard';

describe('activation', () => {
  it('succeeds', async () => {
    const extension = vscode.extensions.getExtension(EXTENSION_ID);
    assert.ok(extension, 'the extension is not there');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
