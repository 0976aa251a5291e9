import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import type { ScriptedModels } from '../fixtures/scripted-models/extension';
import { SAMPLE_TASK, services } from '../benchyard';
import { scriptedModels } from '../models';
import { until } from '../until';

const LIMIT_MS = 240_000;

interface Answered {
  readonly errorDetails?: unknown;
  readonly metadata?: {
    readonly about: string;
    readonly by: string;
    readonly trials: readonly { readonly runId: string; readonly trialId: string }[];
  };
}

/** Asks in the chat as a person does, and waits for the end of the answer. `anew`: in a chat without a past. */
async function ask(query: string, { anew }: { readonly anew: boolean }): Promise<Answered> {
  if (anew) await vscode.commands.executeCommand('workbench.action.chat.newChat');
  const answered = await vscode.commands.executeCommand<Answered>('workbench.action.chat.open', {
    query,
    blockOnResponse: true,
  });
  assert.equal(answered.errorDetails, undefined);
  return answered;
}

describe('the participant @benchyard', function () {
  this.timeout(LIMIT_MS + 60_000);
  let scripted: ScriptedModels;
  const runIds: string[] = [];

  before(async () => {
    scripted = await scriptedModels();
    const { runs, control } = await services();
    for (const agent of ['empty', 'gold']) {
      const runDir = await runCommand('benchyard.run.start', [SAMPLE_TASK], { agent });
      assert.ok(runDir !== undefined);
      await until('the end of the run', () => control.running.length === 0, LIMIT_MS);
      runIds.push(runs.get(runDir)?.listing.runId ?? '');
    }
  });

  it('explains a trial: the model is told the data, may read more, and what it says is shown', async () => {
    const [empty = ''] = runIds;
    scripted.play([
      {
        parts: [
          { call: 'benchyard_get_steps', input: { run_id: empty, trial_id: `${SAMPLE_TASK}_0` } },
        ],
      },
      { parts: [{ text: 'It handed in nothing at all.' }] },
    ]);
    const { metadata } = await ask(`@benchyard /explain ${SAMPLE_TASK} of ${empty}`, {
      anew: true,
    });
    const [first, second] = scripted.requests;
    assert.ok(first && second);
    assert.match(JSON.stringify(first.messages), /empty_patch/);
    assert.ok(first.tools.includes('benchyard_get_steps'), first.tools.join());
    assert.ok(!first.tools.includes('benchyard_open_task'), 'it only reads');
    assert.match(JSON.stringify(second.messages.at(-1)), /steps_in_all/);
    assert.deepEqual(metadata, {
      about: 'trial',
      by: 'model',
      trials: [{ runId: empty, trialId: `${SAMPLE_TASK}_0` }],
    });
  });

  it('compares the two newest runs', async () => {
    scripted.play([{ parts: [{ text: 'Gold fixed it.' }] }]);
    const { metadata } = await ask('@benchyard /compare', { anew: true });
    assert.equal(metadata?.about, 'comparison');
    assert.deepEqual(
      metadata.trials.map(({ trialId }) => trialId),
      [`${SAMPLE_TASK}_0`],
      'the trial that changed has its buttons',
    );
    const told = JSON.stringify(scripted.requests[0]?.messages);
    for (const runId of runIds) assert.ok(told.includes(runId), told);
    assert.match(told, /fixed/);
  });

  it('answers from the data when the model fails', async () => {
    scripted.play([{ fails: new Error('no model today') }, { fails: new Error('nor now') }]);
    const { metadata } = await ask('@benchyard /explain', { anew: true });
    assert.equal(metadata?.by, 'data');
    assert.equal(scripted.requests.length, 2, 'asked with tools, then without');
    assert.deepEqual(scripted.requests[1]?.tools, []);

    // What was shown is the past of the next question in the same chat.
    scripted.play([{ parts: [{ text: 'As I said.' }] }]);
    await ask('@benchyard and so?', { anew: false });
    assert.match(JSON.stringify(scripted.requests[0]?.messages), /Nothing was handed in/);
  });
});
