import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { RunConfigInput } from './model';
import { runConfigSchema, RunnerError } from './model';

/**
 * Reads `--config FILE`: JSON or YAML in the shape of RunConfig. Flags override it key by key.
 *
 * @throws `invalid-config` with the key and what was expected
 */
export async function readConfigFile(file: string, cwd: string): Promise<RunConfigInput> {
  let text: string;
  try {
    text = await readFile(path.resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new RunnerError(
      'not-found',
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text); // JSON is YAML
  } catch (error) {
    throw new RunnerError(
      'invalid-config',
      `${file} is neither JSON nor YAML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const config = runConfigSchema.safeParse(value ?? {});
  if (!config.success)
    throw new RunnerError('invalid-config', `${file}: ${z.prettifyError(config.error)}`);
  // Only what the file says: defaults must not override flags that are read elsewhere.
  return value === null ? {} : (value as RunConfigInput); // it has just been parsed by the schema
}
