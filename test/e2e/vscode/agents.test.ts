import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordedSamples } from '../../support/samples';
import { sampleRow, writeTasks } from './samples';
import { VsCode } from './vscode';
import type { Workbench } from './workbench';

const RUN_LIMIT_MS = 400_000;

/** Recorded answers of a model, tools in real sandboxes: what a person sees who tries an agent without a key. */
describe('an agent at work in VS Code', () => {
  let vscode: VsCode;
  let workbench: Workbench;

  beforeAll(async () => {
    vscode = await VsCode.start({
      settings: { 'benchyard.agent': 'runner', 'benchyard.model': 'scripted:answers.jsonl' },
    });
    ({ workbench } = vscode);
    const rows = await Promise.all(recordedSamples.map((id) => sampleRow(vscode.folder, id)));
    await writeTasks(path.join(vscode.folder, 'seed_tasks.jsonl'), rows);
    await workbench.openContainer('Benchyard');
    await workbench
      .tree('Tasks')
      .item(/^SWE-bench, 6 tasks/)
      .waitFor();
  });

  afterAll(async () => {
    await workbench.screenshot('agents-last');
    await vscode[Symbol.asyncDispose]();
  });

  test(
    'runner solves six samples, with what it did and cost in the tree',
    async () => {
      await workbench.palette('Benchyard: Run All Tasks');
      const runs = workbench.tree('Runs');
      await runs.item(/^runner.*running/).waitFor({ timeout: 60_000 });
      const name = await runs.nameOf(/^runner.*finished/, RUN_LIMIT_MS);
      expect(name).toContain('6 of 6 resolved');
      expect(name).toContain('$0');
      await runs.expand(/^runner.*finished/);
      await workbench.screenshot('agents-run');
    },
    RUN_LIMIT_MS,
  );

  test('its words, its tools and their results stand in the log of its stage', async () => {
    const runs = workbench.tree('Runs');
    await runs.expand(/^rollstats__last-frame, resolved/);
    await runs.item(/^agent/).click();
    await expect.poll(() => workbench.editorText()).toContain('▸ list_files');
    expect(await workbench.editorText()).toContain('Solve this task in');
    await workbench.screenshot('agents-log');
  });

  test('its trajectory opens from the tree, and a step as a native diff', async () => {
    const runs = workbench.tree('Runs');
    await runs.contextMenu(/^rollstats__last-frame, resolved/, 'Open Trajectory');
    await workbench.editorTab('Trajectory: rollstats__last-frame').waitFor();
    const page = workbench.webview();
    await page.getByRole('feed', { name: 'Steps' }).waitFor();
    await page
      .getByRole('article', { name: /edit_file.*changed files/ })
      .first()
      .click();
    await workbench.screenshot('agents-trajectory');
    await workbench.page.keyboard.press('d');
    await workbench.editorTab(/^rollstats__last-frame: step \d+: frames\.py/).waitFor();
    await workbench.diff().untilShown();
    expect(await workbench.diff().modified()).toContain('(length - size) // step');
    await workbench.screenshot('agents-step-diff');
  });
});
