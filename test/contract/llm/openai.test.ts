import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/runner/llm/model';
import type { OpenaiModelOptions } from '../../../src/runner/llm/openaiModel';
import { openaiModel } from '../../../src/runner/llm/openaiModel';
import type { Answer, FailureAnswer, ModelServer } from '../../support/modelServer';
import {
  badGateway,
  callTools,
  contentFilter,
  contextOverflow,
  noToolSupport,
  refuse,
  say,
  serverError,
  silence,
  startModelServer,
  tooManyRequests,
  unknownModel,
  wrongKey,
} from '../../support/modelServer';
import { ask, shellTool } from '../../support/models';
import { never } from '../../support/temp';
import type { ScriptLine } from './contract';
import { describeModel } from './contract';

function modelAt(server: ModelServer, options: Partial<OpenaiModelOptions> = {}): Model {
  return openaiModel({
    provider: 'The test server',
    baseUrl: server.baseUrl,
    model: 'tester',
    key: null,
    keyName: 'TEST_KEY',
    boundName: 'max_tokens',
    contextWindow: null,
    price: { input: 1, output: 10 },
    idleSeconds: 30,
    userAgent: 'benchyard/test',
    ...options,
  });
}

function served({ text, reasoning, calls, end, tokens, stalls }: ScriptLine): Answer {
  if (stalls === true) return silence;
  if (end === 'refused') return refuse('I would rather not.');
  if (end === 'context_overflow') return contextOverflow();
  if (end === 'failed') return serverError();
  return {
    ...(text === undefined ? {} : { text }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(calls === undefined ? {} : { calls }),
    ...(tokens === undefined ? {} : { usage: tokens }),
    ...(end === 'truncated' ? { finish: 'length' } : {}),
  };
}

describeModel('an OpenAI-compatible server', async (lines) => {
  const server = await startModelServer(lines.map(served));
  return { model: modelAt(server), [Symbol.asyncDispose]: () => server.close() };
});

async function completionOf(
  answer: Answer,
  options: Partial<OpenaiModelOptions> = {},
  request = ask('hello'),
) {
  await using server = await startModelServer([answer]);
  return await modelAt(server, options).complete(request, { signal: never });
}

describe('the request', () => {
  test('has what was asked, and no header that is not needed', async () => {
    await using server = await startModelServer([say('a')], { key: 'k1' });
    const model = modelAt(server, { key: 'k1' });
    const request = ask('hello', { tools: [shellTool], temperature: 0.5, maxTokens: 77 });
    await model.complete(request, { signal: never });
    const [received] = server.requests;
    expect(received?.body).toMatchObject({
      model: 'tester',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 77,
      temperature: 0.5,
      tools: [{ type: 'function', function: { name: 'shell' } }],
    });
    expect(received?.headers).toMatchObject({
      authorization: 'Bearer k1',
      'user-agent': 'benchyard/test',
    });
    expect(Object.keys(received?.headers ?? {}).filter((name) => name.startsWith('x-'))).toEqual(
      [],
    );
  });

  test('has no key where there is none, and the bound by the name that the provider knows', async () => {
    await using server = await startModelServer([say('a')]);
    await modelAt(server, { boundName: 'max_completion_tokens' }).complete(ask('hello'), {
      signal: never,
    });
    const [received] = server.requests;
    expect(received?.headers).not.toHaveProperty('authorization');
    expect(received?.body).toMatchObject({ max_completion_tokens: 1000 });
    expect(received?.body).not.toHaveProperty('max_tokens');
    expect(received?.body).not.toHaveProperty('tools');
    expect(received?.body).not.toHaveProperty('temperature');
  });
});

describe('the stream', () => {
  test('may be cut anywhere, also within characters', async () => {
    const answer = callTools([{ name: 'shell', arguments: { command: 'echo 日本 👋' } }], {
      text: 'Grüße 世界',
      reasoning: 'ÄÖÜ',
      reasoningField: 'reasoning',
      bytesAtATime: 1,
    });
    const completion = await completionOf(answer);
    expect(completion).toMatchObject({ kind: 'answer', text: 'Grüße 世界', reasoning: 'ÄÖÜ' });
    if (completion.kind === 'answer')
      expect(JSON.parse(completion.toolCalls[0]?.arguments ?? '')).toEqual({
        command: 'echo 日本 👋',
      });
  });

  test('without usage is estimated, and its cost with it', async () => {
    const completion = await completionOf(say('x'.repeat(300), { usage: null }));
    expect(completion.usage).toMatchObject({ completion_tokens: 100, estimated: true });
    expect(completion.usage.prompt_tokens).toBeGreaterThan(0);
    expect(completion.usage.cost).toBeGreaterThan(0.001);
  });

  test('costs what its tokens cost', async () => {
    const usage = { prompt: 1000, cached: 600, completion: 50 };
    const price = { input: 2, cached_input: 0.5, output: 8 };
    expect((await completionOf(say('a', { usage }), { price })).usage.cost).toBeCloseTo(0.0015);
    expect((await completionOf(say('a', { usage }), { price: null })).usage.cost).toBeNull();
  });

  test.each([
    ['reset', { breakAfter: 3 }],
    ['ended without an end', { endAfter: 3 }],
    ['ended by an error', { errorAfter: { events: 3, message: 'the worker died' } }],
  ])('that is %s may be asked for again, and what came of it is paid for', async (_, way) => {
    const completion = await completionOf(say('x'.repeat(900), way));
    expect(completion).toMatchObject({ kind: 'failed', retry: { afterMs: 0 } });
    expect(completion.usage.estimated).toBe(true);
    expect(completion.usage.prompt_tokens).toBeGreaterThan(0);
    // A reset may throw away what the client had not read yet.
    expect([0, 100, 200]).toContain(completion.usage.completion_tokens);
    if (!('breakAfter' in way)) expect(completion.usage.completion_tokens).toBe(200);
  });

  test('that breaks off because the conversation is too long is told as that', async () => {
    const message = "This model's maximum context length is 10 tokens";
    const completion = await completionOf(say('x', { errorAfter: { events: 0, message } }));
    expect(completion).toMatchObject({ kind: 'context_overflow' });
  });
});

describe('a silent server', () => {
  test.each([
    ['before its answer', silence],
    ['in the middle of it', say('abc', { stallAfter: 2 })],
  ])('is given up %s', async (_, answer) => {
    const completion = await completionOf(answer, { idleSeconds: 0.1 });
    expect(completion).toMatchObject({ kind: 'failed', retry: { afterMs: 0 } });
    expect('detail' in completion && completion.detail).toContain('nothing came for 0.1 s');
    expect(completion.usage.prompt_tokens).toBeGreaterThan(0);
  });

  test('is not given up while it sends anything', async () => {
    const completion = await completionOf(say('slow but steady', { pauseMs: 40 }), {
      idleSeconds: 0.15,
    });
    expect(completion).toMatchObject({ kind: 'answer', text: 'slow but steady' });
    expect(completion.durationMs).toBeGreaterThan(150);
  });

  test('is left when the call is cancelled, and what had come is billed', async () => {
    await using server = await startModelServer([say('x'.repeat(900), { stallAfter: 3 })]);
    const stop = new AbortController();
    const bills: number[] = [];
    let heard = '';
    const call = modelAt(server).complete(ask('hello'), {
      signal: stop.signal,
      meter: { again: () => true, cutOff: (usage) => bills.push(usage.completion_tokens) },
      onText: (text) => {
        heard += text;
        if (heard.length === 600) stop.abort(new Error('enough'));
      },
    });
    await expect(call).rejects.toThrow('enough');
    expect(bills).toEqual([200]);
    while (server.open > 0) await pause(5);
  });
});

describe('a failure', () => {
  test.each([
    ['429 with seconds', tooManyRequests('7'), 7000],
    ['429 with a fraction of a second', tooManyRequests('0.5'), 500],
    ['429 without a time', tooManyRequests(), 0],
    [
      '429 with milliseconds',
      { ...tooManyRequests('9'), headers: { 'retry-after-ms': '250', 'retry-after': '9' } },
      250,
    ],
    ['500', serverError(), 0],
    ['503', serverError(503), 0],
    ['529', serverError(529), 0],
    ['502 of a proxy', badGateway(), 0],
    ['408', serverError(408), 0],
    ['409', serverError(409), 0],
  ] as const)('%s may be tried again', async (_, answer: FailureAnswer, afterMs) => {
    const completion = await completionOf(answer);
    expect(completion).toMatchObject({
      kind: 'failed',
      retry: { afterMs },
      usage: { prompt_tokens: 0, cost: 0 },
    });
    expect('detail' in completion && completion.detail).toContain(`HTTP ${String(answer.status)}`);
  });

  test('429 with a date is waited for until then', async () => {
    const date = new Date(Date.now() + 20_000).toUTCString();
    const completion = await completionOf(tooManyRequests(date));
    if (completion.kind !== 'failed') expect.fail(completion.kind);
    expect(completion.retry?.afterMs).toBeGreaterThan(10_000);
    expect(completion.retry?.afterMs).toBeLessThanOrEqual(20_000);
  });

  test('of the request itself is not', async () => {
    const completion = await completionOf({
      status: 400,
      body: { error: { message: 'temperature must be 1' } },
    });
    expect(completion).toMatchObject({ kind: 'failed', detail: 'HTTP 400: temperature must be 1' });
    expect(completion).not.toHaveProperty('retry');
  });

  test('to connect may be tried again and costs nothing', async () => {
    const server = await startModelServer([]);
    await server.close();
    const completion = await modelAt(server).complete(ask('hello'), { signal: never });
    expect(completion).toMatchObject({
      kind: 'failed',
      retry: { afterMs: 0 },
      usage: { cost: 0, estimated: false },
    });
    expect('detail' in completion && completion.detail).toContain('ECONNREFUSED');
  });

  test.each([
    ['OpenAI', contextOverflow()],
    [
      'vLLM',
      {
        status: 400,
        body: {
          object: 'error',
          message:
            "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
        },
      },
    ],
    [
      'llama.cpp',
      {
        status: 400,
        body: {
          error: {
            code: 400,
            message: 'the request exceeds the available context size. try increasing it',
            type: 'exceed_context_size_error',
          },
        },
      },
    ],
    [
      'SGLang',
      {
        status: 400,
        body: {
          error: { message: "The input (9000 tokens) is longer than the model's context length" },
        },
      },
    ],
    [
      'FastAPI',
      { status: 400, body: { detail: 'Requested token count exceeds the context length' } },
    ],
    [
      'Anthropic',
      { status: 400, body: { error: { message: 'prompt is too long: 210000 tokens' } } },
    ],
    ['a proxy', { status: 413, body: 'Payload Too Large' }],
  ])('of %s that means a conversation too long is told as that', async (_, answer) => {
    expect(await completionOf(answer)).toMatchObject({ kind: 'context_overflow' });
  });

  test.each([
    ['in place of an answer', contentFilter()],
    ['at its end', say('half of', { finish: 'content_filter' })],
  ])('of a content filter %s is a refusal', async (_, answer) => {
    expect(await completionOf(answer)).toMatchObject({ kind: 'refused' });
  });

  test.each([
    ['Ollama', noToolSupport('registry.ollama.ai/library/tiny does not support tools')],
    ['vLLM', noToolSupport('"auto" tool choice requires --enable-auto-tool-choice to be set')],
    [
      'llama.cpp',
      { status: 500, body: { error: { code: 500, message: 'tools param requires --jinja flag' } } },
    ],
    [
      'OpenRouter',
      { status: 404, body: { error: { message: 'No endpoints found that support tool use.' } } },
    ],
  ])('of %s that means no tools is told as that', async (_, answer) => {
    const request = ask('hello', { tools: [shellTool] });
    expect(await completionOf(answer, {}, request)).toMatchObject({
      kind: 'failed',
      toolsRefused: true,
    });
  });
});

describe('what a person has to mend', () => {
  test.each([
    ['a wrong key', wrongKey(), 'does not take the key in TEST_KEY'],
    ['no money left', serverError(402), 'nothing left to spend'],
    [
      'no quota',
      { status: 429, body: { error: { message: 'check your plan', code: 'insufficient_quota' } } },
      'nothing left to spend',
    ],
    ['no permission', serverError(403), 'does not let the key in TEST_KEY use tester'],
    ['an unknown model', unknownModel('tester'), 'has no model tester'],
    ['a wrong address', { status: 404, body: '<h1>Not Found</h1>' }, 'has no model tester'],
  ])('rejects with what to do: %s', async (_, answer, message) => {
    const call = completionOf(answer, { key: 'secret-of-the-test' });
    await expect(call).rejects.toMatchObject({ code: 'model-denied' });
    await expect(call).rejects.toThrow(message);
    await expect(call).rejects.not.toThrow('secret-of-the-test');
  });

  test('a missing key is said to be missing', async () => {
    await expect(completionOf(wrongKey())).rejects.toThrow('asks for a key; set TEST_KEY');
  });

  test('the server says the key back: it is not passed on', async () => {
    const call = completionOf(wrongKey('no such key: sk-planted-12345'), {
      key: 'sk-planted-12345',
    });
    await expect(call).rejects.toThrow('no such key: [key]');
    const failure = await completionOf(
      { status: 500, body: { error: { message: 'Bearer sk-planted-12345 broke me' } } },
      { key: 'sk-planted-12345' },
    );
    expect(JSON.stringify(failure)).not.toContain('sk-planted');
  });
});
