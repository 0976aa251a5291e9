import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeHost } from '../../../src/nodeHost';
import { createRunner } from '../../../src/runner/index';
import { searchSteps } from '../../support/searchSteps';
import { Recording } from '../../support/trajectories';
import { VsCode } from './vscode';
import type { Workbench } from './workbench';

const RUN_LIMIT_MS = 120_000;
const COMPETITION = 'demo-tabular';

/** A run of the agent `aide`, as it leaves its solutions behind. */
async function recordSearch(folder: string): Promise<void> {
  const host = nodeHost({ cwd: folder });
  const { signal } = new AbortController();
  const { tasks } = await createRunner(host).loadTasks([`mle:${COMPETITION}`], { signal });
  const [task] = tasks;
  if (task === undefined) throw new Error(`there is no ${COMPETITION}`);
  const recording = await Recording.begin({
    host,
    out: path.join(folder, 'sandbox/runs'),
    base: {},
    model: 'example/model-1',
    work: { task, agent: 'aide/dev' },
  });
  await recording.record(searchSteps.map((step) => ({ step })));
  await recording.end({});
}

describe('competitions in VS Code', () => {
  let vscode: VsCode;
  let workbench: Workbench;

  beforeAll(async () => {
    vscode = await VsCode.start({
      settings: {
        'workbench.colorTheme': 'Default Dark Modern',
        'benchyard.taskFiles': ['mle:demo', 'mle:spooky-author-identification'],
      },
      machineSettings: {
        'benchyard.agent': 'dummy',
        'benchyard.attempts': 2,
        'benchyard.serverPort': 0,
      },
    });
    ({ workbench } = vscode);
    await recordSearch(vscode.folder);
  });

  afterAll(async () => {
    await workbench.screenshot('competitions-last');
    await vscode[Symbol.asyncDispose]();
  });

  test('stand in the tree with their technique tasks, and say what is not prepared', async () => {
    await workbench.openContainer('Benchyard');
    const tasks = workbench.tree('Tasks');
    await tasks.expand(/^Demonstrations/);
    await tasks.expand(/^demo-tabular, .*AUC/);
    await tasks.item(/^imbalance, demo-tabular/).waitFor();
    await tasks.expand(/^MLE-bench, 7 tasks/);
    await tasks.item(/^spooky-author-identification, .*not prepared/).waitFor();
    await workbench.screenshot('competition-tree');
  });

  test('a competition opens as a page', async () => {
    await workbench
      .tree('Tasks')
      .item(/^competition, demo-tabular/)
      .click();
    await workbench.editorTab(COMPETITION).waitFor();
    const page = workbench.webview();
    await page.getByRole('heading', { name: 'Medals' }).waitFor();
    expect(await page.locator('body').innerText()).toMatch(/AUC, higher is better/);
    await workbench.screenshot('competition-page');
  });

  test(
    'it is run, and what was handed in stands beside the sample as a table',
    async () => {
      await workbench.tree('Tasks').inlineAction(/^competition, demo-tabular/, 'Run');
      const runs = workbench.tree('Runs');
      await runs.item(/^dummy on demo-tabular, finished/).waitFor({ timeout: RUN_LIMIT_MS });
      await runs.expand(/^dummy on /);
      await runs.item(/^demo-tabular \(attempt 1\), no medal, score 0\.5/).click();
      await workbench.editorTab(/^demo-tabular: sample ↔ submission/).waitFor();
      await expect.poll(() => workbench.diff().modified()).toMatch(/id +renewed/);
      await workbench.screenshot('competition-table');
    },
    RUN_LIMIT_MS,
  );

  test('the leaderboard shows where its attempts stand, and what they handed in', async () => {
    await workbench.tree('Runs').contextMenu(/^demo-tabular \(attempt 1\)/, 'Open Leaderboard');
    const page = workbench.webview();
    const picture = page.getByRole('img', { name: /Gold at 0\.802.*attempt 1, no medal/ });
    await picture.waitFor();
    await workbench.screenshot('leaderboard');
    await page
      .getByRole('button', { name: /^Open: attempt 2, no medal, score 0\.5, place/ })
      .focus();
    await page.locator('.mark.current').waitFor();
    await page.getByRole('button', { name: 'Compare with the sample: attempt 2' }).press('Enter');
    await workbench.editorTab(/^demo-tabular: sample ↔ submission/).waitFor();
    // It takes the focus when it is shown, which would close a menu.
    await workbench.page.locator('.monaco-diff-editor .monaco-editor.focused').first().waitFor();
  });

  test('its score stands in Test Results', async () => {
    await workbench.tree('Runs').contextMenu(/^demo-tabular \(attempt 1\)/, 'Show Tests');
    const results = workbench.testResults();
    await results.root.getByRole('treeitem').filter({ hasText: 'no medal' }).first().waitFor();
    await workbench.screenshot('competition-results');
  });

  test('the solutions of a search open, and each beside the one that it was made from', async () => {
    const runs = workbench.tree('Runs');
    await runs.expand(/^aide\/dev/);
    await runs.expand(/^demo-tabular, resolved/);
    await runs.expand(/^solutions, 4 solutions/);
    await runs.item(/^Improve 3, score 0\.78, best so far/).waitFor();
    await workbench.screenshot('solutions');
    await runs.item(/^Debug 2/).click();
    await workbench.editorTab(/node 2 output/).waitFor();
    await runs.inlineAction(/^Improve 3/, 'Compare Solution with Parent');
    await workbench.editorTab(/node 0 ↔ node 3/).waitFor();
    await workbench.diff().untilShown();
    await workbench.screenshot('solution-diff');
  });

  test('the server starts, says so in the status bar, and stops', async () => {
    await workbench.palette('Benchyard: Start Server');
    const status = workbench.page.getByRole('button', {
      name: /server at http:\/\/127\.0\.0\.1:\d+/,
    });
    await status.waitFor({ timeout: 30_000 });
    const [, url = ''] =
      /server at (\S+)/.exec((await status.getAttribute('aria-label')) ?? '') ?? [];
    expect((await fetch(`${url}/runs`)).status).toBe(401);
    await workbench.screenshot('server');
    await status.click();
    await workbench.pick('Stop Server');
    await status.waitFor({ state: 'detached' });
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
