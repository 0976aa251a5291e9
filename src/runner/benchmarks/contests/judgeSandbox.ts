import type { ContestLanguage } from '../../model';
import type { EnvironmentSpec } from '../../sandbox/sandbox';
import type { BorrowedSandbox, TrialContext } from '../benchmark';
import type { Judge } from './judge/judge';
import { judgeEnvironment } from './judge/judgeEnvironment';
import { judgeOf } from './judge/openJudge';

/**
 * Who runs in a judge's sandbox. Programs and checkers never meet: a checker is told what is right, so no program may
 * ever run where one was.
 */
export type JudgeRole = 'programs' | 'checker';

function judgeSpec(role: JudgeRole, languages: readonly ContestLanguage[]): EnvironmentSpec {
  const spec = judgeEnvironment(languages);
  return { ...spec, env: { ...spec.env, BENCHYARD_JUDGE: role } };
}

/** Lends a judge for as long as `work` takes. A sandbox in which something broke is not lent again. */
export async function withJudge<T>(
  { borrow }: Pick<TrialContext, 'borrow'>,
  {
    role,
    languages,
    signal,
    work,
  }: {
    readonly role: JudgeRole;
    /** Of the programs that it will run. */
    readonly languages: readonly ContestLanguage[];
    readonly signal: AbortSignal;
    readonly work: (judge: Judge) => Promise<T>;
  },
): Promise<T> {
  await using borrowed: BorrowedSandbox = await borrow(judgeSpec(role, languages));
  try {
    return await work(await judgeOf(borrowed.sandbox, { signal }));
  } catch (error) {
    borrowed.spoil();
    throw error;
  }
}
