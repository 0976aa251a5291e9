import type { Host } from '../host';
import type { ModelConfig } from '../model';
import { RunnerError } from '../model';
import type { Model } from './model';

/** The model that a configuration names, as results and folders name it. */
export function modelNameOf(config: ModelConfig): string {
  return config.model ?? 'moonshotai/Kimi-K2-Instruct-75k';
}

/**
 * Opens the model of a run: with its retries, rate limits and cache, shared by all its trials.
 *
 * @throws `invalid-config` when the configuration cannot work, `model-denied` when its key is missing
 */
export function openModel(
  config: ModelConfig,
  host: Host,
  options: { readonly signal: AbortSignal; readonly cwd: string },
): Promise<Model> {
  options.signal.throwIfAborted();
  throw new RunnerError('model-unavailable', `${host.version} ${modelNameOf(config)}`);
}
