import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import { inWorkspace, SAMPLE_TASK, sampleRow, services } from '../benchyard';
import { until } from '../until';

const RUN_LIMIT_MS = 300_000;

describe('a task made of a commit in the editor', function () {
  this.timeout(RUN_LIMIT_MS);
  const repo = inWorkspace('fixes');

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(repo, { recursive: true, force: true });
  });

  it('stands in the seed file and in the tree, with the tests that the fix mended', async () => {
    const { ref, repo: bundle, ...sample } = await sampleRow(SAMPLE_TASK);
    const { install = '' } = sample;
    assert.ok(typeof install === 'string');
    const git = (...args: readonly string[]): string =>
      execFileSync('git', args, { encoding: 'utf8' }).trim();
    git('clone', '-q', inWorkspace(String(bundle)), repo);
    const [fix = ''] = git('-C', repo, 'rev-list', '--reverse', `${String(ref)}..HEAD`).split('\n');
    const { tasks, core } = await services();
    const runner = await core.runner();
    const commits = await runner.recentCommits(repo, { signal: new AbortController().signal });
    assert.ok(commits.some(({ sha }) => sha === fix));

    await runCommand('benchyard.tasks.createFromCommit', { repo, commit: fix, install });
    const file = path.join(repo, 'seed_tasks.jsonl');
    const row = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    assert.equal(row['repo'], '.');
    assert.deepEqual(row['FAIL_TO_PASS'], sample['FAIL_TO_PASS']);
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file);
    const taskId = `fixes__${fix.slice(0, 7)}`;
    assert.equal(row['task_id'], taskId);
    await until('the task', () => tasks.tasks.find((task) => task.taskId === taskId), 20_000);
  });
});
