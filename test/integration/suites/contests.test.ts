import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import type { TaskLeaf, TaskNode } from '../../../src/presentation/taskTree';
import type { TrialResult } from '../../../src/runner/index';
import { documentUri } from '../../../src/views/documents';
import { contestRows } from '../../support/contestTasks';
import { inWorkspace, services, writeTasks } from '../benchyard';
import { until } from '../until';

const RUN_LIMIT_MS = 240_000;
const source = 'practice.contests.jsonl';
const sum = '4_A. Sum of Two';

/** The rows of the tree under a node, whatever the level. */
async function leaves(node?: TaskNode): Promise<readonly TaskLeaf[]> {
  const { tasksView } = await services();
  const children = await tasksView.getChildren(node);
  const below = await Promise.all(
    children.map((child) => (child.kind === 'task' ? Promise.resolve([child]) : leaves(child))),
  );
  return below.flat();
}

async function problem(name: string): Promise<TaskLeaf> {
  return until(name, async () => (await leaves()).find(({ label }) => label === name));
}

/** Results of the programs that were run so far, the newest first. */
async function results(): Promise<readonly TrialResult[]> {
  const { runs } = await services();
  await runs.load();
  const states = await Promise.all(runs.entries.map((entry) => runs.read(entry)));
  return states.flatMap((state) =>
    state?.plan?.agent === 'candidates'
      ? [...state.trials.values()].flatMap(({ result }) => result ?? [])
      : [],
  );
}

describe('contest problems', function () {
  this.timeout(RUN_LIMIT_MS + 60_000);

  before(async () => {
    await writeTasks(source, contestRows);
  });

  after(async () => {
    const { tasks } = await services();
    await rm(inWorkspace(source));
    await tasks.refresh();
  });

  it('stand under CodeContests by their sites, with what may be done with them', async () => {
    const { tasksView } = await services();
    const node = await problem(sum);
    assert.equal(node.parent.label, 'Codeforces');
    const item = tasksView.getTreeItem(node);
    assert.match(item.contextValue ?? '', /\bcontest\b/);
    assert.doesNotMatch(item.contextValue ?? '', /\b(hasRepository|hasGold)\b/);
  });

  it('have a page, and each of their tests is a document', async () => {
    const { contests } = await services();
    const page = await vscode.workspace.openTextDocument(
      documentUri({ kind: 'statement', file: source, task: sum }, sum),
    );
    assert.match(page.getText(), /^# 4\\_A\. Sum of Two/);
    const place = { file: source, task: sum, tests: 'private_tests', index: 1 } as const;
    const input = await vscode.workspace.openTextDocument(
      documentUri({ kind: 'contestTest', ...place, side: 'input' }, 'input.txt'),
    );
    assert.equal(input.getText(), '7 8\n');
    const task = await contests.task(source, sum);
    assert.equal((await contests.tests(task, 'generated_tests')).length, 1);
    await assert.rejects(contests.task(source, 'no such problem'), /does not exist any more/);
  });

  it('are solved by a file of the workspace that is named after them', async () => {
    const file = vscode.Uri.file(inWorkspace('4_A.py'));
    await writeFile(file.fsPath, 'a, b = map(int, input().split())\nprint(a - b)\n');
    try {
      await runCommand('benchyard.candidate.run', file);
      const [wrong] = await until('the verdict', async () => {
        const found = await results();
        return found.length > 0 ? found : undefined;
      });
      assert.deepEqual(wrong?.contest, { n: 1, c: 0, verdicts: { wrong_answer: 1 } });
    } finally {
      await rm(file.fsPath);
    }
  });

  it('are solved by what an editor holds and nobody saved, and it opens again from its trial', async () => {
    const before = (await results()).length;
    const document = await vscode.workspace.openTextDocument({
      language: 'python',
      content: `# benchyard: ${source}/4_A\nprint(sum(map(int, input().split())))\n`,
    });
    await vscode.window.showTextDocument(document);
    await runCommand('benchyard.candidate.run', document.uri);
    const found = await until('the verdict', async () => {
      const all = await results();
      return all.length > before ? all : undefined;
    });
    assert.ok(found.some(({ contest }) => contest?.c === 1));
    const { runs, contests } = await services();
    const run = runs.entries.find(({ state }) =>
      [...(state?.trials.values() ?? [])].some(({ result }) => result?.contest?.c === 1),
    );
    const [trialId] = run?.state?.trials.keys() ?? [];
    assert.ok(run !== undefined && trialId !== undefined);
    const [candidate] = await contests.candidates({ run, trialId });
    assert.equal(candidate?.report?.verdict, 'passed');
    assert.equal(candidate.program.source, document.getText());
    await runCommand('benchyard.trial.openCandidates', { runId: run.listing.runId, trialId });
    const shown = await until('the program', () => vscode.window.activeTextEditor?.document);
    assert.equal(shown.uri.scheme, 'benchyard');
    assert.equal(shown.languageId, 'python');
  });
});
