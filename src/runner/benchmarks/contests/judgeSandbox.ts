import type { EnvironmentSpec } from '../../sandbox/sandbox';
import { defaultSandboxLimits } from '../../sandbox/sandbox';
import type { BorrowedSandbox, TrialContext } from '../benchmark';
import type { Judge } from './judge/judge';
import { judgeOf } from './judge/openJudge';

/**
 * Who runs in a judge's sandbox. Programs and checkers never meet: a checker is told what is right, so no program may
 * ever run where one was.
 */
export type JudgeRole = 'programs' | 'checker';

function judgeSpec(role: JudgeRole): EnvironmentSpec {
  return {
    source: null,
    workdir: '/workspace',
    limits: defaultSandboxLimits,
    env: { BENCHYARD_JUDGE: role },
    commands: [],
    notes: [],
  };
}

/** Lends a judge for as long as `work` takes. A sandbox in which something broke is not lent again. */
export async function withJudge<T>(
  { borrow }: Pick<TrialContext, 'borrow'>,
  {
    role,
    signal,
    work,
  }: {
    readonly role: JudgeRole;
    readonly signal: AbortSignal;
    readonly work: (judge: Judge) => Promise<T>;
  },
): Promise<T> {
  await using borrowed: BorrowedSandbox = await borrow(judgeSpec(role));
  try {
    return await work(await judgeOf(borrowed.sandbox, { signal }));
  } catch (error) {
    borrowed.spoil();
    throw error;
  }
}
