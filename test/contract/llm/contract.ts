import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/runner/llm/model';
import type { ServedCall } from '../../support/modelServer';
import { ask, shellTool } from '../../support/models';
import { never } from '../../support/temp';

/** An answer in terms that every kind of model can be scripted with. */
export interface ScriptLine {
  readonly text?: string;
  readonly reasoning?: string;
  readonly calls?: readonly ServedCall[];
  readonly end?: 'truncated' | 'refused' | 'context_overflow' | 'failed';
  readonly tokens?: {
    readonly prompt: number;
    readonly completion: number;
    readonly cached?: number;
    readonly reasoning?: number;
  };
  /** The answer never comes. */
  readonly stalls?: boolean;
}

export type OpenModel = (
  lines: readonly ScriptLine[],
) => Promise<{ readonly model: Model } & AsyncDisposable>;

/** What every model promises, wherever it is. */
export function describeModel(name: string, open: OpenModel): void {
  describe(`the contract of a model: ${name}`, () => {
    test('answers in text, told as it comes', async () => {
      await using opened = await open([{ text: 'Grüße, 世界 👋', reasoning: 'be polite' }]);
      let heard = '';
      const completion = await opened.model.complete(ask('hello'), {
        signal: never,
        onText: (text) => (heard += text),
      });
      expect(completion).toMatchObject({
        kind: 'answer',
        text: 'Grüße, 世界 👋',
        reasoning: 'be polite',
        toolCalls: [],
        truncated: false,
        attempts: 1,
        cached: false,
      });
      expect(completion.durationMs).toBeGreaterThanOrEqual(0);
      expect(heard).toBe('Grüße, 世界 👋');
    });

    test('calls several tools at once, with the arguments as they were written', async () => {
      await using opened = await open([
        {
          text: 'Two things.',
          calls: [
            { name: 'shell', arguments: { command: 'echo "日本"' } },
            { name: 'shell', arguments: '{"command": broken' },
          ],
        },
      ]);
      const completion = await opened.model.complete(ask('go', { tools: [shellTool] }), {
        signal: never,
      });
      if (completion.kind !== 'answer') expect.fail(completion.kind);
      const [first, second] = completion.toolCalls;
      expect(completion.toolCalls).toHaveLength(2);
      expect(first?.name).toBe('shell');
      expect(JSON.parse(first?.arguments ?? '')).toEqual({ command: 'echo "日本"' });
      expect(second?.arguments).toBe('{"command": broken');
      expect(first?.id).not.toBe(second?.id);
    });

    test('goes on with a conversation in which tools answered', async () => {
      await using opened = await open([
        { calls: [{ name: 'shell', arguments: '{"command": broken' }] },
        { text: 'done' },
      ]);
      const { model } = opened;
      const request = ask('go', { tools: [shellTool] });
      const first = await model.complete(request, { signal: never });
      if (first.kind !== 'answer') expect.fail(first.kind);
      const [call] = first.toolCalls;
      const second = await model.complete(
        {
          ...request,
          messages: [
            ...request.messages,
            { role: 'assistant', content: '', tool_calls: [...first.toolCalls] },
            { role: 'tool', tool_call_id: call?.id ?? '', content: 'not JSON' },
          ],
        },
        { signal: never },
      );
      expect(second).toMatchObject({ kind: 'answer', text: 'done' });
    });

    test('says what it used', async () => {
      await using opened = await open([
        { text: 'a', tokens: { prompt: 100, completion: 50, cached: 80, reasoning: 30 } },
      ]);
      const { usage } = await opened.model.complete(ask('hello'), { signal: never });
      expect(usage).toMatchObject({
        prompt_tokens: 100,
        cached_tokens: 80,
        completion_tokens: 50,
        reasoning_tokens: 30,
        estimated: false,
      });
    });

    test.each(['refused', 'context_overflow', 'failed'] as const)(
      'tells the ends apart: %s',
      async (end) => {
        await using opened = await open([{ end }]);
        const completion = await opened.model.complete(ask('hello'), { signal: never });
        expect(completion).toMatchObject({ kind: end, attempts: 1 });
        expect('detail' in completion && completion.detail).not.toBe('');
      },
    );

    test('says that an answer was cut off', async () => {
      await using opened = await open([{ text: 'To be contin', end: 'truncated' }]);
      const completion = await opened.model.complete(ask('hello'), { signal: never });
      expect(completion).toMatchObject({ kind: 'answer', text: 'To be contin', truncated: true });
    });

    test('asks nothing when it is cancelled before', async () => {
      await using opened = await open([{ text: 'never' }]);
      const reason = new Error('enough');
      const call = opened.model.complete(ask('hello'), { signal: AbortSignal.abort(reason) });
      await expect(call).rejects.toBe(reason);
    });

    test('ends at once with the reason when it is cancelled, and says what that came to', async () => {
      await using opened = await open([{ stalls: true }]);
      const stop = new AbortController();
      const bills: number[] = [];
      const call = opened.model.complete(ask('hello'), {
        signal: stop.signal,
        meter: { again: () => true, cutOff: (usage) => bills.push(usage.completion_tokens) },
      });
      const reason = { why: 'no error at all' };
      setImmediate(() => {
        stop.abort(reason);
      });
      await expect(call).rejects.toBe(reason);
      expect(bills).toEqual([0]);
    });

    test('answers many calls at the same time', async () => {
      const lines = Array.from({ length: 30 }, (_, n) => ({ text: `answer ${String(n)}` }));
      await using opened = await open(lines);
      const completions = await Promise.all(
        lines.map((_, n) => opened.model.complete(ask(String(n)), new AbortController())),
      );
      const texts = completions.map((one) => (one.kind === 'answer' ? one.text : one.kind));
      expect(new Set(texts)).toEqual(new Set(lines.map(({ text }) => text)));
    });
  });
}
