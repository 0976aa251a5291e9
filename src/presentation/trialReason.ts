import type { TrialResult, TrialState, TrialTests } from '../runner/index';
import { plural } from './format';
import { statusLabel } from './trialLabels';

/** Why a trial ended as it did, in one or two sentences made from its result alone. */
export function reasonOf(trial: TrialState): string {
  const { result } = trial;
  if (result === null) {
    if (trial.skipped !== null) return `It was not needed: ${skippedText(trial.skipped)}.`;
    return trial.phase === 'queued' ? 'It has not begun yet.' : 'It has not ended yet.';
  }
  const parts = [sentenceOf(result), endOfEpisode(result)].filter((part) => part !== null);
  return parts.join(' ');
}

function skippedText({ reason, by }: NonNullable<TrialState['skipped']>): string {
  return reason === 'solved' ? `its task was solved by ${by}` : `it was made before (${by})`;
}

function sentenceOf(result: TrialResult): string {
  const because = result.detail ?? result.cause;
  const why = because === null ? '' : `: ${because.replace(/\.$/, '')}`;
  switch (result.status) {
    case 'passed':
      return 'Resolved: every test that had to pass passed.';
    case 'failed':
      return `Unresolved: ${failures(result)}.`;
    case 'empty_patch':
      return `Nothing was handed in${why}.`;
    case 'cancelled':
      return `It was cancelled${why}.`;
    case 'not_applicable':
      return `The task does not fit the data${why}.`;
    case 'no_tests':
    case 'error':
    case 'timeout':
    case 'patch_rejected':
    case 'suspicious':
    case 'infra_failure': {
      const label = statusLabel(result.status);
      return `${label[0]?.toUpperCase() ?? ''}${label.slice(1)}${why}.`;
    }
  }
}

function failures({ verdict, after, detail }: TrialResult): string {
  const unfixed = verdict?.FAIL_TO_PASS?.failure.length ?? 0;
  const broken = verdict?.PASS_TO_PASS?.failure.length ?? 0;
  const parts = [
    ...(unfixed > 0
      ? [`${plural(unfixed, 'test')} that had to be fixed still ${fail(unfixed)}`]
      : []),
    ...(broken > 0 ? [`${plural(broken, 'test')} that passed before now ${fail(broken)}`] : []),
  ];
  if (parts.length > 0) return parts.join(', and ');
  const wrong = (after?.failed ?? 0) + (after?.errors ?? 0);
  return wrong > 0
    ? `${plural(wrong, 'test')} ${wrong === 1 ? 'does' : 'do'} not pass`
    : (detail ?? 'tests did not pass');
}

function fail(count: number): string {
  return count === 1 ? 'fails' : 'fail';
}

function endOfEpisode({ exit_status: end, agent_stats: stats }: TrialResult): string | null {
  if (end === null || end === 'submitted') return null;
  const turns = stats === null ? '' : ` after ${plural(stats.turns, 'turn')}`;
  return `The agent's episode ended with ${end}${turns}.`;
}

/** A test that did not pass after the patch. */
export interface FailingTest {
  readonly id: string;
  readonly outcome: string;
  readonly message: string | null;
  /** Which list of the task it stands in. */
  readonly had: 'to be fixed' | 'to keep passing' | null;
}

/** The tests that did not pass, those first that the verdict is about. */
export function failingTests(
  result: TrialResult,
  tests: TrialTests | null,
): readonly FailingTest[] {
  const unfixed = result.verdict?.FAIL_TO_PASS?.failure ?? [];
  const broken = result.verdict?.PASS_TO_PASS?.failure ?? [];
  const cases = tests?.after ?? [];
  const listed = [
    ...unfixed.map((id) => ({ id, had: 'to be fixed' as const })),
    ...broken.map((id) => ({ id, had: 'to keep passing' as const })),
  ];
  const known = new Set(listed.map(({ id }) => id));
  const others = cases
    .filter(({ id, outcome }) => !known.has(id) && (outcome === 'failed' || outcome === 'error'))
    .map(({ id }) => ({ id, had: null }));
  return [...listed, ...others].map(({ id, had }) => {
    const found = cases.find((test) => test.id === id);
    return { id, had, outcome: found?.outcome ?? 'not run', message: found?.message ?? null };
  });
}
