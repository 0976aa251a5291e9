import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contestRows, contestTask } from '../../support/contestTasks';
import { flowSteps } from '../../support/flowSteps';
import { nodeHost } from '../../../src/nodeHost';
import { Recording } from '../../support/trajectories';
import { writeTasks } from './samples';
import { VsCode } from './vscode';
import type { Tree, Workbench } from './workbench';

const RUN_LIMIT_MS = 240_000;
const PROBLEM = /^4_A\. Sum of Two/;
const WRONG = 'a, b = map(int, input().split())\nprint(a - b)\n';
const RIGHT = 'a, b = map(int, input().split())\nprint(a + b)\n';

/** Resolves when a test stands in Test Results as passed: its icon says so. */
async function passed(results: Tree, name: string): Promise<void> {
  const icon = results.item(new RegExp(`^${name}`)).locator('.codicon-testing-passed-icon');
  await icon.waitFor({ timeout: RUN_LIMIT_MS });
}

describe('contest problems in VS Code', () => {
  let vscode: VsCode;
  let workbench: Workbench;

  beforeAll(async () => {
    vscode = await VsCode.start({ settings: { 'workbench.colorTheme': 'Default Dark Modern' } });
    ({ workbench } = vscode);
    await writeTasks(path.join(vscode.folder, 'practice.contests.jsonl'), contestRows);
    await writeFile(path.join(vscode.folder, '4_A.py'), WRONG);
  });

  afterAll(async () => {
    await workbench.screenshot('contests-last');
    await vscode[Symbol.asyncDispose]();
  });

  test('a problem opens as a page that shows its text and runs nothing of it', async () => {
    await workbench.openContainer('Benchyard');
    const tasks = workbench.tree('Tasks');
    await tasks.expand(/^CodeContests, 2 tasks/);
    await tasks.expand(/^Codeforces, 1 task/);
    await tasks.item(PROBLEM).click();
    await workbench.editorTab('4_A. Sum of Two').waitFor();
    const page = workbench.webview();
    await page.getByRole('heading', { name: 'Public Tests' }).waitFor();
    const text = await page.locator('body').innerText();
    expect(text).toContain('a_1 and a_2');
    expect(text).toContain('<script>alert(1)</script>');
    expect(await page.locator('img').count()).toBe(0);
    await workbench.screenshot('contest-problem');
  });

  test('its tests open as a page, and one as documents', async () => {
    await workbench.tree('Tasks').contextMenu(PROBLEM, 'Open Tests…');
    await workbench.pick(/^Private tests/);
    await workbench.pick(/^All 2 Tests/);
    const page = workbench.webview();
    await page.getByRole('heading', { name: 'Private test 2' }).waitFor();
    await workbench.screenshot('contest-tests');
    await workbench.tree('Tasks').contextMenu(PROBLEM, 'Open Tests…');
    await workbench.pick(/^Private tests/);
    await workbench.pick(/^Private test 2/);
    await workbench.editorTab(/private test 2 expected output/).waitFor();
    await expect.poll(() => workbench.editorText()).toMatch(/7 8[^]*15/);
    await workbench.screenshot('contest-test');
  });

  test(
    'a wrong program fails on public tests, with what was expected against what it said',
    async () => {
      await workbench.palette('Go to File...');
      await workbench.quickInput().fill('4_A.py');
      await workbench.pick(/^4_A\.py/);
      await workbench.editorTab('4_A.py').waitFor();
      await workbench.palette("Benchyard: Run Candidate on Problem's Tests");
      const results = workbench.testResults();
      // A failed test's row is named after its message.
      const failed = (test: RegExp): Locator =>
        results.root.getByRole('treeitem').filter({ hasText: test }).first();
      await failed(/public test 2.*Wrong answer/).waitFor({ timeout: RUN_LIMIT_MS });
      await failed(/public test 1.*Wrong answer/).click();
      const diff = workbench.page.locator('[id="workbench.panel.testResults"] .monaco-diff-editor');
      await diff.locator('.editor.modified .view-line').first().waitFor();
      expect(await diff.locator('.editor.original').innerText()).toContain('3');
      expect(await diff.locator('.editor.modified').innerText()).toContain('-1');
      await workbench.screenshot('contest-failed');
      const runs = workbench.tree('Runs');
      await runs.expand(/^candidates on/);
      await runs.item(/^4_A\. Sum of Two, unresolved.*wrong answer/).waitFor();
    },
    RUN_LIMIT_MS,
  );

  test(
    'what is typed is run before it is saved, with the keyboard alone',
    async () => {
      const { keyboard } = workbench.page;
      await workbench.palette('View: Focus Active Editor Group');
      await workbench.palette('Select All');
      await keyboard.insertText(RIGHT);
      await expect.poll(() => workbench.editorText()).toContain('a + b');
      await workbench.palette("Benchyard: Run Candidate on Problem's Tests");
      const results = workbench.testResults();
      await passed(results, 'public test 2');
      await workbench.palette('View: Focus Active Editor Group');
      await workbench.palette('Benchyard: Run Candidate on Tests…');
      await workbench.page
        .getByRole('checkbox', { name: /^Private tests/ })
        .first()
        .waitFor();
      await workbench.screenshot('contest-kinds');
      await keyboard.press('ArrowDown');
      await keyboard.press('ArrowDown');
      await keyboard.press('Space');
      await keyboard.press('Enter');
      await passed(results, 'private test 2');
      await workbench.screenshot('contest-passed');
    },
    RUN_LIMIT_MS,
  );

  test('what a trial handed in opens in its language', async () => {
    await workbench.palette('Benchyard: Open Candidates');
    await workbench.pick(PROBLEM);
    await workbench.editorTab(/candidate 1\.py/).waitFor();
    await expect.poll(() => workbench.editorText()).toContain('a + b');
  });

  test('the report tells pass@k', async () => {
    await workbench.tree('Runs').contextMenu(/^candidates on/, 'Open Run Report');
    const page = workbench.webview();
    await page.getByRole('region', { name: /^pass@1: 100\.0 %/ }).waitFor();
    await workbench.screenshot('contest-report');
  });
});

describe('the flow of an agent that works stage by stage', () => {
  let vscode: VsCode;
  let workbench: Workbench;

  beforeAll(async () => {
    vscode = await VsCode.start({ settings: { 'workbench.colorTheme': 'Default Light Modern' } });
    ({ workbench } = vscode);
    const recording = await Recording.begin({
      host: nodeHost({ cwd: vscode.folder }),
      out: path.join(vscode.folder, 'sandbox/runs'),
      base: {},
      model: 'example/model-1',
      work: { task: contestTask(), agent: 'alphacodium' },
    });
    await recording.record(flowSteps.map((step) => ({ step })));
    await recording.end({ contest: { n: 1, c: 1, verdicts: { passed: 1 } } });
  });

  afterAll(async () => {
    await workbench.screenshot('flow-last');
    await vscode[Symbol.asyncDispose]();
  });

  test('is read stage by stage', async () => {
    await workbench.openContainer('Benchyard');
    const runs = workbench.tree('Runs');
    await runs.expand(/^alphacodium/);
    await runs.inlineAction(PROBLEM, 'Open Trajectory');
    const page = workbench.webview();
    await page.getByRole('navigation', { name: 'Stages' }).waitFor();
    await expect.poll(() => page.getByRole('article').count()).toBeGreaterThanOrEqual(5);
    await page.getByRole('article', { name: /Initial code 1, kept/ }).waitFor();
    await workbench.screenshot('flow');
  });

  test('a stage is gone to, and what its fix changed is a native diff', async () => {
    const page = workbench.webview();
    await page.getByRole('button', { name: /^Fix on AI tests, reverted/ }).click();
    const step = page.getByRole('article', { name: /Fix on AI tests 1, reverted/ });
    await step.and(page.locator(':focus')).waitFor();
    await step.locator('[aria-label="public test 2, wrong answer, anchor"]').click();
    await step.getByText('Compare Expected and Actual').waitFor();
    await workbench.screenshot('flow-test');
    await step.getByText('Compare Expected and Actual').click();
    await workbench.editorTab('Fix on AI tests 1, public test 2: expected ↔ actual').waitFor();
    await workbench.diff().untilShown();
    await workbench.editorTab('Trajectory: 4_A. Sum of Two').click();
    await step.locator('.head').click();
    await step.and(page.locator(':focus')).waitFor();
    await workbench.page.keyboard.press('d');
    await workbench.editorTab('4_A. Sum of Two: Fix on AI tests 1').waitFor();
    await workbench.diff().untilShown();
    expect(await workbench.diff().modified()).toContain('abs');
    await workbench.screenshot('flow-diff');
  });
});
