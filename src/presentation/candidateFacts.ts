import type { CandidateVerdict, ContestResult } from '../runner/index';
import { formatCount } from './format';
import { verdictLabel } from './verdictLabels';

/** Verdicts of a trial's candidates, the most frequent first, passed ones left out. */
export function failureCounts({
  verdicts,
}: ContestResult): readonly { readonly verdict: CandidateVerdict; readonly count: number }[] {
  return Object.entries(verdicts)
    .flatMap(([verdict, count]) =>
      // The keys of a record whose keys the schema checked.
      verdict === 'passed' ? [] : [{ verdict: verdict as CandidateVerdict, count }],
    )
    .sort((a, b) => b.count - a.count || a.verdict.localeCompare(b.verdict));
}

/** `3/10 pass · 5 wrong answer, 2 time limit`; of one candidate alone its verdict: `wrong answer`. */
export function candidateFacts(contest: ContestResult): readonly string[] {
  const failures = failureCounts(contest);
  if (contest.n === 1) {
    const [only] = failures;
    return [only === undefined ? 'passed' : verdictLabel(only.verdict)];
  }
  return [
    `${formatCount(contest.c)}/${formatCount(contest.n)} pass`,
    failures
      .map(({ verdict, count }) => `${formatCount(count)} ${verdictLabel(verdict)}`)
      .join(', '),
  ];
}

/** The same for a screen reader: `3 of 10 candidates pass`. */
export function spokenCandidates(contest: ContestResult): readonly string[] {
  const [first = '', ...others] = candidateFacts(contest);
  return contest.n === 1
    ? [first]
    : [`${formatCount(contest.c)} of ${formatCount(contest.n)} candidates pass`, ...others];
}
