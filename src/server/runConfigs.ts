import * as z from 'zod';
import type { Runner } from '../runner/index';
import type { RunConfig, RunConfigInput } from '../runner/model';
import { runConfigSchema, RunnerError } from '../runner/model';
import type { RunRequest } from './schemas';

export interface RunDefaults {
  readonly runner: Runner;
  readonly runsDir: string;
  /** Where the competitions' data is, when a request says nothing of it. */
  readonly dataDir: string | undefined;
}

/**
 * The configuration that a request comes to: competitions where it names any, else whatever its `config` says. Runs are
 * always made in the server's own folder.
 *
 * @throws `invalid-config` with every key that is wrong
 */
export async function configOf(
  { config = {}, ...request }: RunRequest,
  { runner, runsDir, dataDir }: RunDefaults,
  signal: AbortSignal,
): Promise<RunConfigInput> {
  const { agent_id: agent, n_seeds: attempts, n_workers: concurrency, ...query } = request;
  const given = parsed(config);
  const base: RunConfigInput = {
    ...given,
    out: runsDir,
    agent: agent ?? given.agent,
    mle: { ...given.mle, data_dir: given.mle.data_dir ?? dataDir },
  };
  if (Object.values(query).some((value) => value !== undefined))
    return await runner.competitionRun(
      { ...query, n_seeds: attempts, n_workers: concurrency, config: base },
      { signal, place: placeOf(dataDir) },
    );
  return {
    ...base,
    attempts: attempts ?? given.attempts,
    concurrency: concurrency ?? given.concurrency,
  };
}

/** Where competitions' data is looked for. */
export function placeOf(dataDir: string | undefined): { readonly data_dir?: string } {
  return dataDir === undefined ? {} : { data_dir: dataDir };
}

function parsed(config: Readonly<Record<string, unknown>>): RunConfig {
  const result = runConfigSchema.safeParse(config);
  if (result.success) return result.data;
  throw new RunnerError('invalid-config', z.prettifyError(result.error), { cause: result.error });
}
