import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import { nodeHost } from '../../../src/nodeHost';
import { writeTrajectory } from '../../../src/views/trajectory/exportTrajectory';
import type { TrajectoryPanel } from '../../../src/views/trajectory/trajectoryPanel';
import type { TrialRef } from '../../../src/views/trialContent';
import { slugifyBase, slugifyStory } from '../../support/slugifyStory';
import { Recording, said } from '../../support/trajectories';
import { inWorkspace, services } from '../benchyard';
import { until } from '../until';

/** Steps of the story that the tests name. */
const firstEdit = 10;
const lastEdit = 15;

const viewType = /\bbenchyard\.trajectory$/;

function webviewTabs(): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(
      ({ input }) => input instanceof vscode.TabInputWebview && viewType.test(input.viewType),
    );
}

function activeInput(): unknown {
  return vscode.window.tabGroups.activeTabGroup.activeTab?.input;
}

describe('a trajectory', function () {
  this.timeout(120_000);
  let recording: Recording;
  let trial: TrialRef;
  const ids = (): { runId: string; trialId: string } => ({
    runId: recording.runId,
    trialId: recording.trialId,
  });

  /** Opens it and waits until its page has said what is selected: it runs, and messages go both ways. */
  async function open(step?: number): Promise<TrajectoryPanel> {
    await runCommand(
      'benchyard.trial.openTrajectory',
      step === undefined ? ids() : { ...ids(), step },
    );
    const { trajectories } = await services();
    return until('the page', () => {
      const { active } = trajectories;
      const wanted = active?.selection?.to;
      return wanted !== undefined && (step === undefined || wanted === step) ? active : undefined;
    });
  }

  before(async () => {
    const { runs, content } = await services();
    recording = await Recording.begin({
      host: nodeHost({ cwd: inWorkspace() }),
      out: runs.folder,
      base: slugifyBase,
      model: 'example/model-1',
    });
    await recording.record(slugifyStory.slice(0, -1));
    await runs.refresh();
    trial = await content.byIds(recording.runId, recording.trialId);
  });

  after(async () => {
    const { runs } = await services();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await runs.delete(trial.run);
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('opens nothing by itself', () => {
    assert.deepEqual(webviewTabs(), []);
  });

  it('has a row below its trial, from which it is opened', async () => {
    const { runs, runsView } = await services();
    const run = runs.get(recording.runDir);
    assert.ok(run);
    await runs.read(run);
    const [row] = await runsView.getChildren(run.tree.trial(recording.trialId));
    assert.equal(row?.kind, 'trajectory');
    const item = runsView.getTreeItem(row);
    assert.match(
      item.accessibilityInformation?.label ?? '',
      /^trajectory, 8 turns, .*cost unknown$/,
    );
    assert.equal(item.command?.command, 'benchyard.trial.openTrajectory');
    await runCommand('benchyard.trial.openTrajectory', row);
    await until('the tab', () => webviewTabs().length === 1);
  });

  it('has one tab, whose page reads all steps', async () => {
    const panel = await open();
    assert.equal(panel.lastStep, slugifyStory.length - 1);
    await runCommand('benchyard.trial.openTrajectory', ids());
    assert.equal(webviewTabs().length, 1);
    assert.match(webviewTabs()[0]?.label ?? '', /^Trajectory: textkit__slugify-unicode$/);
  });

  it('follows the trial while it runs', async () => {
    const panel = await open();
    const before = panel.lastStep;
    await recording.record([{ step: said('One more thing.') }]);
    await until('the new step', () => panel.lastStep === before + 1);
  });

  it('opens at a step, also when it is open', async () => {
    await open(7);
    const panel = await open(lastEdit);
    assert.deepEqual(panel.selection, { from: lastEdit, to: lastEdit });
    assert.equal(webviewTabs().length, 1);
  });

  it('opens what a step changed as a native diff', async () => {
    await open(firstEdit);
    await runCommand('benchyard.trajectory.openDiff');
    const input = await until('the diff', () => {
      const active = activeInput();
      return active instanceof vscode.TabInputTextDiff ? active : undefined;
    });
    const { activeTab } = vscode.window.tabGroups.activeTabGroup;
    assert.equal(activeTab?.label, 'textkit__slugify-unicode: step 10: slugify.py');
    const [before, after] = await Promise.all(
      [input.original, input.modified].map((uri) => vscode.workspace.openTextDocument(uri)),
    );
    assert.equal(before?.getText(), slugifyBase['textkit/slugify.py']);
    assert.match(after?.getText() ?? '', /normalize\("NFKD", text\)\n/);
  });

  it('opens a range of steps, and all since the start, as one diff of several files', async () => {
    const { changes } = await services();
    const files = await changes.files(trial, { from: firstEdit - 1, to: lastEdit });
    assert.deepEqual(files.map((file) => file.path).sort(), [
      'tests/test_accents.py',
      'textkit/slugify.py',
    ]);
    await runCommand('benchyard.trajectory.openDiffSinceStart', {
      ...ids(),
      from: 1,
      to: lastEdit,
    });
    await until('the diffs', () =>
      vscode.window.tabGroups.activeTabGroup.activeTab?.label.startsWith(
        'textkit__slugify-unicode: start to step 15',
      ),
    );
  });

  it('leads from a line of a diff to the step that wrote it', async () => {
    const { changes } = await services();
    await runCommand('benchyard.trajectory.openDiff', { ...ids(), from: lastEdit, to: lastEdit });
    const editor = await until('the diff’s right side', () =>
      vscode.window.visibleTextEditors.find(({ document }) =>
        document.uri.query.includes('"side":"after"'),
      ),
    );
    const lines = editor.document.getText().split('\n');
    const importLine = lines.indexOf('import unicodedata');
    assert.ok(importLine > 0, editor.document.getText());
    const { uri } = editor.document;
    // The last step did not write this line, an earlier one did.
    assert.equal((await changes.stepOfLine(uri, importLine + 1)).step, firstEdit);
    await assert.rejects(() => changes.stepOfLine(uri, 1), /before the agent/);

    await until('the right side to have the focus', async () => {
      if (vscode.window.activeTextEditor === editor) return true;
      await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
      return false;
    });
    const place = new vscode.Position(importLine, 0);
    editor.selection = new vscode.Selection(place, place);
    await runCommand('benchyard.trajectory.goToStep');
    const { trajectories } = await services();
    await until('the step', () => trajectories.active?.selection?.to === firstEdit);
  });

  it('is written as Markdown and as JSON lines', async () => {
    const { core } = await services();
    const jsonl = vscode.Uri.file(inWorkspace('trajectory.jsonl'));
    await writeTrajectory(core, trial, { uri: jsonl });
    const lines = (await readFile(jsonl.fsPath, 'utf8')).trimEnd().split('\n');
    const original = path.join(recording.runDir, recording.trialId, 'trajectory.jsonl');
    assert.deepEqual(lines, (await readFile(original, 'utf8')).trimEnd().split('\n'));
    const markdown = vscode.Uri.file(inWorkspace('trajectory.md'));
    await writeTrajectory(core, trial, { uri: markdown });
    assert.match(await readFile(markdown.fsPath, 'utf8'), /Crème brûlée/);
  });

  it('is found whole, whatever part of it is on the screen', async () => {
    const { core } = await services();
    const runner = await core.runner();
    const { signal } = new AbortController();
    const found: number[] = [];
    for await (const steps of runner.searchSteps(recording.runDir, recording.trialId, 'NFKD', {
      signal,
    })) {
      found.push(...steps);
    }
    assert.deepEqual(found, [8, 10, 15]);
  });

  it('comes back with what it remembered, and a tab of nothing goes', async () => {
    const { trajectories } = await services();
    const restore = async (state: unknown): Promise<vscode.WebviewPanel> => {
      const tab = vscode.window.createWebviewPanel(
        'benchyard.trajectory',
        'restored',
        vscode.ViewColumn.Active,
      );
      await trajectories.deserializeWebviewPanel(tab, state);
      return tab;
    };
    const tab = await restore({ run: recording.runId, trial: recording.trialId, kinds: ['gone'] });
    assert.equal(tab.title, 'Trajectory: textkit__slugify-unicode');
    assert.equal(tab.webview.options.localResourceRoots?.length, 1);
    await until('the page', () => trajectories.active?.selection);
    for (const nothing of [undefined, { run: '../..', trial: 'x' }, { run: recording.runId }]) {
      await restore(nothing);
      await until('the tab to go', () => webviewTabs().length === 1);
    }
  });

  it('may load its own script and style, and nothing else', async () => {
    const { trajectories } = await services();
    const tab = vscode.window.createWebviewPanel('benchyard.trajectory', '', vscode.ViewColumn.One);
    const { runId: run, trialId } = ids();
    await trajectories.deserializeWebviewPanel(tab, { run, trial: trialId });
    const policy = /Content-Security-Policy"\s+content="([^"]+)"/.exec(tab.webview.html)?.[1] ?? '';
    assert.match(policy, /^default-src 'none'; script-src 'nonce-[\w-]{20,}'; style-src [^;]+;$/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.doesNotMatch(tab.webview.html, /style=|<style|onload|javascript:/);
  });

  it('tells the end of the trial', async () => {
    const { content } = await services();
    await open();
    await recording.record(slugifyStory.slice(-1));
    await recording.end();
    await until('the result', async () => (await content.state(trial)).result !== null);
  });
});
