import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TaskNode } from '../../../src/presentation/taskTree';
import { noFilter } from '../../../src/presentation/taskTree';
import type { TasksView } from '../../../src/views/tasksView';
import { SAMPLE_TASK, sampleRow, services, writeTasks } from '../benchyard';
import { until } from '../until';

/** The tree as indented text, the way that a person reads it. */
async function outline(view: TasksView, node?: TaskNode, depth = 0): Promise<readonly string[]> {
  const children = await view.getChildren(node);
  const lines = await Promise.all(
    children.map(async (child) => [
      `${'  '.repeat(depth)}${child.label}`,
      ...(await outline(view, child, depth + 1)),
    ]),
  );
  return lines.flat();
}

const labels = (lines: readonly string[]): readonly string[] => lines.map((line) => line.trim());

describe('the view Tasks', () => {
  const file = 'edited.tasks.jsonl';

  afterEach(async () => {
    const { tasks, tasksView } = await services();
    const uri = await writeTasks(file, []);
    await rm(uri.fsPath);
    tasksView.filter = noFilter;
    await tasks.refresh();
  });

  it('groups the samples by benchmark and repository', async () => {
    const { tasksView } = await services();
    const lines = await outline(tasksView);
    assert.ok(lines.includes('SWE-bench'));
    assert.ok(lines.includes(`    ${SAMPLE_TASK}`), lines.join('\n'));
    const node = await until('the task', async () => {
      const [benchmark] = await tasksView.getChildren();
      const groups = await tasksView.getChildren(benchmark);
      const leaves = await Promise.all(groups.map((group) => tasksView.getChildren(group)));
      return leaves.flat().find((leaf) => leaf.label === SAMPLE_TASK);
    });
    const item = tasksView.getTreeItem(node);
    assert.match(item.accessibilityInformation?.label ?? '', new RegExp(`^${SAMPLE_TASK}, .+`));
    assert.match(item.contextValue ?? '', /\btask\b.*\bhasSource\b/);
  });

  it('reads a file that appears, and drops its tasks when it is removed', async () => {
    const { tasks, tasksView } = await services();
    await tasks.load();
    const uri = await writeTasks(file, [{ ...(await sampleRow(SAMPLE_TASK)), task_id: 'new-one' }]);
    await until('the new task', async () => labels(await outline(tasksView)).includes('new-one'));
    await rm(uri.fsPath);
    await until('the end of it', async () => !labels(await outline(tasksView)).includes('new-one'));
  });

  it('shows a bad line in Problems, keeps the good ones, and forgets it when it is mended', async () => {
    const { tasks, tasksView } = await services();
    await tasks.load();
    const good = { ...(await sampleRow(SAMPLE_TASK)), task_id: 'good-one' };
    const bad = { ...(await sampleRow(SAMPLE_TASK)), task_id: 'bad-one', ref: 7 };
    const uri = await writeTasks(file, [good, bad, '{"task_id": ']);
    const problems = await until('two problems', () => {
      const found = vscode.languages.getDiagnostics(uri);
      return found.length === 2 ? found : undefined;
    });
    const [second, third] = [...problems].sort((a, b) => a.range.start.line - b.range.start.line);
    assert.equal(second?.source, 'Benchyard');
    assert.equal(second.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(second.range.start.line, 1);
    assert.match(second.message, /^ref: /);
    assert.equal(third?.range.start.line, 2);
    const shown = labels(await outline(tasksView));
    assert.ok(shown.includes('good-one'));
    assert.ok(!shown.includes('bad-one'));

    await writeTasks(file, [good, { ...bad, ref: good['ref' as keyof typeof good] }]);
    await until('no problem', () => vscode.languages.getDiagnostics(uri).length === 0);
    await until('the mended task', async () =>
      labels(await outline(tasksView)).includes('bad-one'),
    );
  });

  it('shows what the filter leaves', async () => {
    const { tasks, tasksView } = await services();
    await tasks.load();
    tasksView.filter = { ...noFilter, text: 'slugify' };
    assert.deepEqual((await outline(tasksView)).slice(2), [`    ${SAMPLE_TASK}`]);
    tasksView.filter = noFilter;
    assert.ok((await outline(tasksView)).length > 10);
  });
});
