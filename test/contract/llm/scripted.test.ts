import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/runner/llm/model';
import { openScriptedModel } from '../../../src/runner/llm/scripted';
import { ask } from '../../support/models';
import { never, temporaryFolder } from '../../support/temp';
import { describeModel } from './contract';

async function openScript(
  lines: readonly unknown[],
): Promise<{ readonly model: Model } & AsyncDisposable> {
  const folder = await temporaryFolder();
  const file = path.join(folder.path, 'answers.jsonl');
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  await writeFile(file, text.join('\n'));
  return {
    model: await openScriptedModel(file),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describeModel('recorded answers', (lines) =>
  openScript(
    lines.map(({ text, reasoning, calls, end, tokens, stalls }) => ({
      text,
      reasoning,
      tool_calls: calls,
      end,
      delay_s: stalls === true ? 1000 : undefined,
      usage: tokens && {
        prompt_tokens: tokens.prompt,
        completion_tokens: tokens.completion,
        cached_tokens: tokens.cached,
        reasoning_tokens: tokens.reasoning,
      },
    })),
  ),
);

async function textsOf(model: Model, taskId: string, { attempt = 0, turns = 3 } = {}) {
  const texts: string[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const completion = await model.complete(ask('go', { trial: { taskId, attempt } }), {
      signal: never,
    });
    texts.push(completion.kind === 'answer' ? completion.text : completion.kind);
  }
  return texts;
}

describe('recorded answers', () => {
  test('are given to each trial from the first one on, however many run at once', async () => {
    await using opened = await openScript([{ text: '1' }, { text: '2' }, { text: '3' }]);
    const all = await Promise.all(
      ['a', 'b', 'c'].flatMap((task) =>
        [0, 1].map((attempt) => textsOf(opened.model, task, { attempt })),
      ),
    );
    for (const texts of all) expect(texts).toEqual(['1', '2', '3']);
  });

  test('belong to a task, an attempt and a turn where they say so', async () => {
    await using opened = await openScript([
      { text: 'anybody' },
      { task_id: 'a', text: 'a first' },
      { task_id: 'a', turn: 2, text: 'a second' },
      { task_id: 'a', text: 'a third' },
      { task_id: 'a', attempt: 1, text: 'a again' },
    ]);
    const { model } = opened;
    expect(await textsOf(model, 'a')).toEqual(['a first', 'a second', 'a third']);
    expect(await textsOf(model, 'a', { attempt: 1, turns: 1 })).toEqual(['a again']);
    expect(await textsOf(model, 'other', { turns: 2 })).toEqual(['anybody', 'failed']);
  });

  test('may be a trajectory', async () => {
    await using opened = await openScript([
      { v: 1, step: 1, kind: 'message', role: 'user', content: 'Fix it.' },
      {
        v: 1,
        step: 2,
        kind: 'model',
        model: 'some/model',
        text: 'I look.',
        reasoning: null,
        tool_calls: [{ id: 'c7', name: 'shell', arguments: '{"command":"ls"}' }],
        end: 'answer',
        detail: null,
        usage: {
          prompt_tokens: 10,
          cached_tokens: 0,
          completion_tokens: 5,
          reasoning_tokens: 0,
          cost: 0.5,
          estimated: true,
        },
        duration_s: 3,
        cached: false,
        attempts: 1,
      },
      { v: 1, step: 3, kind: 'tool', call_id: 'c7', tool: 'shell' },
      { v: 1, step: 4, kind: 'model', text: 'Done.', tool_calls: [], end: 'answer' },
      { v: 1, step: 5, kind: 'end', exit_status: 'submitted' },
    ]);
    const first = await opened.model.complete(ask('go'), { signal: never });
    expect(first).toMatchObject({
      kind: 'answer',
      text: 'I look.',
      toolCalls: [{ id: 'c7', name: 'shell', arguments: '{"command":"ls"}' }],
      usage: { prompt_tokens: 10, completion_tokens: 5, cost: 0, estimated: true },
    });
    expect(await opened.model.complete(ask('go'), { signal: never })).toMatchObject({
      text: 'Done.',
    });
  });

  test('cost nothing, unless they say what they cost', async () => {
    await using free = await openScript([{ text: 'x'.repeat(300) }]);
    expect(free.model.price).toEqual({ input: 0, output: 0 });
    const completion = await free.model.complete(ask('go'), { signal: never });
    expect(completion.usage).toMatchObject({ cost: 0, completion_tokens: 100, estimated: true });
    await using priced = await openScript([
      { scripted: { name: 'dear', price: { input: 1, output: 10 }, context_window: 100 } },
      { text: 'a', usage: { prompt_tokens: 100, completion_tokens: 10 } },
    ]);
    expect(priced.model).toMatchObject({ name: 'dear', contextWindow: 100 });
    const { usage } = await priced.model.complete(ask('go'), { signal: never });
    expect(usage.cost).toBeCloseTo(0.0002);
    expect(await priced.model.complete(ask('x'.repeat(400)), { signal: never })).toMatchObject({
      kind: 'context_overflow',
    });
  });

  test('that cannot be used are named by their line', async () => {
    const lines = [{ text: 'fine' }, '', '{"text": 7}'];
    await expect(openScript(lines)).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(openScript(lines)).rejects.toThrow('answers.jsonl, line 3');
    await expect(openScript(['no JSON'])).rejects.toThrow('line 1');
    await expect(openScriptedModel('/does/not/exist')).rejects.toMatchObject({ code: 'not-found' });
  });
});
