import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SAMPLE_TASK, sampleRow, writeTasks } from './samples';
import { VsCode } from './vscode';
import type { Workbench } from './workbench';

const RUN_LIMIT_MS = 240_000;

/** A person's first hour with the samples, in one VS Code: each test goes on from where the one before it stopped. */
describe('the main job in VS Code', () => {
  let vscode: VsCode;
  let workbench: Workbench;

  beforeAll(async () => {
    vscode = await VsCode.start();
    ({ workbench } = vscode);
  });

  afterAll(async () => {
    await workbench.screenshot('main-job-last');
    await vscode[Symbol.asyncDispose]();
  });

  test('the samples stand in the tree, by benchmark and repository', async () => {
    await workbench.openContainer('Benchyard');
    const tasks = workbench.tree('Tasks');
    await tasks.item(/^SWE-bench, 12 tasks/).waitFor();
    await tasks.item(new RegExp(`^${SAMPLE_TASK}, cronette, not run`)).waitFor();
    await workbench.screenshot('tasks');
  });

  test(
    'one is run by its inline button, and the tree shows it until it is resolved',
    async () => {
      await workbench.tree('Tasks').inlineAction(new RegExp(`^${SAMPLE_TASK}`), 'Run');
      const runs = workbench.tree('Runs');
      await runs.item(new RegExp(`^gold on ${SAMPLE_TASK}, running`)).waitFor();
      await workbench.screenshot('running');
      expect(
        await workbench
          .tree('Runs')
          .nameOf(new RegExp(`^gold on ${SAMPLE_TASK}, finished`), RUN_LIMIT_MS),
      ).toContain('1 of 1 resolved');
      await runs.expand(new RegExp(`^gold on ${SAMPLE_TASK}`));
      await runs.item(new RegExp(`^${SAMPLE_TASK}, resolved, 3 of 3 fail to pass tests`)).waitFor();
      await workbench
        .tree('Tasks')
        .item(new RegExp(`^${SAMPLE_TASK}, cronette, resolved`))
        .waitFor();
      await workbench.screenshot('resolved');
    },
    RUN_LIMIT_MS,
  );

  test('a click on the trial opens its patch as a native diff', async () => {
    await workbench
      .tree('Runs')
      .item(new RegExp(`^${SAMPLE_TASK}, resolved`))
      .click();
    await workbench.editorTab(`${SAMPLE_TASK} (trial 1): expression.py`).waitFor();
    const diff = workbench.diff();
    await diff.untilShown();
    expect(await diff.original()).not.toBe(await diff.modified());
    await workbench.screenshot('patch');
  });

  test('its output is in a channel of the run', async () => {
    const output = await workbench.output(/^Benchyard: .*run-group_gold/);
    await output.getByText('resolved').first().waitFor();
    await workbench.screenshot('output');
  });

  test('its tests stand in Test Results, by the list that they belong to', async () => {
    await workbench
      .tree('Runs')
      .inlineAction(new RegExp(`^${SAMPLE_TASK}, resolved`), 'Show Tests');
    const results = workbench.testResults();
    await results.item(/FAIL_TO_PASS/).waitFor();
    await workbench.screenshot('test-results');
  });

  test(
    'a patch of several files opens in the multi-file diff editor',
    async () => {
      const row = await sampleRow(vscode.folder, SAMPLE_TASK);
      const note =
        'diff --git a/NOTES.md b/NOTES.md\nnew file mode 100644\n--- /dev/null\n+++ b/NOTES.md\n@@ -0,0 +1 @@\n+Days are alternatives.\n';
      await writeTasks(path.join(vscode.folder, 'more.tasks.jsonl'), [
        { ...row, task_id: 'two-files', patch: row.patch + note },
      ]);
      await workbench
        .tree('Tasks')
        .item(/^two-files/)
        .waitFor();
      await workbench.tree('Tasks').inlineAction(/^two-files/, 'Run');
      const runs = workbench.tree('Runs');
      await runs.item(/^gold on two-files, finished/).waitFor({ timeout: RUN_LIMIT_MS });
      await runs.expand(/^gold on two-files/);
      await runs.item(/^two-files, resolved/).click();
      await workbench.editorTab('two-files (trial 1) (2 files)').waitFor();
      await workbench.multiDiffEntries().nth(1).waitFor();
      await workbench.screenshot('multi-diff');
    },
    RUN_LIMIT_MS,
  );

  test('a bad line stands in Problems, and the tasks beside it stay', async () => {
    const row = await sampleRow(vscode.folder, SAMPLE_TASK);
    await writeTasks(path.join(vscode.folder, 'more.tasks.jsonl'), [
      { ...row, task_id: 'two-files' },
      { ...row, task_id: 'bad-one', ref: 7 },
    ]);
    const problems = await workbench.problems();
    await problems.item(/ref: /).waitFor();
    await workbench
      .tree('Tasks')
      .item(/^two-files/)
      .waitFor();
    await workbench.screenshot('problems');
    await writeTasks(path.join(vscode.folder, 'more.tasks.jsonl'), [row]);
    await problems.item(/ref: /).waitFor({ state: 'detached' });
  });

  test(
    'a window that is reloaded in the middle of a run comes back to the true state',
    async () => {
      const { repo, ref } = await sampleRow(vscode.folder, SAMPLE_TASK);
      await writeTasks(path.join(vscode.folder, 'more.tasks.jsonl'), [
        {
          task_id: 'slow',
          repo,
          ref,
          test_command: 'sleep 600',
          timeouts: { test: 600, total: 900 },
        },
      ]);
      await workbench.tree('Tasks').item(/^slow/).waitFor();
      await workbench.tree('Tasks').inlineAction(/^slow/, 'Run');
      const run = workbench.tree('Runs').item(/^\w+ on slow, running/);
      await run.waitFor();
      await workbench
        .tree('Runs')
        .item(/^slow, running test/)
        .waitFor({ timeout: RUN_LIMIT_MS });
      await workbench.screenshot('mid-run');
      await workbench.reload();
      await workbench.openContainer('Benchyard');
      const runs = workbench.tree('Runs');
      await runs.item(/^\w+ on slow, (cancelled|interrupted)/).waitFor();
      await runs.item(new RegExp(`^gold on ${SAMPLE_TASK}, finished, 1 of 1 resolved`)).waitFor();
      await workbench.multiDiffEntries().nth(1).waitFor();
      await workbench.screenshot('reloaded');
    },
    RUN_LIMIT_MS,
  );
});
