import { describe, expect, it } from 'vitest';
import { keyedProviderOf, modelChoices } from '../../../src/presentation/modelChoices';
import { toRunConfig } from '../../../src/presentation/runSettings';
import { runConfigSchema } from '../../../src/runner/model';
import { plainSettings } from './fixtures';

const copilot = { vendor: 'copilot', family: 'gpt-5', name: 'GPT-5' };

describe('models to choose from', () => {
  it('begin with the last one, then the settings, then the editor’s own', () => {
    const choices = modelChoices({
      editor: [copilot],
      last: 'openai:gpt-5',
      setting: 'my-model',
      baseUrl: '',
    });
    expect(choices.map(({ model }) => model)).toEqual([
      'openai:gpt-5',
      'my-model',
      'vscode:copilot/gpt-5',
      '',
      null,
    ]);
    expect(choices.slice(0, 3).map(({ description }) => description)).toEqual([
      'last used',
      'from the settings',
      'copilot/gpt-5',
    ]);
  });

  it('name one that was used before once, by its name; a server of one’s own has no default', () => {
    const choices = modelChoices({
      editor: [copilot],
      last: 'vscode:copilot/gpt-5',
      setting: 'vscode:copilot/gpt-5',
      baseUrl: 'http://localhost:8000/v1',
    });
    expect(choices.map(({ label }) => label)).toEqual(['GPT-5', 'Another model…']);
  });
});

describe('the key of a model', () => {
  it.each([
    ['', '', 'CHUTES_API_KEY'],
    ['moonshotai/Kimi-K2', '', 'CHUTES_API_KEY'],
    ['openai:gpt-5', 'http://localhost:8000/v1', 'OPENAI_API_KEY'],
    ['anything', 'http://localhost:8000/v1', 'BENCHYARD_API_KEY'],
    ['custom:anything', '', 'BENCHYARD_API_KEY'],
  ])('%j with the server %j is %s', (model, baseUrl, keyName) => {
    expect(keyedProviderOf(model, baseUrl)?.keyName).toBe(keyName);
  });

  it.each(['vscode:copilot/gpt-5', 'scripted:answers.jsonl'])('is not needed for %s', (model) => {
    expect(keyedProviderOf(model, '')).toBeNull();
  });
});

describe('the settings of models', () => {
  const settings = {
    ...plainSettings,
    model: 'my-model',
    modelBaseUrl: 'http://localhost:8000/v1',
    maxCost: 2,
    modelPrices: { 'my-model': { input: 1, output: 3 } },
  };

  it('reach the run', () => {
    const config = runConfigSchema.parse(toRunConfig(settings, {}));
    expect(config).toMatchObject({
      model: 'my-model',
      base_url: 'http://localhost:8000/v1',
      max_cost: 2,
      prices: { 'my-model': { input: 1, output: 3 } },
    });
  });

  it('send a model of another provider elsewhere', () => {
    const config = toRunConfig(settings, { model: 'openai:gpt-5' });
    expect(config).toMatchObject({ model: 'openai:gpt-5' });
    expect(config).not.toHaveProperty('base_url');
  });

  it('are passed over by the choice of the default model', () => {
    expect(toRunConfig(settings, { model: '' })).not.toHaveProperty('model');
  });
});
