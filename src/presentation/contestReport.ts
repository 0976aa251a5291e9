import type { CandidateVerdict, ContestSummary } from '../runner/model';
import { candidateVerdictSchema } from '../runner/model';
import { formatRate } from './format';

/** What a row about pass@k says, for tables and pages. */
export interface PassAtKLine {
  /** `pass@10`, `3@10` */
  readonly name: string;
  /** `50.4 % (44.6–56.3)`; `undefined` where there is no value. */
  readonly value: string;
  /** Why there is none; empty otherwise. */
  readonly note: string;
}

/** pass@k for each k, then n@k where it was asked for. */
export function passAtKLines(summary: ContestSummary): readonly PassAtKLine[] {
  const { pass_at_k: values, ci, undefined: reasons, n_at_k: filtered } = summary;
  return [
    ...Object.entries(values).map(([k, value]) => ({
      name: `pass@${k}`,
      value: value === null ? 'undefined' : formatRate(value, ci[k] ?? null),
      note: reasons[k] ?? '',
    })),
    ...Object.entries(filtered?.values ?? {}).map(([k, value]) => ({
      name: `${String(filtered?.submissions ?? 0)}@${k}`,
      value: value === null ? 'undefined' : formatRate(value, null),
      note: reasons[k] ?? '',
    })),
  ];
}

/** Candidates by their verdicts, the most frequent first. */
export function verdictCounts({ verdicts }: ContestSummary): readonly {
  readonly verdict: CandidateVerdict;
  readonly count: number;
  readonly share: number;
}[] {
  const all = Object.values(verdicts).reduce((sum, count) => sum + count, 0);
  return candidateVerdictSchema.options
    .flatMap((verdict) => {
      const count = verdicts[verdict];
      return count === undefined ? [] : [{ verdict, count, share: count / all }];
    })
    .sort((a, b) => b.count - a.count);
}
