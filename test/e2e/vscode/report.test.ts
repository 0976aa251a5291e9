import path from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRepositoryRow } from '../../../src/runner/model';
import { HubServer } from '../../support/hubServer';
import { LargeRun } from '../../support/largeRuns';
import { parquetOf } from '../../support/parquet';
import { writeRun } from '../../support/recordedRuns';
import { agentRun, officialRows, officialTasks } from '../../support/reportedRuns';
import { reloadWith } from './reloadWith';
import { SAMPLE_TASK, sampleRow } from './samples';
import { VsCode } from './vscode';
import type { Workbench } from './workbench';

const RUN_LIMIT_MS = 120_000;
const FIRST = '2026-02-03T09-15-00-UTC_run-group_runner';
const SECOND = '2026-02-04T09-15-00-UTC_run-group_runner';

/** Two recorded runs of official tasks and one of the samples: the second has a patch of it, the first has none. */
async function recordRuns({ folder }: VsCode): Promise<void> {
  const out = path.join(folder, 'sandbox/runs');
  const row = await sampleRow(folder, SAMPLE_TASK);
  const repo = path.resolve(folder, row.repo);
  const sample = parseRepositoryRow({ ...row, repo }, { file: 'seed_tasks.jsonl', line: 1 });
  if (!sample.ok) throw new Error(JSON.stringify(sample.problems));
  const tasks = officialTasks(60);
  const [first, second] = [
    agentRun(FIRST, tasks),
    agentRun(SECOND, tasks, { shift: 3, model: 'example/model-2' }),
  ];
  const { task } = sample;
  await writeRun(out, {
    ...first,
    trials: [...first.trials, { task, result: { status: 'empty_patch' } }],
  });
  await writeRun(out, {
    ...second,
    trials: [...second.trials, { task, result: { status: 'passed' }, patch: row.patch }],
  });
}

describe('the report of a run', () => {
  let vscode: VsCode;
  let workbench: Workbench;
  let page: FrameLocator;
  const row = (name: string | RegExp): Locator => page.getByRole('row', { name });
  const count = (): Promise<string> => page.getByRole('status').first().innerText();

  beforeAll(async () => {
    vscode = await VsCode.start({ settings: { 'workbench.colorTheme': 'Default Dark Modern' } });
    ({ workbench } = vscode);
    page = workbench.webview();
    await recordRuns(vscode);
  });

  afterAll(async () => {
    await workbench.screenshot('report-last');
    await vscode[Symbol.asyncDispose]();
  });

  test('is opened from the tree, and says what the run came to', async () => {
    await workbench.openContainer('Benchyard');
    const runs = workbench.tree('Runs');
    await runs.inlineAction(/^runner \(example\/model-1\)/, 'Open Run Report');
    await row(/^django__django-1000, resolved/).waitFor();
    await page.getByRole('region', { name: /^Resolved: 39\.3 % 24 of 61 trials/ }).waitFor();
    const difficulties = await page.getByRole('table', { name: 'By difficulty' }).innerText();
    expect(difficulties.replaceAll(/\s+/g, ' ')).toContain(
      '<15 min fix 8/20 40.0 % 15 min - 1 hour',
    );
    expect(await page.getByRole('table', { name: 'Time per stage' }).innerText()).toContain(
      'agent',
    );
    await workbench.screenshot('report-dark');
  });

  test('narrows its trials by what was chosen, and sorts them', async () => {
    await page.getByRole('button', { name: 'django/django' }).click();
    await expect.poll(count).toBe('15 of 61 trials');
    await page.getByRole('button', { name: /^unresolved/ }).click();
    await expect.poll(count).toBe('9 of 61 trials');
    await workbench.screenshot('report-filtered');
    await workbench.page.keyboard.press('Escape');
    await expect.poll(count).toBe('61 trials');
    await page.getByRole('button', { name: 'Time', exact: true }).click();
    await page
      .getByRole('columnheader', { name: 'Time' })
      .and(page.locator('[aria-sort=descending]'))
      .waitFor();
    // The list is drawn with the next frame.
    const first = page.locator('.rows .row').first();
    await expect.poll(() => first.innerText()).toContain('7m 1');
  });

  test('compares with another run, by the keyboard', async () => {
    await workbench.page.keyboard.press('c');
    await workbench.quickOption(/model-2/).waitFor();
    await workbench.screenshot('compare-pick');
    await workbench.page.keyboard.press('Enter');
    await workbench.editorTab('Compare: runner ↔ runner').waitFor();
    await page.getByRole('region', { name: /^McNemar/ }).waitFor();
    await row(/^sympy__sympy-1001, fixed/).waitFor();
    await workbench.screenshot('comparison');
    await workbench.page.keyboard.press('/');
    await workbench.page.keyboard.type('cronette');
    await expect.poll(count).toBe('1 of 61 pairs');
    await workbench.page.keyboard.press('Enter');
    await row(/^cronette__day-or-weekday, fixed/)
      .and(page.locator(':focus'))
      .waitFor();
    await workbench.page.keyboard.press('Enter');
    await workbench.editorTab(`${SAMPLE_TASK}: runner trial 1 ↔ runner trial 1`).waitFor();
    await workbench.diff().untilShown();
    await workbench.screenshot('comparison-diff');
  });
});

describe('the page of a run of thousands of trials', () => {
  let vscode: VsCode;
  let workbench: Workbench;
  let page: FrameLocator;
  let run: LargeRun;
  const failure = (name: RegExp): Locator => page.getByRole('button', { name });
  const done = async (): Promise<number> => {
    const text = await page.getByRole('progressbar').getAttribute('aria-valuetext');
    return Number((/^([\d,]+) of 10,000 trials done/.exec(text ?? '')?.[1] ?? '').replace(',', ''));
  };

  beforeAll(async () => {
    vscode = await VsCode.start({ settings: { 'workbench.colorTheme': 'Default Dark Modern' } });
    ({ workbench } = vscode);
    page = workbench.webview();
    const out = path.join(vscode.folder, 'sandbox/runs');
    run = await LargeRun.write(out, { trials: 10_000, ended: 2000, concurrency: 24 });
  });

  afterAll(async () => {
    await workbench.screenshot('progress-last');
    await vscode[Symbol.asyncDispose]();
    await run[Symbol.asyncDispose]();
  });

  test('says how far it is, how it goes and what fails, while it goes on', async () => {
    await workbench.openContainer('Benchyard');
    await workbench.tree('Runs').inlineAction(/^large/, 'Open Run Report');
    await expect.poll(done).toBe(2000);
    const facts = page.getByRole('region', { name: 'Progress' }).locator('dl');
    const text = await facts.innerText();
    expect(text).toContain('Time left');
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /Cost \$100.00 Cost in all ≈ \$\d+\.\d\d over the limit \$400/,
    );
    expect(text).toContain('agent, 80 % of the time');
    const nodes = await page.getByRole('table', { name: 'Nodes' }).innerText();
    expect(nodes).toContain('node3');
    await workbench.screenshot('progress-dark');

    // Fifty events a second, as of a cluster, while somebody reads on.
    let told = 2000;
    for (let n = 0; n < 60; n += 1) {
      await run.goOn();
      told += 1;
      if (n === 30) await page.locator('main').press('PageDown');
    }
    await expect.poll(done).toBe(told);
    expect(await page.locator('.rows .row').count()).toBeLessThan(100);
  });

  test('opens an example of a failure, shows those that fail alike, and keeps the keyboard', async () => {
    const line = failure(
      /^187 trials, infrastructure failure · sandbox-lost, The sandbox is gone: container … exited/,
    );
    await line.focus();
    await workbench.page.keyboard.press('Enter');
    await page.getByText(/^The sandbox is gone: container [0-9a-f]+ exited with 137\.$/).waitFor();
    await workbench.screenshot('progress-failure');
    await page.getByRole('button', { name: 'Show These Below' }).press('Enter');
    await expect
      .poll(() => page.getByRole('status').first().innerText())
      .toBe('187 of 10,000 trials');
    // Another trial of the group: it grows under the keyboard.
    for (let n = 0; n < 11; n += 1) await run.goOn();
    await failure(/^188 trials, infrastructure failure/).waitFor();
    await page
      .getByRole('button', { name: 'Show All Trials' })
      .and(page.locator(':focus'))
      .waitFor();
    // While the run goes on, what broke cannot be tried again in it.
    expect(await page.getByRole('button', { name: 'Retry Infrastructure Failures' }).count()).toBe(
      0,
    );
    await page.locator('.failure-body .link').first().click();
    await workbench.editorTab('after.log').waitFor();
  });

  test('that is interrupted offers to try again what broke', async () => {
    await run[Symbol.asyncDispose]();
    await workbench.editorTab(/^Report: large/).click();
    await page.locator('header').getByText('interrupted').waitFor({ timeout: 30_000 });
    await failure(/^188 trials, infrastructure failure/).click();
    await page.getByRole('button', { name: 'Retry Infrastructure Failures' }).waitFor();
    await workbench.screenshot('progress-interrupted');
  });
});

describe('the tasks of datasets', () => {
  let hub: HubServer;
  let vscode: VsCode;
  let workbench: Workbench;

  beforeAll(async () => {
    hub = await HubServer.start();
    const rows = parquetOf(officialRows(12));
    hub.put('SWE-bench/SWE-bench_Lite', { 'data/test-00000-of-00001.parquet': rows });
    vscode = await VsCode.start({
      settings: { 'workbench.colorTheme': 'Default Light Modern' },
      env: { HF_ENDPOINT: hub.endpoint },
    });
    ({ workbench } = vscode);
  });

  afterAll(async () => {
    await workbench.screenshot('tasks-last');
    await vscode[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
  });

  test('are downloaded once, and stand by dataset, repository and version', async () => {
    await workbench.openContainer('Benchyard');
    const tasks = workbench.tree('Tasks');
    await tasks.item(/^SWE-bench, 12 tasks/).waitFor();
    await workbench.palette('Benchyard: Add Dataset…');
    await workbench.quickOption(/^SWE-bench Lite/).waitFor();
    await workbench.screenshot('add-dataset');
    await workbench.pick(/^SWE-bench Lite/);
    await tasks.expand(/^SWE-bench Lite \(test\), 12 tasks/);
    await tasks.expand(/^django\/django, 3 tasks/);
    await tasks.expand(/^2\.0, 1 task/);
    await tasks.item(/^django__django-1004, django\/django, not run/).waitFor();
    await workbench.screenshot('task-levels');
  });

  test('a click shows what a task asks for, and not how it is solved', async () => {
    await workbench
      .tree('Tasks')
      .item(/^django__django-1004/)
      .click();
    await workbench.editorTab('django__django-1004').waitFor();
    const page = workbench.webview();
    await page.getByText('The answer is wrong').waitFor();
    const text = await page.locator('body').innerText();
    expect(text.replaceAll('\u2060', '')).toContain('see <script>alert(1)</script>.');
    expect(text).not.toContain('the solution');
    await workbench.screenshot('statement');
  });

  test('the gold patch is shown when it is asked for', async () => {
    await workbench.tree('Tasks').contextMenu(/^django__django-1004/, 'Show Gold Patch');
    await workbench.editorTab('django__django-1004.gold.diff').waitFor();
    await expect.poll(() => workbench.editorText()).toContain('the solution');
  });

  test('a run that appears has its report, in light colours too', async () => {
    await recordRuns(vscode);
    await workbench.palette('Benchyard: Refresh Runs');
    const runs = workbench.tree('Runs');
    await runs.contextMenu(/^runner \(example\/model-2\)/, 'Open Run Report');
    const page = workbench.webview();
    await page.getByRole('row', { name: /^django__django-1000, resolved/ }).waitFor();
    await workbench.screenshot('report-light');
  });

  test(
    'the report of a run goes on with it, and comes back with the window',
    async () => {
      await workbench.tree('Tasks').expand(/^Seed files/);
      await workbench.tree('Tasks').expand(/^cronette/);
      await workbench.tree('Tasks').inlineAction(new RegExp(`^${SAMPLE_TASK}`), 'Run');
      await workbench.tree('Runs').contextMenu(/^gold on/, 'Open Run Report');
      const page = workbench.webview();
      // However busy the machine is: it comes to some end.
      const ended = page.getByRole('row', {
        name: new RegExp(`^${SAMPLE_TASK}, (?!running|not run)`),
      });
      await ended.waitFor({ timeout: RUN_LIMIT_MS });
      await page.locator('header').getByText('finished').waitFor();
      await reloadWith(workbench, 'run-group_gold"]');
      await workbench.editorTab('Report: gold').waitFor();
      await ended.waitFor({ timeout: RUN_LIMIT_MS });
    },
    2 * RUN_LIMIT_MS,
  );
});
