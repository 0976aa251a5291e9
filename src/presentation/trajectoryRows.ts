import { decisionLabel } from './flowLabels';
import { formatCost, formatCount, formatDuration, formatTokens } from './format';
import type { StepRow } from './trajectoryMessages';

export interface RowFact {
  readonly text: string;
  /** What a pointer that rests on it is told. */
  readonly title: string;
}

/** Time, tokens and cost of a step, as far as it has them. */
export function rowFacts({ seconds, usage }: StepRow): readonly RowFact[] {
  const facts: RowFact[] = [];
  if (usage !== null) {
    const about = usage.estimated ? '~' : '';
    facts.push({
      text: `${about}${formatTokens(usage.input + usage.output)} tokens`,
      title: `${formatCount(usage.input)} in, ${formatCount(usage.output)} out${usage.estimated ? ' (estimated)' : ''}`,
    });
    facts.push(
      usage.cost === null
        ? { text: 'cost unknown', title: 'The price of this model is not known' }
        : { text: formatCost(usage.cost), title: `$${String(usage.cost)}` },
    );
  }
  if (seconds > 0 || usage !== null) {
    facts.push({ text: formatDuration(seconds), title: `${String(seconds)} seconds` });
  }
  return facts;
}

/** A step in words, for a screen reader. */
export function rowLabel(row: StepRow): string {
  const words = [
    `Step ${String(row.step)}`,
    row.agent ?? '',
    row.who,
    row.outcome === null ? '' : decisionLabel(row.outcome.decision),
    row.text,
    row.ok ? '' : 'failed',
    row.changes ? 'changed files' : '',
    ...rowFacts(row).map((fact) => fact.text),
  ];
  return words.filter((word) => word !== '').join(', ');
}
