import path from 'node:path';
import type { Host } from '../host';
import type { ModelConfig, Price, RunConfig } from '../model';
import { costOf, RunnerError } from '../model';
import type { Completion, Model } from './model';
import { openaiModel } from './openaiModel';
import { factsOf } from './prices';
import type { ModelChoice } from './providers';
import { modelChoice } from './providers';
import { RateLimit } from './rateLimit';
import { openScriptedModel } from './scripted';
import { withCache } from './withCache';
import { withRateLimit } from './withRateLimit';
import { withRetries } from './withRetries';
import { withTextTools } from './withTextTools';

export { modelNameOf } from './providers';

/** What a configuration says about models: `cache` and the limits of cost come with a run's. */
export type OpenModelConfig = ModelConfig &
  Partial<Pick<RunConfig, 'cache' | 'budget' | 'max_cost'>>;

interface OpenOptions {
  readonly signal: AbortSignal;
  readonly cwd: string;
}

/**
 * Opens the model of a run: with its retries, rate limits and cache, shared by all its trials. Asks the model nothing, so
 * it is also the way to tell beforehand whether it can be opened.
 *
 * @throws `invalid-config` when the configuration cannot work, `model-denied` when its key is missing
 */
export async function openModel(
  config: OpenModelConfig,
  host: Host,
  options: OpenOptions,
): Promise<Model> {
  options.signal.throwIfAborted();
  const choice = modelChoice(config);
  const log = (message: string): void => {
    host.log('debug', `model ${choice.name}: ${message}`);
  };
  const model = await openBase(choice, config, { host, ...options });
  assertCostKnown(config, model);
  if (choice.provider === 'scripted') return model;
  const limit = new RateLimit({
    requestsPerMinute: config.requests_per_minute,
    tokensPerMinute: config.tokens_per_minute,
  });
  const steady = withRetries(withRateLimit(model, limit), { retries: config.model_retries, log });
  const told = config.tool_calls === 'native' ? steady : textTools(steady, config.tool_calls, log);
  const waitingCalls = (): number => limit.waiting;
  if (config.cache !== true) return { ...logged(told, log), waitingCalls };
  const { provider, name } = choice;
  const remembering = logged(
    withCache(told, {
      folder: path.join(host.cacheDir, 'models'),
      identity: {
        provider,
        name,
        baseUrl: 'baseUrl' in choice ? choice.baseUrl : null,
        toolCalls: config.tool_calls,
      },
      log,
    }),
    log,
  );
  return { ...remembering, waitingCalls };
}

function textTools(model: Model, mode: 'auto' | 'text', log: (message: string) => void): Model {
  return withTextTools(model, { mode, log });
}

async function openBase(
  choice: ModelChoice,
  config: OpenModelConfig,
  { host, signal, cwd }: OpenOptions & { readonly host: Host },
): Promise<Model> {
  if (choice.provider === 'scripted')
    return await openScriptedModel(path.resolve(cwd, choice.name));
  const { price, contextWindow } = factsOf(choice, config);
  if (choice.provider === 'vscode') {
    if (host.openEditorModel === null)
      throw new RunnerError(
        'invalid-config',
        'Models of the editor can be used inside VS Code only; choose another provider.',
      );
    const model = await host.openEditorModel(choice.name, { signal });
    return priced(model, { price: price ?? model.price, contextWindow });
  }
  const { preset, name, baseUrl } = choice;
  return openaiModel({
    provider: preset.title,
    baseUrl,
    model: name,
    key: await keyOf(choice, host),
    keyName: preset.keyName,
    boundName: preset.boundName,
    contextWindow,
    price,
    idleSeconds: config.model_timeout_s,
    userAgent: `benchyard/${host.version}`,
  });
}

/** @throws `model-denied` when there is none that is needed, or one that cannot be a key; never says what it is */
async function keyOf(
  { preset }: Extract<ModelChoice, { readonly baseUrl: string }>,
  host: Host,
): Promise<string | null> {
  const { keyName, title, keyNeeded } = preset;
  const key = (await host.secret(keyName))?.trim() ?? '';
  if (key === '' && keyNeeded)
    throw new RunnerError(
      'model-denied',
      `${title} needs a key: set the variable ${keyName}, or store the key in the editor.`,
    );
  // A header cannot hold it, and what refuses it then says the whole key.
  if (/[^\x21-\x7e]/.test(key))
    throw new RunnerError(
      'model-denied',
      `What ${keyName} holds is no key: it has spaces or characters that no key has.`,
    );
  return key === '' ? null : key;
}

/** The editor's model with the price and context that the configuration knows of it. */
function priced(
  model: Model,
  known: { readonly price: Price | null; readonly contextWindow: number | null },
): Model {
  const { price } = known;
  return {
    name: model.name,
    contextWindow: known.contextWindow ?? model.contextWindow,
    price,
    async complete(request, options): Promise<Completion> {
      const completion = await model.complete(request, options);
      const { usage } = completion;
      return { ...completion, usage: { ...usage, cost: usage.cost ?? costOf(usage, price) } };
    },
  };
}

/** A cap on something unknown is none. */
function assertCostKnown(config: OpenModelConfig, { name, price }: Model): void {
  const cap = config.max_cost ?? config.budget?.run.cost ?? config.budget?.trial.cost;
  if (cap === undefined || price !== null) return;
  const example = JSON.stringify({ prices: { [name]: { input: 0.5, output: 2 } } });
  throw new RunnerError(
    'invalid-config',
    `The price of ${name} is not known, so no limit of cost can be kept. Say it in US dollars per million tokens (${example}), or limit turns or tokens instead.`,
  );
}

/** Says in the log what became of each call; texts stay in the trajectory. */
function logged(model: Model, log: (message: string) => void): Model {
  const { name, contextWindow, price } = model;
  return {
    name,
    contextWindow,
    price,
    async complete(request, options): Promise<Completion> {
      const completion = await model.complete(request, options);
      const { kind, usage, attempts, cached, durationMs } = completion;
      const facts = [
        cached ? 'from the cache' : `${String(attempts)} requests`,
        `${String(usage.prompt_tokens)} + ${String(usage.completion_tokens)} tokens`,
        `${String(Math.round(durationMs))} ms`,
      ];
      log(`${kind} (${facts.join(', ')})`);
      return completion;
    },
  };
}
