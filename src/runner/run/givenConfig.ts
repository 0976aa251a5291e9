import * as z from 'zod';
import type { RunConfig, RunConfigInput } from '../model';
import { runConfigSchema, RunnerError } from '../model';

/** @throws `invalid-config` with every key that is wrong and what was expected */
export function parseConfig(input: RunConfigInput): RunConfig {
  const config = runConfigSchema.safeParse(input);
  if (config.success) return config.data;
  throw new RunnerError('invalid-config', z.prettifyError(config.error), { cause: config.error });
}

/** @throws `invalid-config` for an engine that does not exist yet */
export function assertEngine(config: RunConfig): void {
  if (config.engine === 'local') return;
  throw new RunnerError(
    'invalid-config',
    `The engine "${config.engine}" is not part of this version; use local.`,
  );
}
