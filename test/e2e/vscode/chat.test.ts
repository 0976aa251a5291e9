import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SAMPLE_TASK } from './samples';
import { root, VsCode } from './vscode';
import type { Workbench } from './workbench';

const RUN_LIMIT_MS = 240_000;

/** A person asks in the chat why a trial failed, and goes from the answer to the trial. */
describe('@benchyard in the chat', () => {
  let vscode: VsCode;
  let workbench: Workbench;

  beforeAll(async () => {
    vscode = await VsCode.start({
      settings: { 'benchyard.agent': 'empty' },
      helpers: [path.join(root, 'dist/test/fixtures/scripted-models')],
    });
    ({ workbench } = vscode);
    await workbench.openContainer('Benchyard');
    await workbench.tree('Tasks').inlineAction(new RegExp(`^${SAMPLE_TASK}`), 'Run');
    await workbench.tree('Runs').nameOf(/^empty.*finished/, RUN_LIMIT_MS);
  });

  afterAll(async () => {
    await workbench.screenshot('chat-last');
    await vscode[Symbol.asyncDispose]();
  });

  test('says what the model says, with buttons that lead to the trial', async () => {
    await workbench.palette('Chat: Open Chat');
    const input = workbench.page.locator(
      '.interactive-session .interactive-input-part .monaco-editor',
    );
    await input.first().click();
    await workbench.page.keyboard.type('@benchyard /explain ', { delay: 20 });
    await workbench.page.keyboard.press('Escape');
    await workbench.page.keyboard.press('Enter');
    const answer = workbench.page.locator('.interactive-response').last();
    await answer.getByText('The script is over.').waitFor({ timeout: 60_000 });
    await workbench.screenshot('chat');
    await answer.getByRole('button', { name: 'Open Trajectory' }).click();
    await expect
      .poll(() => workbench.editorTab(new RegExp(SAMPLE_TASK)).count(), { timeout: 20_000 })
      .toBeGreaterThan(0);
  });
});
