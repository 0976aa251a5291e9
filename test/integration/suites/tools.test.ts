import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import { extension, SAMPLE_TASK, sampleRow, services } from '../benchyard';
import { approveTools, invoke, told } from '../tools';
import { until } from '../until';

const LIMIT_MS = 240_000;

describe('tools for language models', function () {
  this.timeout(LIMIT_MS + 60_000);

  it('are those of the manifest', async () => {
    await extension().activate();
    const { contributes } = extension().packageJSON as {
      contributes: { languageModelTools: { name: string }[] };
    };
    const registered = vscode.lm.tools.map(({ name }) => name);
    const missing = contributes.languageModelTools.filter(({ name }) => !registered.includes(name));
    assert.deepEqual(missing, []);
  });

  it('read the runs of this window', async () => {
    const { control, runs } = await services();
    const runDir = await runCommand('benchyard.run.start', [SAMPLE_TASK], { agent: 'empty' });
    assert.ok(runDir !== undefined);
    await until('the end of the run', () => control.running.length === 0, LIMIT_MS);
    const { runId } = runs.get(runDir)?.listing ?? { runId: '' };
    const { runs: listed } = (await told('benchyard_list_runs')) as { runs: { run_id: string }[] };
    assert.equal(listed[0]?.run_id, runId);
    const trial = await told('benchyard_get_trial', { run_id: runId, trial_id: SAMPLE_TASK });
    assert.equal(trial['status'], 'empty_patch');
    assert.match(String(trial['why']), /Nothing was handed in/);
  });

  it('answer what cannot be found, so that the model can mend it', async () => {
    assert.match(await invoke('benchyard_get_run', { run_id: 'nothing' }), /no run "nothing"/);
    assert.match(await invoke('swe_pytest'), /No task is open/);
  });

  it('work on a task, in a run that the view shows like any other', async () => {
    await approveTools(true);
    try {
      const { patch } = await sampleRow(SAMPLE_TASK);
      const open = await told('benchyard_open_task', { task_id: SAMPLE_TASK });
      const { runs, control } = await services();
      const entry = runs.entries.find(({ listing }) => listing.runDir === open['run_dir']);
      assert.ok(entry, 'the run is not in the view');
      assert.equal(control.running.includes(entry), true);
      assert.match(await invoke('benchyard_list_files', { depth: 1 }), /\//);
      await invoke('swe_apply_patch', { patch });
      assert.match(await invoke('swe_pytest'), /passed/);
      const verdict = await told('benchyard_submit');
      assert.deepEqual([verdict['status'], verdict['verdict']], ['passed', 'resolved']);
      assert.equal(entry.state?.plan?.agent, 'human');
      assert.equal(entry.state.phase, 'finished');
      const steps = await told('benchyard_get_steps', {
        run_id: path.basename(entry.listing.runDir),
        trial_id: String(verdict['trial_id']),
      });
      assert.match(JSON.stringify(steps), /swe_apply_patch/);
    } finally {
      await approveTools(false);
    }
  });
});
