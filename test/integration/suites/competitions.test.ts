import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import type { GroupNode, TaskLeaf, TaskNode } from '../../../src/presentation/taskTree';
import { documentUri } from '../../../src/views/documents';
import type { TrialRef } from '../../../src/views/trialContent';
import { services } from '../benchyard';
import { until } from '../until';

const RUN_LIMIT_MS = 300_000;
const competition = 'demo-tabular';
const section = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('benchyard');

/** The row of a competition, or of one of its tasks. */
async function row(label: string, node?: TaskNode): Promise<TaskNode | undefined> {
  const { tasksView } = await services();
  for (const child of await tasksView.getChildren(node)) {
    if (child.label === label) return child;
    const below = child.kind === 'task' ? undefined : await row(label, child);
    if (below !== undefined) return below;
  }
  return undefined;
}

async function group(label: string): Promise<GroupNode> {
  const found = await until(label, () => row(label));
  assert.equal(found.kind, 'group');
  return found;
}

async function leaf(label: string): Promise<TaskLeaf> {
  const found = await row(label, await group(competition));
  assert.equal(found?.kind, 'task', `${competition} has no task ${label}`);
  return found;
}

async function textOf(query: Parameters<typeof documentUri>[0], name: string): Promise<string> {
  return (await vscode.workspace.openTextDocument(documentUri(query, name))).getText();
}

function tabLabels(): readonly string[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
}

describe('competitions', function () {
  this.timeout(RUN_LIMIT_MS + 60_000);
  let trial: TrialRef | undefined;

  before(async () => {
    await runCommand('benchyard.tasks.addDataset', 'mle:demo');
    await runCommand('benchyard.tasks.addDataset', 'mle:spooky-author-identification');
    const { tasks } = await services();
    await tasks.loadAll();
  });

  after(async () => {
    await section().update('taskFiles', undefined, vscode.ConfigurationTarget.Workspace);
    await section().update('serverPort', undefined, vscode.ConfigurationTarget.Global);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('stand in the tree with the technique tasks on their data', async () => {
    const { tasksView } = await services();
    const own = await leaf('competition');
    assert.match(tasksView.getTreeItem(own).contextValue ?? '', /\bcompetition\b/);
    const technique = await leaf('imbalance');
    assert.match(tasksView.getTreeItem(technique).contextValue ?? '', /\btechnique\b/);
    const images = await group('demo-images');
    const labels = (await tasksView.getChildren(images)).map(({ label }) => label);
    assert.deepEqual(labels, ['competition'], 'no technique task is made from images');
  });

  it('say when their data is not there, and cannot be run then', async () => {
    const { tasksView, competitions } = await services();
    await competitions.load();
    const known = competitions.get('spooky-author-identification');
    const item = tasksView.getTreeItem(await group('spooky-author-identification'));
    if (known?.prepared !== null) return; // somebody prepared it on this machine
    assert.match(String(item.description), /^not prepared · /);
    assert.match(item.contextValue ?? '', /\bunprepared\b/);
    assert.doesNotMatch(item.contextValue ?? '', /\brunnable\b/);
  });

  it('have a page each, and so have technique tasks', async () => {
    const { task } = await leaf('competition');
    const page = await textOf(
      { kind: 'statement', file: task.source.file, task: task.taskId },
      'page',
    );
    assert.match(page, /^# .+\n[^]*\| Metric \| AUC, higher is better \|[^]*## Medals/);
    const technique = await leaf('leakage');
    const { source, taskId } = technique.task;
    const asked = await textOf({ kind: 'statement', file: source.file, task: taskId }, 'asked');
    assert.match(asked, /## What Is Handed In[^]*leakage\\_analysis\.json/);
  });

  it('are prepared by a command', async () => {
    await runCommand('benchyard.competition.prepare', await group(competition));
    const { competitions } = await services();
    assert.equal(competitions.get(competition)?.prepared?.competition_id, competition);
  });

  it('are run, and what was handed in is a table beside the sample', async () => {
    const runDir = await runCommand('benchyard.run.start', [competition], { agent: 'dummy' });
    assert.ok(runDir !== undefined, 'the run did not begin');
    const { runs } = await services();
    const run = runs.get(runDir);
    assert.ok(run !== undefined);
    const state = await until(
      'the end of the run',
      async () => {
        const read = await runs.read(run);
        return read?.phase === 'finished' ? read : undefined;
      },
      RUN_LIMIT_MS,
    );
    const [trialId] = state.trials.keys();
    assert.ok(trialId !== undefined);
    trial = { run, trialId };
    assert.equal(state.trials.get(trialId)?.result?.competition?.valid_submission, true);
    const named = { runId: run.listing.runId, trialId };
    await runCommand('benchyard.trial.compareSubmission', named);
    await until('the table', () => tabLabels().includes(`${competition}: sample ↔ submission`));
    const query = { kind: 'submission', run: run.listing.runId, trial: trialId } as const;
    const sample = await textOf({ ...query, side: 'sample' }, 'sample.txt');
    assert.match(sample, /^id +renewed\nm\d+ +0\.5\n/);
    assert.equal(await textOf({ ...query, side: 'submission' }, 'submission.txt'), sample);
  });

  it('have a leaderboard, of all runs and of one', async () => {
    assert.ok(trial !== undefined, 'the run before did not end');
    await runCommand('benchyard.leaderboard.open', {
      runId: trial.run.listing.runId,
      trialId: trial.trialId,
    });
    await runCommand('benchyard.leaderboard.open', await group(competition));
    await until(
      'both leaderboards',
      () => tabLabels().filter((label) => label === `Leaderboard: ${competition}`).length === 2,
    );
  });

  it('grade a file that somebody made', async () => {
    const { competitions, grades } = await services();
    const { data } = await competitions.page(competition);
    const sample = path.join(data.public, 'sample_submission.csv');
    await runCommand(
      'benchyard.competition.grade',
      await group(competition),
      vscode.Uri.file(sample),
    );
    await until('the grade', () =>
      tabLabels().some((label) => label.includes('Grade of sample_submission.csv')),
    );
    const { signal } = new AbortController();
    const train = path.join(data.public, 'train.csv');
    const grade = await grades.grade(train, competition, { signal, onProgress: () => undefined });
    assert.match(await grades.page(grade), /: invalid submission\n[^]*\| Why \| /);
  });
});

describe('the server of the window', function () {
  this.timeout(60_000);

  it('starts, wants its token, and stops', async () => {
    await section().update('serverPort', 0, vscode.ConfigurationTarget.Global);
    const { server } = await services();
    await runCommand('benchyard.server.start');
    const started = server.current;
    assert.ok(started !== null, 'no server answers');
    assert.equal((await fetch(`${started.url}/runs`)).status, 401);
    const headers = { authorization: `Bearer ${started.token ?? ''}` };
    assert.equal((await fetch(`${started.url}/runs`, { headers })).status, 200);
    await runCommand('benchyard.server.copyUrl');
    assert.equal(await vscode.env.clipboard.readText(), started.url);
    await runCommand('benchyard.server.stop');
    assert.equal(server.current, null);
    await assert.rejects(fetch(`${started.url}/health`));
  });
});
