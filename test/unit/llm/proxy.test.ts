import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Completion } from '../../../src/runner/llm/model';
import type { ModelProxy, ModelProxyOptions } from '../../../src/runner/llm/proxy';
import { modelProxy } from '../../../src/runner/llm/proxy';
import { noUsage } from '../../../src/runner/model';

type Asked = Parameters<ModelProxyOptions['complete']>[0];

const facts = {
  usage: { ...noUsage, prompt_tokens: 11, completion_tokens: 7, cached_tokens: 4 },
  durationMs: 5,
  attempts: 1,
  cached: false,
};

function answers(
  text: string,
  more: Partial<Extract<Completion, { kind: 'answer' }>> = {},
): Completion {
  return {
    kind: 'answer',
    text,
    reasoning: null,
    toolCalls: [],
    truncated: false,
    ...facts,
    ...more,
  };
}

const user = { role: 'user', content: 'hello' } as const;

describe('the endpoint that programs in a sandbox talk to', () => {
  let proxy: ModelProxy;
  let port = 0;
  let asked: Asked[] = [];
  let complete: ModelProxyOptions['complete'];
  let listener: ReturnType<typeof createServer>;

  beforeEach(async () => {
    asked = [];
    complete = () => Promise.resolve(answers('hi'));
    proxy = modelProxy({
      modelName: 'the-model',
      token: 'benchyard-token',
      maxTokens: 1000,
      temperature: 0.5,
      patienceMs: 20,
      complete: (request, options) => {
        asked.push(request);
        return complete(request, options);
      },
    });
    listener = createServer(proxy.accept);
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    ({ port } = listener.address() as AddressInfo); // it listens on a port
  });
  afterEach(() => {
    proxy.close();
    listener.close();
  });

  function client(apiKey = 'benchyard-token'): OpenAI {
    return new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey, maxRetries: 2 });
  }

  async function post(body: unknown): Promise<Response> {
    return await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer benchyard-token', 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  test('an answer in one piece, with what it used', async () => {
    const answer = await client().chat.completions.create({ model: 'any-name', messages: [user] });
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: 'any-name',
      choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'hi' } }],
      usage: {
        prompt_tokens: 11,
        completion_tokens: 7,
        total_tokens: 18,
        prompt_tokens_details: { cached_tokens: 4 },
      },
    });
    expect(asked).toEqual([{ messages: [user], tools: [], maxTokens: 1000, temperature: 0.5 }]);
  });

  test('tool calls, whole and as a stream, and their results', async () => {
    const toolCalls = [
      { id: 'a', name: 'run', arguments: '{"x": 1}' },
      { id: 'b', name: 'run', arguments: 'no json' },
    ];
    complete = () => Promise.resolve(answers('', { toolCalls, reasoning: 'because' }));
    const request = {
      model: 'm',
      messages: [
        { role: 'developer' as const, content: 'be short' },
        {
          role: 'user' as const,
          content: [
            { type: 'text' as const, text: 'in ' },
            { type: 'text' as const, text: 'parts' },
          ],
        },
        {
          role: 'assistant' as const,
          tool_calls: [
            { id: 'z', type: 'function' as const, function: { name: 'run', arguments: '{}' } },
          ],
        },
        { role: 'tool' as const, tool_call_id: 'z', content: 'done' },
      ],
      tools: [
        { type: 'function' as const, function: { name: 'run', parameters: { type: 'object' } } },
      ],
      max_tokens: 5000,
      temperature: 0,
    };
    const whole = await client().chat.completions.create(request);
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        reasoning_content: 'because',
        tool_calls: toolCalls.map(({ id, name, arguments: args }) => ({
          id,
          type: 'function',
          function: { name, arguments: args },
        })),
      },
    });
    expect(asked[0]).toEqual({
      messages: [
        { role: 'system', content: 'be short' },
        { role: 'user', content: 'in parts' },
        {
          role: 'assistant',
          content: '',
          tool_calls: [{ id: 'z', name: 'run', arguments: '{}' }],
        },
        { role: 'tool', tool_call_id: 'z', content: 'done' },
      ],
      tools: [{ name: 'run', description: '', parameters: { type: 'object' } }],
      maxTokens: 1000,
      temperature: 0,
    });
    const streamed = await client().chat.completions.stream(request).finalChatCompletion();
    expect(streamed.choices[0]?.message.tool_calls?.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(streamed.choices[0]?.finish_reason).toBe('tool_calls');
    await client().chat.completions.create({ ...request, tool_choice: 'none' });
    expect(asked.at(-1)?.tools).toEqual([]);
  });

  test('a stream ends with the usage where that is asked for', async () => {
    const stream = await client().chat.completions.create({
      model: 'm',
      messages: [user],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let total: number | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      total = chunk.usage?.total_tokens ?? total;
    }
    expect({ text, total }).toEqual({ text: 'hi', total: 18 });
  });

  test('whoever waits for a slow answer is told that it is worked on', async () => {
    let finish: (completion: Completion) => void = () => undefined;
    complete = () => new Promise((resolve) => (finish = resolve));
    const response = await post({ model: 'm', messages: [user], stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    finish(answers('late'));
    const body = await response.text();
    expect(body).toMatch(/^: the model is answering\n\n/);
    expect(body).toContain('"late"');
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('an answer ends where the client wants it to', async () => {
    complete = () =>
      Promise.resolve(answers('Action: run\nObservation: made up', { truncated: true }));
    const { choices } = await client().chat.completions.create({
      model: 'm',
      messages: [user],
      stop: ['Observation:', 'never'],
    });
    expect(choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'Action: run\n' },
    });
  });

  test.each([
    [
      { kind: 'over_budget', stop: { of: 'trial', limit: 'cost' }, detail: 'cost of the trial' },
      402,
      'budget_exceeded',
    ],
    [{ kind: 'context_overflow', detail: 'too long' }, 400, 'context_length_exceeded'],
    [{ kind: 'failed', detail: 'five times 500' }, 502, 'model_failed'],
  ] as const)('no answer (%o) is an error that is not repeated', async (end, status, code) => {
    complete = () => Promise.resolve({ ...end, ...facts });
    for (const stream of [false, true]) {
      const failure = client().chat.completions.create({ model: 'm', messages: [user], stream });
      await expect(failure).rejects.toMatchObject({ status, code });
      await expect(failure).rejects.toThrow(end.detail);
    }
    expect(asked).toHaveLength(2);
  });

  test('an error after the stream began stands in the stream', async () => {
    let finish: (completion: Completion) => void = () => undefined;
    complete = () => new Promise((resolve) => (finish = resolve));
    const response = await post({ model: 'm', messages: [user], stream: true });
    finish({ kind: 'failed', detail: 'gone', ...facts });
    const body = await response.text();
    expect(body).toContain('"code":"model_failed"');
    expect(body).not.toContain('[DONE]');
  });

  test('a refusal is an answer that says so', async () => {
    complete = () => Promise.resolve({ kind: 'refused', detail: 'I will not', ...facts });
    const { choices } = await client().chat.completions.create({ model: 'm', messages: [user] });
    expect(choices[0]).toMatchObject({
      finish_reason: 'content_filter',
      message: { refusal: 'I will not' },
    });
  });

  test('what cannot be served is refused with the reason', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:' } };
    const bad: [unknown, RegExp][] = [
      ['{', /not JSON/],
      [{ messages: [] }, /messages/],
      [{ messages: [user], n: 2 }, /n must be 1/],
      [{ messages: [{ role: 'user', content: [image] }] }, /text only.*image_url/],
      [{ messages: [{ role: 'function', content: 'x' }] }, /role/],
      [{ messages: [user], tools: [{ type: 'web_search' }] }, /tools/],
    ];
    for (const [body, why] of bad) {
      const response = await post(body);
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(why);
    }
    await expect(client().embeddings.create({ model: 'm', input: 'x' })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('only POST /v1/chat/completions') as string,
    });
    await expect(client('wrong').models.list()).rejects.toMatchObject({ status: 401 });
    expect(asked).toHaveLength(0);
  });

  test('fields that it does not know change nothing', async () => {
    const response = await post({ messages: [user], seed: 1, logit_bias: {}, future: { x: [1] } });
    expect(response.status).toBe(200);
    expect(asked).toEqual([{ messages: [user], tools: [], maxTokens: 1000, temperature: 0.5 }]);
  });

  test('one model is served, whatever it is called', async () => {
    const { data } = await client().models.list();
    expect(data.map(({ id }) => id)).toEqual(['the-model']);
    expect((await client().models.retrieve('gpt-5')).id).toBe('the-model');
  });

  test('a request is given up when its client goes', async () => {
    const gone = new Promise<unknown>((resolve) => {
      complete = (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            resolve(signal.reason);
            reject(signal.reason as Error); // as a model does it
          });
          leave.abort();
        });
    });
    const leave = new AbortController();
    const answer = client().chat.completions.create(
      { model: 'm', messages: [user] },
      { signal: leave.signal },
    );
    await expect(answer).rejects.toThrow();
    expect(String(await gone)).toContain('the client has gone');
  });

  test('what breaks behind it is told without details', async () => {
    complete = () => Promise.reject(new Error('the key sk-123 is wrong'));
    const response = await post({ messages: [user] });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('sk-123');
  });

  test('several requests at once, also on one connection', async () => {
    complete = ({ messages }) => Promise.resolve(answers(`to ${messages[0]?.content ?? ''}`));
    const said = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const messages = [{ role: 'user' as const, content: String(n) }];
        const { choices } = await client().chat.completions.create({ model: 'm', messages });
        return choices[0]?.message.content;
      }),
    );
    expect(said).toEqual(Array.from({ length: 20 }, (_, n) => `to ${n}`));
  });
});
