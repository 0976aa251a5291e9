import assert from 'node:assert/strict';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import type { TaskLeaf, TaskNode } from '../../../src/presentation/taskTree';
import { noFilter } from '../../../src/presentation/taskTree';
import { writeReport } from '../../../src/views/report/exportReport';
import { statesOf } from '../../../src/views/report/reportSource';
import { inWorkspace, SAMPLE_TASK, sampleRow, services, writeTasks } from '../benchyard';
import { until } from '../until';

const RUN_LIMIT_MS = 240_000;
const file = 'validated.tasks.jsonl';
const brokenPatch =
  'diff --git a/NOTES.md b/NOTES.md\nnew file mode 100644\n--- /dev/null\n+++ b/NOTES.md\n@@ -0,0 +1 @@\n+Nothing is mended.\n';

async function leafOf(taskId: string): Promise<TaskLeaf> {
  const { tasksView } = await services();
  const find = async (node?: TaskNode): Promise<TaskLeaf | undefined> => {
    for (const child of await tasksView.getChildren(node)) {
      if (child.kind === 'task' && child.label === taskId) return child;
      const found = await find(child);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return until(`the task ${taskId}`, () => find());
}

function activeTab(): vscode.Tab | undefined {
  return vscode.window.tabGroups.activeTabGroup.activeTab;
}

describe('what tasks are worth, and what runs came to', function () {
  this.timeout(RUN_LIMIT_MS);

  before(async () => {
    const row = await sampleRow(SAMPLE_TASK);
    await writeTasks(file, [
      { ...row, task_id: 'worth-good' },
      {
        ...row,
        task_id: 'worth-broken',
        patch: brokenPatch,
        problem_statement: 'It <b>fails</b>.',
      },
    ]);
    const { tasks } = await services();
    await tasks.refresh();
  });

  after(async () => {
    const { tasks, tasksView } = await services();
    tasksView.filter = noFilter;
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(inWorkspace(file), { force: true });
    await rm(inWorkspace('validated.tasks.validation.json'), { force: true });
    await tasks.refresh();
  });

  it('a validation is a run like any other, and marks the tasks of the tree', async () => {
    const { runs, tasksView, validations } = await services();
    const leaves = [await leafOf('worth-good'), await leafOf('worth-broken')];
    await runCommand('benchyard.tasks.validate', leaves[0], leaves, { repeat: 1 });
    const [run] = runs.entries;
    assert.equal(run?.state?.phase, 'finished');
    assert.deepEqual(
      leaves.map(({ task }) => validations.markOf(task)),
      ['good', 'broken'],
    );
    const item = tasksView.getTreeItem(await leafOf('worth-broken'));
    assert.match(item.accessibilityInformation?.label ?? '', /validated as broken$/);
    assert.equal(item.resourceUri?.query, 'broken');
    tasksView.filter = { ...noFilter, marks: ['broken'] };
    assert.deepEqual(
      tasksView.tasksOf().map(({ taskId }) => taskId),
      ['worth-broken'],
    );
    tasksView.filter = noFilter;
    await runCommand('benchyard.tasks.showValidation');
    const report = await vscode.workspace.openTextDocument(uriOfTab());
    assert.match(report.getText(), /\*\*worth-broken\*\*: its gold patch is failed/);
  });

  it('a report opens as a page, and is written without the bad tasks when that is asked for', async () => {
    const { runs, validations, reports } = await services();
    const [run] = runs.entries;
    assert.ok(run);
    await runCommand('benchyard.run.openReport', run.tree.root);
    await until('its tab', () => activeTab()?.label === 'Report: gold');
    assert.deepEqual(reports.active?.runs, [run]);
    const states = await statesOf(runs, [run]);
    const rates: string[] = [];
    for (const left of [[], validations.all]) {
      const uri = vscode.Uri.file(inWorkspace('report.md'));
      await writeReport(states, { uri, validations: left });
      rates.push(/\d+\.\d %/.exec(await readFile(uri.fsPath, 'utf8'))?.[0] ?? '');
      await rm(uri.fsPath);
    }
    assert.deepEqual(rates, ['50.0 %', '100.0 %']);
  });

  it('a click on a task shows its statement; its solution is shown on demand only', async () => {
    const { tasksView } = await services();
    const leaf = await leafOf('worth-broken');
    assert.equal(tasksView.getTreeItem(leaf).command?.command, 'benchyard.task.openStatement');
    await runCommand('benchyard.task.openStatement', leaf);
    const tab = await until('the page', () =>
      activeTab()?.label === 'worth-broken' ? activeTab() : undefined,
    );
    assert.ok(tab.input instanceof vscode.TabInputCustom);
    assert.equal(tab.input.viewType, 'vscode.markdown.preview.editor');
    const text = (await vscode.workspace.openTextDocument(uriOfTab())).getText();
    assert.match(text, /Validation \| broken/);
    assert.ok(!text.includes('<b>') && !text.includes('Nothing is mended'));
    await runCommand('benchyard.task.showGoldPatch', leaf);
    assert.equal(vscode.window.activeTextEditor?.document.getText(), brokenPatch);
    assert.equal(vscode.window.activeTextEditor.document.languageId, 'diff');
  });

  it('a file of tasks anywhere is added to the list', async () => {
    const { tasks, config } = await services();
    const folder = inWorkspace('elsewhere');
    await mkdir(folder, { recursive: true });
    await writeTasks('elsewhere/rows.jsonl', [
      { ...(await sampleRow(SAMPLE_TASK)), repo: '../repos/x' },
    ]);
    const before = config.taskFiles;
    try {
      await runCommand('benchyard.tasks.addDataset', path.join(folder, 'rows.jsonl'));
      assert.ok(config.taskFiles.includes('elsewhere/rows.jsonl'), config.taskFiles.join(' '));
      await until('its task', () =>
        tasks.tasks.some(({ source }) => source.file.endsWith('rows.jsonl')),
      );
    } finally {
      const section = vscode.workspace.getConfiguration('benchyard');
      await section.update('taskFiles', undefined, vscode.ConfigurationTarget.Workspace);
      await rm(folder, { recursive: true });
    }
    assert.ok(before.length > 0);
    await until('the list as it was', () => config.taskFiles.length === before.length);
  });
});

function uriOfTab(): vscode.Uri {
  const input = activeTab()?.input;
  assert.ok(input instanceof vscode.TabInputCustom);
  return input.uri;
}
