import * as z from 'zod';
import type { Host } from '../host';
import type { RunConfig, RunConfigInput } from '../model';
import { runConfigSchema, RunnerError } from '../model';
import { engineOf } from './engines';

/** @throws `invalid-config` with every key that is wrong and what was expected */
export function parseConfig(input: RunConfigInput): RunConfig {
  const config = runConfigSchema.safeParse(input);
  if (config.success) return config.data;
  throw new RunnerError('invalid-config', z.prettifyError(config.error), { cause: config.error });
}

/**
 * Whether a run can have its trials where it asks for: on a cluster nobody sits beside them.
 *
 * @throws `invalid-config`, or what the engine's own check throws
 */
export async function checkEngine(
  config: RunConfig,
  {
    agent,
    model,
    host,
  }: { readonly agent: string; readonly model: string | null; readonly host: Host },
): Promise<void> {
  const engine = await engineOf(config.engine, host);
  if (engine.id === 'local') return;
  const refuse = (what: string): never => {
    throw new RunnerError('invalid-config', `${what}; use the engine local.`);
  };
  if (agent === 'human') refuse('Nobody can work on a trial that runs on a node of a cluster');
  if (model?.startsWith('vscode:') === true)
    refuse('Models of the editor cannot be asked from the nodes of a cluster');
  if (config.keep_sandbox)
    refuse('A sandbox on a node of a cluster ends with its job and cannot be kept');
  await engine.check?.(config);
}
