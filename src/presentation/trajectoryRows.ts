import { formatCount, formatDuration } from './format';
import type { StepRow } from './trajectoryMessages';

/** `$0.0123`; small amounts keep two digits that say something. */
export function formatCost(cost: number): string {
  if (cost === 0) return '$0';
  if (cost < 0.0001) return '<$0.0001';
  return `$${cost < 0.995 ? cost.toPrecision(2).replace(/\.?0+$/, '') : cost.toFixed(2)}`;
}

/** `812`, `3.1k`, `1.2M`. */
export function formatTokens(tokens: number): string {
  if (tokens < 1000) return String(tokens);
  if (tokens < 999_500) return `${(tokens / 1000).toFixed(tokens < 99_950 ? 1 : 0)}k`;
  return `${(tokens / 1e6).toFixed(1)}M`;
}

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
    row.text,
    row.ok ? '' : 'failed',
    row.changes ? 'changed files' : '',
    ...rowFacts(row).map((fact) => fact.text),
  ];
  return words.filter((word) => word !== '').join(', ');
}
