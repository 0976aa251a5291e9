import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Budget } from '../../../src/runner/llm/budget';
import type { Completion, ModelRequest } from '../../../src/runner/llm/model';
import { withBudgets } from '../../../src/runner/llm/withBudgets';
import { cacheKey, withCache } from '../../../src/runner/llm/withCache';
import { answered, ask, failed, modelOf, shellTool, usage } from '../../support/models';
import { never, temporaryFolder } from '../../support/temp';

const identity = { provider: 'custom', name: 'm', baseUrl: 'http://a.test' };
const price = { input: 1, output: 10 };

async function setUp(complete: (request: ModelRequest, n: number) => Completion) {
  const folder = await temporaryFolder();
  const lines: string[] = [];
  let asked = 0;
  const open = () =>
    withCache(
      modelOf((request) => complete(request, (asked += 1)), { price }),
      { folder: folder.path, identity, log: (line) => lines.push(line) },
    );
  const files = async () =>
    (await readdir(folder.path, { recursive: true })).filter((name) => name.includes('.'));
  return {
    model: open(),
    open,
    lines,
    files,
    folder: folder.path,
    asked: () => asked,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe('an answer that was given before', () => {
  test('is given again, the same and for nothing', async () => {
    await using cache = await setUp((_, n) =>
      answered(`answer ${String(n)}`, {
        usage: usage(100, 50, price),
        attempts: 2,
        ...({
          reasoning: 'so',
          toolCalls: [{ id: 'c1', name: 'shell', arguments: '{"a' }],
        } as object),
      }),
    );
    const first = await cache.model.complete(ask('hi'), { signal: never });
    let heard = '';
    const again = await cache.open().complete(ask('hi'), {
      signal: never,
      onText: (text) => (heard += text),
    });
    expect(again).toEqual({
      ...first,
      usage: { ...first.usage, cost: 0 },
      attempts: 0,
      cached: true,
      durationMs: again.durationMs,
      promptTokens: undefined,
    });
    expect(heard).toBe('answer 1');
    expect(cache.asked()).toBe(1);
  });

  test('is written whole: no other file is left beside it', async () => {
    await using cache = await setUp(() => answered('a'));
    await Promise.all([1, 2, 3].map(() => cache.model.complete(ask('hi'), { signal: never })));
    expect(await cache.files()).toHaveLength(1);
  });

  test('that cannot be read is asked for again', async () => {
    await using cache = await setUp((_, n) => answered(String(n)));
    await cache.model.complete(ask('hi'), { signal: never });
    const [file = ''] = await cache.files();
    const whole = await readFile(path.join(cache.folder, file), 'utf8');
    await writeFile(path.join(cache.folder, file), whole.slice(0, 20));
    expect(await cache.model.complete(ask('hi'), { signal: never })).toMatchObject({ text: '2' });
    expect(cache.lines).toHaveLength(1);
    expect(await cache.model.complete(ask('hi'), { signal: never })).toMatchObject({ text: '2' });
  });

  test('is not lost to a cache that cannot be written', async () => {
    await using cache = await setUp(() => answered('a'));
    const key = cacheKey(ask('hi'), identity);
    await mkdir(cache.folder, { recursive: true });
    await writeFile(path.join(cache.folder, key.slice(0, 2)), 'in the way');
    expect(await cache.model.complete(ask('hi'), { signal: never })).toMatchObject({ text: 'a' });
    expect(cache.lines.join()).toContain('cannot be cached');
  });
});

test.each([
  ['a failure', failed('busy')],
  ['a refusal', { ...answered(''), kind: 'refused', detail: 'no' }],
  ['a conversation too long', { ...answered(''), kind: 'context_overflow', detail: 'no' }],
] as [string, Completion][])('%s is not kept', async (_, completion) => {
  await using cache = await setUp(() => completion);
  for (let n = 0; n < 2; n += 1) await cache.model.complete(ask('hi'), { signal: never });
  expect(cache.asked()).toBe(2);
  expect(await cache.files()).toEqual([]);
});

describe('the key', () => {
  const request = ask('hi', { tools: [shellTool] });
  const key = cacheKey(request, identity);

  test.each([
    ['messages', { ...request, messages: [...request.messages, ...request.messages] }],
    ['tools', { ...request, tools: [] }],
    ['the longest answer', { ...request, maxTokens: 5 }],
    ['temperature', { ...request, temperature: 0 }],
    ['the sample', { ...request, sample: 1 }],
    ['the attempt', { ...request, trial: { taskId: 'a', attempt: 1 } }],
  ])('depends on %s', (_, other) => {
    expect(cacheKey(other, identity)).not.toBe(key);
  });

  test('depends on who is asked', () => {
    expect(cacheKey(request, { ...identity, name: 'n' })).not.toBe(key);
    expect(cacheKey(request, { ...identity, baseUrl: 'http://b.test' })).not.toBe(key);
  });

  test('does not depend on the order of names, on what a budget allows or on the task', () => {
    const [tool] = request.tools;
    const turned = Object.fromEntries(Object.entries(tool ?? {}).reverse());
    expect(cacheKey({ ...request, tools: [turned as typeof shellTool] }, identity)).toBe(key);
    expect(cacheKey({ ...request, maxTokens: 5, askedTokens: 1000 }, identity)).toBe(key);
    expect(cacheKey({ ...request, trial: { taskId: 'b', attempt: 0 } }, identity)).toBe(key);
  });
});

describe('with a budget', () => {
  const long = answered('long', { usage: usage(10, 500, price) });

  test('a run is repeated for nothing, however its answers were shortened', async () => {
    await using cache = await setUp(() => long);
    const run = async (limits: object) => {
      const budget = new Budget(limits);
      const model = withBudgets(cache.open(), { trial: new Budget({}), run: budget });
      const kinds: string[] = [];
      for (let n = 0; n < 5; n += 1) {
        const completion = await model.complete(ask(String(n)), { signal: never });
        kinds.push(`${completion.kind} ${String(completion.cached)}`);
      }
      return { kinds, cost: budget.spent.cost };
    };
    const first = await run({ cost: 0.016 });
    expect(first.kinds.slice(0, 3)).toEqual(Array(3).fill('answer false'));
    expect(first.kinds).toContain('over_budget false');
    const asked = cache.asked();
    const again = await run({ tokens: 100_000 });
    expect(again.kinds.slice(0, asked)).toEqual(Array(asked).fill('answer true'));
  });

  test('an answer that it cut off is not kept: with more it would be another', async () => {
    await using cache = await setUp(({ maxTokens }) =>
      answered('cut', { usage: usage(10, maxTokens, price), ...({ truncated: true } as object) }),
    );
    const budget = new Budget({ tokens: 600 });
    const model = withBudgets(cache.model, { trial: budget, run: new Budget({}) });
    expect(await model.complete(ask('hi'), { signal: never })).toMatchObject({ truncated: true });
    expect(await cache.files()).toEqual([]);
    await cache.model.complete(ask('hi'), { signal: never });
    expect(await cache.files()).toHaveLength(1);
  });

  test('what is known of a conversation is the same when it comes from the cache', async () => {
    await using cache = await setUp(() => answered('ok', { usage: usage(100, 5, price) }));
    const bounds: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      const budget = new Budget({ tokens: 4000 });
      const model = withBudgets(cache.open(), { trial: budget, run: new Budget({}) });
      const request = ask('x'.repeat(2900));
      await model.complete(request, { signal: never });
      const { messages } = request;
      const next = { ...request, messages: [...messages, ...ask('more').messages] };
      expect(await model.complete(next, { signal: never })).toMatchObject({ kind: 'answer' });
      bounds.push(budget.spent.tokens);
    }
    expect(bounds[0]).toBe(bounds[1]);
    expect(cache.asked()).toBe(2);
  });
});
