import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import { SAMPLE_TASK, sampleRow, services } from '../benchyard';
import { until } from '../until';

const RUN_LIMIT_MS = 240_000;

describe('a task that a person works on in the editor', function () {
  this.timeout(RUN_LIMIT_MS + 60_000);

  it('opens a terminal in its sandbox, is handed in by a command, and graded', async () => {
    const { runs, control } = await services();
    const runDir = await runCommand('benchyard.run.start', [SAMPLE_TASK], { agent: 'human' });
    const entry = runs.get(runDir ?? '');
    assert.ok(entry, 'the run did not start');
    const session = await until('the open task', () => control.openTasks[0], RUN_LIMIT_MS);
    assert.equal(session.taskId, SAMPLE_TASK);
    assert.equal(session.runDir, entry.listing.runDir);

    const runId = entry.listing.runId;
    const { trialId } = session;
    await runCommand('benchyard.trial.openSandboxTerminal', { runId, trialId });
    const terminal = vscode.window.terminals.find(({ name }) => name === `Task: ${SAMPLE_TASK}`);
    assert.ok(terminal, 'no terminal was opened');

    const { patch } = await sampleRow(SAMPLE_TASK);
    const signal = new AbortController().signal;
    const applied = await session.call('swe_apply_patch', { patch }, { signal });
    assert.ok(applied.ok, applied.text);
    await runCommand('benchyard.task.submit');
    assert.deepEqual(control.openTasks, []);
    const result = await until(
      'the result',
      () => entry.state?.trials.get(trialId)?.result,
      RUN_LIMIT_MS,
    );
    assert.equal(result.status, 'passed', `${result.detail ?? ''}\n${result.tail ?? ''}`);
    assert.equal(result.exit_status, 'submitted');
    assert.equal(result.agent, 'human');
    terminal.dispose();
  });
});
