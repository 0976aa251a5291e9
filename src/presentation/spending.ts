import type { RunState } from '../runner/index';
import { runBudget } from '../runner/model';
import { formatCost } from './format';

/** `$1.20 of $5.00`: what the models of a run cost so far, against its cap; empty where no model was asked. */
export function spendingText({ spent, plan, budget }: RunState): string {
  if (spent.turns === 0) return '';
  if (spent.cost === null) return 'cost unknown';
  const cap = budget?.cost ?? (plan === null ? undefined : runBudget(plan.config).cost);
  const cost = formatCost(spent.cost);
  return cap === undefined ? cost : `${cost} of ${formatCost(cap)}`;
}
