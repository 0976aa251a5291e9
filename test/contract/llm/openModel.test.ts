import { describe, expect, test } from 'vitest';
import type { Completion, Model } from '../../../src/runner/llm/model';
import type { OpenModelConfig } from '../../../src/runner/llm/openModel';
import { openModel } from '../../../src/runner/llm/openModel';
import type { Host } from '../../../src/runner/index';
import type { ChatMessage } from '../../../src/runner/model';
import { runConfigSchema } from '../../../src/runner/model';
import type { ModelServer, Script } from '../../support/modelServer';
import {
  callTool,
  noToolSupport,
  say,
  serverError,
  startModelServer,
  tooManyRequests,
} from '../../support/modelServer';
import { answered, ask, modelOf, shellTool, usage } from '../../support/models';
import { never, temporaryFolder, testHost } from '../../support/temp';

interface Opened extends AsyncDisposable {
  readonly server: ModelServer;
  readonly host: Host;
  readonly logs: readonly string[];
  open(config?: object): Promise<Model>;
}

async function setUp(script: Script, overrides: Partial<Host> = {}): Promise<Opened> {
  const folder = await temporaryFolder();
  const server = await startModelServer(script);
  const logs: string[] = [];
  const host = testHost(folder.path, {
    env: {},
    log: (_, message) => logs.push(message),
    ...overrides,
  });
  return {
    server,
    host,
    logs,
    open: (config = {}) =>
      openModel(configOf({ base_url: server.baseUrl, model: 'tester', ...config }), host, {
        signal: never,
        cwd: folder.path,
      }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function configOf(input: object): OpenModelConfig {
  return runConfigSchema.parse(input);
}

function textOf(completion: Completion): string {
  return completion.kind === 'answer' ? completion.text : completion.kind;
}

describe('a model that is opened', () => {
  test('asks again as its server tells it to', async () => {
    await using opened = await setUp([
      tooManyRequests('0.2'),
      say('half of it', { breakAfter: 2 }),
      say('yes'),
    ]);
    const model = await opened.open();
    const completion = await model.complete(ask('hello'), { signal: never });
    expect(completion).toMatchObject({ kind: 'answer', text: 'yes', attempts: 3 });
    const [first, second] = opened.server.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(200);
    expect(opened.logs.filter((line) => line.includes('asking again'))).toHaveLength(2);
  });

  test('gives up after the retries that are allowed', async () => {
    await using opened = await setUp([serverError(), serverError(), say('too late')]);
    const model = await opened.open({ model_retries: 1 });
    const completion = await model.complete(ask('hello'), { signal: never });
    expect(completion).toMatchObject({ kind: 'failed', attempts: 2 });
    expect(opened.server.requests).toHaveLength(2);
  });

  test('is told to call tools in text once its server refuses them', async () => {
    await using opened = await setUp(({ body }) =>
      body.tools === undefined ? say('```tool shell\nls\n```') : noToolSupport(),
    );
    const model = await opened.open();
    const request = ask('hello', { tools: [shellTool] });
    for (let n = 0; n < 2; n += 1)
      expect(await model.complete(request, { signal: never })).toMatchObject({
        kind: 'answer',
        toolCalls: [{ name: 'shell', arguments: '{"command":"ls"}' }],
      });
    expect(opened.server.requests.map(({ body }) => body.tools?.length ?? 0)).toEqual([1, 0, 0]);
  });

  test.each([
    ['native', 1],
    ['text', 0],
  ])('offers tools as the configuration says: %s', async (mode, offered) => {
    await using opened = await setUp([callTool('shell', { command: 'ls' })]);
    const model = await opened.open({ tool_calls: mode });
    await model.complete(ask('hello', { tools: [shellTool] }), { signal: never });
    expect(opened.server.requests[0]?.body.tools?.length ?? 0).toBe(offered);
  });

  test('keeps to the rate of the run, whoever asks', async () => {
    await using opened = await setUp(() => say('yes'));
    const model = await opened.open({ requests_per_minute: 2 });
    const stop = new AbortController();
    const calls = Array.from({ length: 5 }, (_, n) =>
      model.complete(ask(String(n), { trial: { taskId: String(n), attempt: 0 } }), stop),
    );
    await Promise.all(calls.slice(0, 2));
    stop.abort(new Error('enough'));
    const ends = await Promise.allSettled(calls);
    expect(ends.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
    expect(opened.server.requests).toHaveLength(2);
  });

  test('repeats a whole conversation from its cache: free, identical, and without its server', async () => {
    await using opened = await setUp((_, n) =>
      callTool('shell', { command: `step ${String(n)}` }, { text: `I do ${String(n)}.` }),
    );
    const config = { cache: true, prices: { tester: { input: 1, output: 1 } } };
    const converse = async (model: Model): Promise<readonly Completion[]> => {
      const completions: Completion[] = [];
      let request = ask('go', { tools: [shellTool] });
      for (let turn = 0; turn < 3; turn += 1) {
        const completion = await model.complete(request, { signal: never });
        completions.push(completion);
        if (completion.kind !== 'answer') break;
        const { text: content, toolCalls } = completion;
        const messages: ChatMessage[] = [
          ...request.messages,
          { role: 'assistant', content, tool_calls: [...toolCalls] },
          { role: 'tool', tool_call_id: toolCalls[0]?.id ?? '', content: 'done' },
        ];
        request = { ...request, messages };
      }
      return completions;
    };
    const first = await converse(await opened.open(config));
    expect(first.map(textOf)).toEqual(['I do 0.', 'I do 1.', 'I do 2.']);
    await opened.server.close();
    const again = await converse(await opened.open(config));
    expect(again.map((one) => one.usage.cost)).toEqual([0, 0, 0]);
    const same = (one: Completion) => ({
      ...one,
      usage: { ...one.usage, cost: 0 },
      durationMs: 0,
      attempts: 0,
      cached: null,
    });
    expect(again.map(same)).toEqual(first.map(same));
  });

  test('says in the log what became of its calls, not what was said', async () => {
    await using opened = await setUp([
      say('a secret answer', { usage: { prompt: 12, completion: 3 } }),
    ]);
    const model = await opened.open();
    await model.complete(ask('a secret question'), { signal: never });
    expect(opened.logs.join('\n')).toMatch(/tester: answer \(1 requests, 12 \+ 3 tokens, \d+ ms\)/);
    expect(opened.logs.join('\n')).not.toContain('secret');
  });
});

describe('a model that cannot be opened', () => {
  test.each([
    ['CHUTES_API_KEY', {}],
    ['OPENAI_API_KEY', { model: 'openai:gpt-5' }],
  ])('for want of a key says which: %s', async (variable, config) => {
    await using folder = await temporaryFolder();
    const host = testHost(folder.path, { env: {} });
    const opening = openModel(configOf(config), host, { signal: never, cwd: folder.path });
    await expect(opening).rejects.toMatchObject({ code: 'model-denied' });
    await expect(opening).rejects.toThrow(variable);
  });

  test.each(['sk-planted 12345', 'sk-planted\n12345', 'sk-plantéd12345'])(
    'for want of a usable key does not say the key: %j',
    async (key) => {
      await using folder = await temporaryFolder();
      const host = testHost(folder.path, { env: { CHUTES_API_KEY: key } });
      const opening = openModel(configOf({}), host, { signal: never, cwd: folder.path });
      await expect(opening).rejects.toThrow('What CHUTES_API_KEY holds is no key');
      await expect(opening).rejects.not.toThrow('12345');
    },
  );

  test.each([
    { max_cost: 1 },
    { budget: { run: { cost: 1 } } },
    { budget: { trial: { cost: 1 } } },
  ])('because nobody knows what a limit of cost comes to: %j', async (limits) => {
    await using opened = await setUp([]);
    await expect(opened.open(limits)).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(opened.open(limits)).rejects.toThrow('prices');
    const prices = { tester: { input: 1, output: 2 } };
    expect((await opened.open({ ...limits, prices })).price).toEqual(prices.tester);
  });
});

describe('a model of the editor', () => {
  const own = modelOf(() => answered('from the editor', { usage: usage(1000, 100) }), {
    name: 'copilot/gpt',
  });
  const config = { base_url: undefined, model: 'vscode:copilot/gpt' };

  test('is asked for by its name', async () => {
    const names: string[] = [];
    await using opened = await setUp([], {
      openEditorModel: (name) => (names.push(name), Promise.resolve(own)),
    });
    const model = await opened.open(config);
    const completion = await model.complete(ask('hello'), { signal: never });
    expect(names).toEqual(['copilot/gpt']);
    expect(completion).toMatchObject({ text: 'from the editor', usage: { cost: null } });
  });

  test('has the price that the configuration knows', async () => {
    await using opened = await setUp([], { openEditorModel: () => Promise.resolve(own) });
    const prices = { 'vscode:copilot/gpt': { input: 1, output: 10 } };
    const model = await opened.open({ ...config, prices, max_cost: 1 });
    const completion = await model.complete(ask('hello'), { signal: never });
    expect(completion.usage.cost).toBeCloseTo(0.002);
  });

  test('is nowhere but in the editor', async () => {
    await using opened = await setUp([]);
    await expect(opened.open(config)).rejects.toMatchObject({ code: 'invalid-config' });
  });
});
