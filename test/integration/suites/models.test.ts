import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Model, ModelRequest } from '../../../src/runner/index';
import { RunnerError } from '../../../src/runner/model';
import { createHost } from '../../../src/editorHost';
import type { ScriptedModels } from '../fixtures/scripted-models/extension';
import { inWorkspace, services } from '../benchyard';
import { scriptedModels } from '../models';
import { until } from '../until';

const readFile = {
  name: 'read_file',
  description: 'Reads a file.',
  parameters: { type: 'object', properties: { path: { type: 'string' } } },
};

function request(overrides: Partial<ModelRequest> = {}): ModelRequest {
  return {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'What is in it?' },
    ],
    tools: [readFile],
    maxTokens: 500,
    ...overrides,
  };
}

describe("a language model of the editor, as the core's", () => {
  let scripted: ScriptedModels;
  let model: Model;
  const { signal } = new AbortController();

  async function open(name: string): Promise<Model> {
    const host = createHost(await services());
    assert.ok(host.openEditorModel);
    return host.openEditorModel(name, { signal });
  }

  before(async () => {
    scripted = await scriptedModels();
    model = await open('scripted/solver');
  });

  it('is found by vendor and family, vendor and id, or id', async () => {
    assert.equal(model.name, 'vscode:scripted/solver');
    assert.equal(model.contextWindow, 100_000);
    assert.equal((await open('scripted/solver-1')).name, model.name);
    assert.equal((await open('tiny-1')).name, 'vscode:scripted/tiny');
    await assert.rejects(open('scripted/nobody'), (error: unknown) => {
      assert.ok(RunnerError.is(error, 'model-denied'));
      assert.match(error.message, /It has: .*scripted\/solver/);
      return true;
    });
  });

  it('streams its text, and its tokens are counted and said to be estimated', async () => {
    scripted.play([{ parts: [{ text: 'two ' }, { text: 'words' }] }]);
    const heard: string[] = [];
    const completion = await model.complete(request(), {
      signal,
      onText: (text) => heard.push(text),
    });
    assert.ok(completion.kind === 'answer');
    assert.equal(completion.text, 'two words');
    assert.equal(heard.join(''), 'two words');
    const { usage } = completion;
    assert.equal(usage.estimated, true);
    assert.equal(usage.cost, null);
    assert.equal(usage.completion_tokens, 2);
    assert.ok(usage.prompt_tokens >= 6, String(usage.prompt_tokens));
    const [seen] = scripted.requests;
    assert.deepEqual(seen?.tools, ['read_file']);
    assert.equal(seen.options['max_tokens'], 500);
    assert.deepEqual(
      seen.messages.map(({ role, parts }) => [role, ...parts]),
      [
        ['user', { text: 'Be brief.' }],
        ['user', { text: 'What is in it?' }],
      ],
    );
  });

  it('calls tools, several at once, and is told their results together', async () => {
    scripted.play([
      {
        parts: [
          { text: 'Let me see.' },
          { call: 'read_file', input: { path: 'a' } },
          { call: 'read_file', input: { path: 'b' } },
        ],
      },
      { parts: [{ text: 'Done.' }] },
    ]);
    const first = await model.complete(request(), { signal });
    assert.ok(first.kind === 'answer');
    assert.deepEqual(
      first.toolCalls.map(({ name, arguments: text }) => [name, JSON.parse(text) as unknown]),
      [
        ['read_file', { path: 'a' }],
        ['read_file', { path: 'b' }],
      ],
    );
    const messages: ModelRequest['messages'] = [
      ...request().messages,
      { role: 'assistant', content: first.text, tool_calls: [...first.toolCalls] },
      ...first.toolCalls.map(({ id }, n) => ({
        role: 'tool' as const,
        tool_call_id: id,
        content: `content ${n}`,
      })),
    ];
    const second = await model.complete(request({ messages }), { signal });
    assert.ok(second.kind === 'answer');
    const told = scripted.requests[1]?.messages.slice(2) ?? [];
    assert.equal(told.length, 2);
    assert.deepEqual(told[0]?.parts.at(-1), { call: 'read_file', input: { path: 'b' } });
    assert.deepEqual(
      told[1]?.parts.map((part) => ('result' in part ? part.result : '')),
      ['content 0', 'content 1'],
    );
  });

  it('that refuses, fails or is not permitted says so in its own way', async () => {
    const { LanguageModelError } = vscode;
    scripted.play([
      { fails: LanguageModelError.Blocked('not for this') },
      { parts: [{ text: 'half' }], fails: new Error('the line is down') },
      { fails: LanguageModelError.NoPermissions('not for you') },
      { fails: LanguageModelError.NotFound('gone') },
    ]);
    const refused = await model.complete(request(), { signal });
    assert.equal(refused.kind, 'refused');
    const failed = await model.complete(request(), { signal });
    assert.ok(failed.kind === 'failed');
    assert.match(failed.detail, /the line is down/);
    // It was asked, so it may have cost something; nobody says what.
    assert.equal(failed.usage.cost, null);
    for (const word of ['not for you', 'gone']) {
      await assert.rejects(model.complete(request(), { signal }), (error: unknown) => {
        assert.ok(RunnerError.is(error, 'model-denied'), String(error));
        assert.match(error.message, new RegExp(word));
        return true;
      });
    }
  });

  it('is not asked what it cannot take', async () => {
    scripted.play([]);
    const tiny = await open('scripted/tiny');
    const content = 'word '.repeat(30);
    const completion = await tiny.complete(request({ messages: [{ role: 'user', content }] }), {
      signal,
    });
    assert.equal(completion.kind, 'context_overflow');
    assert.deepEqual(scripted.requests, []);
    assert.equal(completion.usage.cost, 0);
  });

  it('that takes no tools says so before it is asked', async () => {
    scripted.play([]);
    const talker = await open('scripted/talker');
    const completion = await talker.complete(request(), { signal });
    assert.ok(completion.kind === 'failed');
    assert.equal(completion.toolsRefused, true);
    assert.deepEqual(scripted.requests, []);
  });

  it('stops when the call is cancelled, in the editor too', async () => {
    scripted.play([{ parts: [{ text: 'thinking' }], hangs: true }]);
    const controller = new AbortController();
    const reason = new Error('enough');
    const completion = model.complete(request(), {
      signal: controller.signal,
      onText: () => {
        controller.abort(reason);
      },
    });
    await assert.rejects(completion, reason);
    await until('the provider to hear of it', () => scripted.requests[0]?.cancelled);
  });
});

describe('the key of a model', () => {
  const name = 'BENCHYARD_TEST_ONLY_KEY';

  it('is that of the secret storage, else of the workspace', async () => {
    const { keys } = await services();
    assert.equal(await keys.get(name), null);
    await writeFile(inWorkspace('.env'), `# keys\n${name}="of the workspace"\n`);
    try {
      assert.equal(await keys.get(name), 'of the workspace');
      assert.equal(await keys.isStored(name), false);
      await keys.store(name, 'stored');
      assert.equal(await keys.get(name), 'stored');
      await keys.clear(name);
      assert.equal(await keys.get(name), 'of the workspace');
    } finally {
      await rm(inWorkspace('.env'));
    }
    assert.equal(await keys.get(name), null);
  });
});
