import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { runCommand } from '../../../src/commands/contract';
import type { RunState } from '../../../src/runner/index';
import type { RunEntry } from '../../../src/views/runsModel';
import type { ScriptedAnswer, ScriptedModels } from '../fixtures/scripted-models/extension';
import { SAMPLE_TASK, sampleRow, services } from '../benchyard';
import { scriptedModels } from '../models';
import { until } from '../until';

const RUN_LIMIT_MS = 240_000;

/** A model that applies the author's patch, looks at the tests and hands in. */
async function solution(): Promise<readonly ScriptedAnswer[]> {
  const { patch } = await sampleRow(SAMPLE_TASK);
  return [
    { parts: [{ text: 'First the files.' }, { call: 'list_files', input: {} }] },
    { parts: [{ call: 'swe_apply_patch', input: { patch } }] },
    { parts: [{ call: 'swe_pytest', input: {} }] },
    { parts: [{ text: 'It is done.' }, { call: 'submit', input: {} }] },
  ];
}

describe("a run with a model of the editor's", function () {
  this.timeout(RUN_LIMIT_MS + 60_000);
  let scripted: ScriptedModels;

  before(async () => {
    scripted = await scriptedModels();
  });

  async function start(answers: readonly ScriptedAnswer[], family = 'solver'): Promise<RunEntry> {
    scripted.play(answers);
    const { runs } = await services();
    const choices = { agent: 'runner', model: `vscode:scripted/${family}` };
    const runDir = await runCommand('benchyard.run.start', [SAMPLE_TASK], choices);
    const entry = runs.get(runDir ?? '');
    assert.ok(entry, 'the run did not start');
    return entry;
  }

  async function ended(entry: RunEntry): Promise<RunState> {
    return until(
      'the end of the run',
      () => {
        const { state } = entry;
        return state !== null && state.phase !== 'running' ? state : undefined;
      },
      RUN_LIMIT_MS,
    );
  }

  it('solves a sample task with the tools of the task', async () => {
    const state = await ended(await start(await solution()));
    const [trial] = state.trials.values();
    const result = trial?.result;
    assert.ok(result);
    assert.equal(result.status, 'passed', `${result.detail ?? ''}\n${result.tail ?? ''}`);
    assert.equal(result.exit_status, 'submitted');
    assert.equal(result.model, 'vscode:scripted/solver');
    assert.deepEqual(
      [result.agent_stats?.turns, result.agent_stats?.tool_calls, result.agent_stats?.tool_errors],
      [4, 4, 0],
    );
    assert.equal(result.usage?.estimated, true);
    assert.equal(result.usage.cost, null);
    const told = JSON.stringify(scripted.requests.at(-1)?.messages);
    assert.match(told, /passed/, 'the model was told what the tests came to');
  });

  it('ends as refused when the model would not', async () => {
    const state = await ended(
      await start([{ fails: vscode.LanguageModelError.Blocked('not this') }]),
    );
    const [trial] = state.trials.values();
    assert.equal(trial?.result?.exit_status, 'refused');
    assert.equal(trial.result.status, 'empty_patch');
  });

  it('solves it with a model that takes no tools, which calls them in its text', async () => {
    const { patch } = await sampleRow(SAMPLE_TASK);
    const call = (tool: string, args: object): ScriptedAnswer => ({
      parts: [{ text: `\`\`\`tool ${tool}\n${JSON.stringify(args)}\n\`\`\`` }],
    });
    const entry = await start([call('swe_apply_patch', { patch }), call('submit', {})], 'talker');
    const [trial] = (await ended(entry)).trials.values();
    assert.equal(trial?.result?.status, 'passed', JSON.stringify(scripted.requests.at(-1)));
    assert.deepEqual(scripted.requests[0]?.tools, []);
  });

  it('is cancelled while the model thinks, and the model hears of it', async () => {
    const entry = await start([{ parts: [{ text: 'Well …' }], hangs: true }]);
    await until('the model to be asked', () => scripted.requests.length > 0, RUN_LIMIT_MS);
    await runCommand('benchyard.run.cancel', entry.tree.root);
    const state = await ended(entry);
    assert.equal(state.phase, 'cancelled');
    await until('the model to hear of it', () => scripted.requests[0]?.cancelled);
  });
});
