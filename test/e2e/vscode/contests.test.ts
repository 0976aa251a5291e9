import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contestRows, contestTask } from '../../support/contestTasks';
import { flowSteps } from '../../support/flowSteps';
import { nodeHost } from '../../../src/nodeHost';
import { Recording } from '../../support/trajectories';
import { writeTasks } from './samples';
import { VsCode } from './vscode';
import type { Workbench } from './workbench';

const PATIENTLY = { timeout: 30_000 };
const RUN_LIMIT_MS = 240_000;
const PROBLEM = /^4_A\. Sum of Two/;
const WRONG = 'a, b = map(int, input().split())\nprint(a - b)\n';

/** The page that is shown. */
function pageOf(workbench: Workbench): FrameLocator {
  return workbench.page
    .locator('iframe.webview.ready')
    .last()
    .contentFrame()
    .locator('iframe#active-frame')
    .contentFrame();
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
    const page = pageOf(workbench);
    await page.getByRole('heading', { name: 'Public Tests' }).waitFor();
    const text = await page.locator('body').innerText();
    expect(text).toContain('a_1 and a_2');
    expect(text).toContain('<script>alert(1)</script>');
    expect(await page.locator('img').count()).toBe(0);
    await workbench.screenshot('contest-problem');
  });

  test('its tests open side by side', async () => {
    await workbench.tree('Tasks').contextMenu(PROBLEM, 'Open Tests…');
    await workbench.pick(/^Private tests/);
    await workbench.pick(/^All 2 Tests/);
    await workbench.multiDiffEntries().nth(1).waitFor();
    await workbench.screenshot('contest-tests');
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
      await results.item(/public test 1.*Failed/i).waitFor({ timeout: RUN_LIMIT_MS });
      await workbench.screenshot('contest-failed');
      await results.item(/public test 1.*Failed/i).click();
      await workbench.screenshot('contest-failed-diff');
    },
    RUN_LIMIT_MS,
  );
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
    const page = pageOf(workbench);
    await page.getByRole('navigation', { name: 'Stages' }).waitFor();
    await expect.poll(() => page.getByRole('article').count(), PATIENTLY).toBeGreaterThanOrEqual(5);
    await workbench.screenshot('flow');
  });
});
