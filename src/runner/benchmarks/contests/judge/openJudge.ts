import type { Sandbox } from '../../../sandbox/sandbox';
import { ForkServerJudge } from './forkServerJudge';
import type { Judge } from './judge';

/**
 * Starts a judge in a sandbox of the profile `judge`. It ends with the sandbox, or when it is disposed of.
 *
 * @throws `signal.reason` on cancel, `sandbox-lost` when it cannot be started
 */
export function openJudge(
  sandbox: Sandbox,
  options: { readonly signal: AbortSignal },
): Promise<Judge> {
  return ForkServerJudge.open(sandbox, options);
}

const judges = new WeakMap<Sandbox, Promise<Judge>>();

/** The judge of a sandbox that is lent from one borrower to the next: started by the first of them. */
export function judgeOf(
  sandbox: Sandbox,
  options: { readonly signal: AbortSignal },
): Promise<Judge> {
  const known = judges.get(sandbox);
  if (known !== undefined) return known;
  const opening = openJudge(sandbox, options);
  judges.set(sandbox, opening);
  opening.catch(() => judges.delete(sandbox));
  return opening;
}
