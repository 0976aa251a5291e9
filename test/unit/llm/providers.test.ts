import { describe, expect, test } from 'vitest';
import { factsOf } from '../../../src/runner/llm/prices';
import { modelChoice, modelNameOf, scriptFileOf } from '../../../src/runner/llm/providers';

describe('which model a configuration names', () => {
  test('Chutes and its model by default, at its own address with its own key', () => {
    expect(modelChoice({})).toMatchObject({
      provider: 'chutes',
      name: 'moonshotai/Kimi-K2-Instruct-75k',
      baseUrl: 'https://llm.chutes.ai/v1',
      preset: { keyName: 'CHUTES_API_KEY', keyNeeded: true },
    });
  });

  test.each([
    [{ model: 'openai:gpt-5' }, 'openai', 'gpt-5', 'gpt-5'],
    [{ model: 'gpt-5', provider: 'openai' }, 'openai', 'gpt-5', 'gpt-5'],
    [{ model: 'openai:gpt-5', provider: 'openai' }, 'openai', 'gpt-5', 'gpt-5'],
    [
      { model: 'deepseek-ai/DeepSeek-V3' },
      'chutes',
      'deepseek-ai/DeepSeek-V3',
      'deepseek-ai/DeepSeek-V3',
    ],
    [{ model: 'vscode:copilot/gpt-5' }, 'vscode', 'copilot/gpt-5', 'vscode:copilot/gpt-5'],
    [{ model: 'scripted:a/b.jsonl' }, 'scripted', 'a/b.jsonl', 'scripted:b.jsonl'],
    [{ model: 'a/b.jsonl', provider: 'scripted' }, 'scripted', 'a/b.jsonl', 'scripted:b.jsonl'],
  ] as const)('%j', (config, provider, name, shown) => {
    expect(modelChoice(config)).toMatchObject({ provider, name });
    expect(modelNameOf(config)).toBe(shown);
  });

  test.each([
    [{ model: 'llama3:8b' }, 'llama3:8b'],
    [{ model: 'openai:odd', provider: 'custom' }, 'openai:odd'],
    [{ model: 'custom:llama3:8b' }, 'llama3:8b'],
  ] as const)('a colon alone makes no provider: %j', (config, name) => {
    expect(modelChoice({ ...config, base_url: 'http://localhost:11434/v1' })).toMatchObject({
      provider: 'custom',
      name,
      baseUrl: 'http://localhost:11434/v1',
      preset: { keyNeeded: false },
    });
  });

  test.each([
    [
      'a key of one provider would go to another address',
      { model: 'openai:gpt-5', base_url: 'http://a.test' },
    ],
    ['a key of the default one, too', { provider: 'chutes', base_url: 'http://a.test' }],
    ['an address for the editor', { model: 'vscode:a/b', base_url: 'http://a.test' }],
    ['no address', { provider: 'custom', model: 'm' }],
    ['no name', { provider: 'openai' }],
    ['no name at the address', { base_url: 'http://a.test' }],
    ['no name of the editor', { provider: 'vscode' }],
    ['no file', { model: 'scripted:' }],
  ] as const)('what does not go together is refused: %s', (_, config) => {
    expect(() => modelChoice(config)).toThrow(expect.objectContaining({ code: 'invalid-config' }));
  });

  test('a key in an address is refused, and not said again', () => {
    const config = { model: 'm', base_url: 'http://me:sk-planted@a.test/v1' };
    expect(() => modelChoice(config)).toThrow('BENCHYARD_API_KEY');
    expect(() => modelChoice(config)).not.toThrow('sk-planted');
  });

  test('recorded answers are a file of the run', () => {
    expect(scriptFileOf({ model: 'scripted:a.jsonl' })).toBe('a.jsonl');
    expect(scriptFileOf({ model: 'openai:gpt-5' })).toBeNull();
  });
});

describe('what is known of a model', () => {
  const gpt = { provider: 'openai', name: 'gpt-5' } as const;

  test('stands in the table', () => {
    expect(factsOf(gpt, {})).toEqual({
      price: { input: 1.25, cached_input: 0.125, output: 10 },
      contextWindow: 272_000,
    });
    expect(factsOf({ provider: 'chutes', name: 'moonshotai/Kimi-K2-Instruct-75k' }, {})).toEqual({
      price: null,
      contextWindow: 75_000,
    });
  });

  test('holds for its provider only, and an unknown price is none', () => {
    expect(factsOf({ ...gpt, provider: 'custom' }, {})).toEqual({
      price: null,
      contextWindow: null,
    });
    expect(factsOf({ ...gpt, name: 'gpt-5-2025-08-07' }, {}).price).toBeNull();
  });

  test('is said better by the configuration, with or without the provider', () => {
    const price = { input: 1, output: 2 };
    expect(factsOf(gpt, { prices: { 'gpt-5': price }, context_window: 1000 })).toEqual({
      price,
      contextWindow: 1000,
    });
    expect(
      factsOf(gpt, { prices: { 'openai:gpt-5': price, 'gpt-5': { input: 9, output: 9 } } }).price,
    ).toBe(price);
    expect(factsOf(gpt, { prices: { 'custom:gpt-5': price } }).price).not.toBe(price);
  });
});
