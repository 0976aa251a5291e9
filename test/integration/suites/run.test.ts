import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import type { RunState, TrialState } from '../../../src/runner/index';
import type { RunEntry } from '../../../src/views/runsModel';
import { inWorkspace, SAMPLE_TASK, sampleRow, services, writeTasks } from '../benchyard';
import { until } from '../until';

const RUN_LIMIT_MS = 240_000;

/** Starts a run as the command does it, and gives its entry. */
async function start(
  taskIds: readonly string[],
  choices: Parameters<typeof runCommand<'benchyard.run.start'>>[2] = {},
): Promise<RunEntry> {
  const { runs } = await services();
  const runDir = await runCommand('benchyard.run.start', taskIds, choices);
  assert.ok(runDir !== undefined, 'the run did not start');
  const entry = runs.get(runDir);
  assert.ok(entry, `the run ${runDir} is not in the list`);
  return entry;
}

async function untilEnded(entry: RunEntry): Promise<RunState> {
  return until(
    'the end of the run',
    () => (entry.state !== null && entry.state.phase !== 'running' ? entry.state : undefined),
    RUN_LIMIT_MS,
  );
}

function onlyTrial(state: RunState): TrialState {
  const [trial] = state.trials.values();
  assert.ok(trial);
  return trial;
}

function argument(entry: RunEntry): { runId: string; trialId: string } {
  assert.ok(entry.state);
  return {
    runId: entry.listing.runId,
    trialId: onlyTrial(entry.state).plan.trial_id,
  };
}

function activeInput(): unknown {
  return vscode.window.tabGroups.activeTabGroup.activeTab?.input;
}

describe('a run', function () {
  this.timeout(RUN_LIMIT_MS + 60_000);
  let run: RunEntry;
  const phases: string[] = [];

  before(async () => {
    const { runs } = await services();
    const listener = runs.onDidChangeTrial(({ trial }) => {
      if (phases.at(-1) !== trial.phase) phases.push(trial.phase);
    });
    run = await start([SAMPLE_TASK], { agent: 'gold' });
    await untilEnded(run);
    listener.dispose();
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('goes from running to its end, and the gold patch resolves the task', () => {
    assert.deepEqual(
      phases.filter((phase) => phase !== 'queued'),
      ['running', 'ended'],
    );
    assert.ok(run.state);
    assert.equal(run.state.phase, 'finished');
    assert.equal(
      onlyTrial(run.state).result?.status,
      'passed',
      onlyTrial(run.state).result?.detail ?? '',
    );
  });

  it('stands in the view Runs with its trial and stages, named for a screen reader', async () => {
    const { runsView } = await services();
    const node = (await runsView.getChildren()).find((child) => child.id === run.listing.runDir);
    assert.ok(node);
    const [trial] = await runsView.getChildren(node);
    assert.ok(trial);
    const item = runsView.getTreeItem(trial);
    assert.equal(item.label, SAMPLE_TASK);
    assert.match(item.accessibilityInformation?.label ?? '', /resolved, \d+ of \d+ fail to pass/);
    assert.match(item.contextValue ?? '', /\bhasPatch\b/);
    const stages = await runsView.getChildren(trial);
    const names = stages.map((stage) => runsView.getTreeItem(stage).label);
    assert.ok(names.includes('test (after)'), JSON.stringify(names));
  });

  it('gives the task the icon of its result', async () => {
    const { runs } = await services();
    assert.equal(runs.lastResult(SAMPLE_TASK)?.status, 'passed');
  });

  it('opens its patch as a native diff between two read-only documents', async () => {
    await runCommand('benchyard.trial.openPatch', argument(run));
    const input = await until('the diff', () => {
      const active = activeInput();
      return active instanceof vscode.TabInputTextDiff ? active : undefined;
    });
    const label = vscode.window.tabGroups.activeTabGroup.activeTab?.label;
    assert.match(label ?? '', new RegExp(`^${SAMPLE_TASK} \\(trial 1\\): .+\\.py$`));
    assert.equal(input.original.scheme, 'benchyard');
    const [base, patched] = await Promise.all(
      [input.original, input.modified].map((uri) => vscode.workspace.openTextDocument(uri)),
    );
    assert.ok(base !== undefined && patched !== undefined);
    assert.equal(base.languageId, 'python');
    assert.notEqual(base.getText(), '');
    assert.notEqual(base.getText(), patched.getText());
  });

  it('leaves in front what was clicked last, however long the patch took', async () => {
    const { trialId } = argument(run);
    assert.ok(run.state);
    const trial = run.tree.trial(trialId);
    const stages = run.tree.childrenOf(trial, run.state);
    const stage = stages.findLast((part) => part.kind === 'stage');
    assert.ok(stage);
    await Promise.all([
      runCommand('benchyard.trial.open', trial),
      runCommand('benchyard.trial.openLog', stage),
    ]);
    const input = activeInput();
    assert.ok(input instanceof vscode.TabInputText);
    assert.ok(input.uri.path.endsWith(`${trialId}/${stage.stage}.log`), input.uri.path);
  });

  it('refuses a document that it did not make', async () => {
    const forged = vscode.Uri.from({ scheme: 'benchyard', path: '/x', query: '{"run":"../.."}' });
    await assert.rejects(async () => vscode.workspace.openTextDocument(forged));
  });

  it('opens its result, which says the same as the folder', async () => {
    await runCommand('benchyard.trial.openResult', argument(run));
    await until('the document', () => vscode.window.activeTextEditor);
    const shown: unknown = JSON.parse(vscode.window.activeTextEditor?.document.getText() ?? '');
    const file = path.join(run.listing.runDir, argument(run).trialId, 'result.json');
    assert.deepEqual(shown, JSON.parse(await readFile(file, 'utf8')));
  });

  it('shows its tests without a complaint', async () => {
    await runCommand('benchyard.trial.showTests', argument(run));
    assert.ok(run.state);
    assert.ok((onlyTrial(run.state).result?.after?.passed ?? 0) > 0);
  });

  it('keeps what is known of it while its folder is read again', async () => {
    const { runs } = await services();
    await runs.load();
    const before = run.state;
    let lost = false;
    const listener = runs.onDidChangeRun((changed) => (lost ||= changed.state === null));
    const reading = runs.changedOnDisk(run.listing.runDir);
    assert.notEqual(run.state, null);
    await reading;
    listener.dispose();
    assert.notEqual(run.state, before, 'its folder was not read');
    assert.deepEqual(run.state?.trials, before?.trials);
    assert.equal(lost, false);
  });

  it('is told by its folder to whoever reads it again', async () => {
    const { core } = await services();
    const runner = await core.runner();
    const again = await runner.openRun(run.listing.runDir, { signal: AbortSignal.timeout(10_000) });
    assert.deepEqual(again.trials, run.state?.trials);
    assert.equal(again.phase, run.state?.phase);
  });
});

describe('a run after another', function () {
  this.timeout(2 * RUN_LIMIT_MS);

  /** What an extension that forgets to dispose gathers: watchers, processes, connections. */
  const handles = (): number =>
    process
      .getActiveResourcesInfo()
      .filter((kind) => /^(FSEvent|Process|Pipe|PipeConnect|TCPSocket)Wrap$/.test(kind)).length;

  it('leaves no more behind than the one before', async () => {
    await untilEnded(await start([SAMPLE_TASK], { agent: 'gold' }));
    const { control } = await services();
    await until('the end of the session', () => control.running.length === 0);
    const before = handles();
    await untilEnded(await start([SAMPLE_TASK], { agent: 'gold' }));
    await until('the handles of the second run to be gone', () => handles() <= before);
  });
});

describe('cancelling a run', function () {
  this.timeout(RUN_LIMIT_MS + 60_000);

  it('ends it as cancelled, and with it the trial that was running', async () => {
    const { control, tasks } = await services();
    const row = await sampleRow(SAMPLE_TASK);
    await writeTasks('slow.tasks.jsonl', [
      {
        task_id: 'slow',
        repo: row['repo'],
        ref: row['ref'],
        test_command: 'sleep 600',
        timeouts: { test: 600, total: 600 },
      },
    ]);
    await tasks.refresh();
    const entry = await start(['slow'], { agent: 'empty' });
    await until(
      'the test stage',
      () => entry.state !== null && onlyTrial(entry.state).stage?.name === 'before',
      RUN_LIMIT_MS,
    );
    assert.equal(control.running.length, 1);
    await runCommand('benchyard.run.cancel', entry.tree.root);
    const state = await untilEnded(entry);
    assert.equal(state.phase, 'cancelled');
    assert.equal(onlyTrial(state).result?.status ?? 'cancelled', 'cancelled');
    await until('the end of the session', () => control.running.length === 0);
    await vscode.workspace.fs.delete(vscode.Uri.file(inWorkspace('slow.tasks.jsonl')));
  });
});
