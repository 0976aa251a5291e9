import { isPassing, unavailable } from '../../download/unavailable';
import { RunnerError } from '../../model';

/** An answer that is none, as far as what to do about it depends on it. */
export interface Refusal {
  readonly status: number;
  /** The hub's own word for what is wrong: `GatedRepo`, `RevisionNotFound`, … */
  readonly code: string | null;
  /** What was asked for, for people: `SWE-bench/SWE-bench_Lite@main`. */
  readonly what: string;
  /** Where a person can look at the dataset. */
  readonly page: string;
  readonly hasToken: boolean;
}

/** What a refusal means, and what to do. */
export function refusalError({ status, code, what, page, hasToken }: Refusal): RunnerError {
  const token = hasToken
    ? 'the token in HF_TOKEN has no access to it'
    : 'put a token that has access into the environment variable HF_TOKEN';
  if (code === 'GatedRepo')
    return unavailable(
      `${what} is gated: accept its conditions at ${page}, and ${hasToken ? 'use the token of that account in HF_TOKEN' : token}.`,
    );
  if (code === 'RevisionNotFound')
    return new RunnerError('not-found', `${what}: there is no such branch, tag or commit.`);
  if (code === 'EntryNotFound')
    return new RunnerError('not-found', `${what}: there is no such file.`);
  if (status === 401 || status === 403)
    return unavailable(
      `${what} does not exist or is private (${status}): check its name, or ${token}.`,
    );
  if (status === 404)
    return new RunnerError('not-found', `${what} does not exist: check its name (${page}).`);
  return unavailable(`${what}: the hub answered ${status}.`, { retryable: isPassing(status) });
}
