import { Budget } from '../llm/budget';
import type { Completion, Model } from '../llm/model';
import type { BudgetedModel } from '../llm/withBudgets';
import { withBudgets } from '../llm/withBudgets';
import type { TrialPlan } from '../model';
import { trialBudget } from '../model';
import type { TrialDependencies } from './trial';

/** The run's model for one trial: counted against the trial's budget and the run's, which stops the run when it is spent. */
export function trialModel(
  { config, budget, onRunLimit }: Pick<TrialDependencies, 'config' | 'budget' | 'onRunLimit'>,
  model: Model,
  { task_id: taskId, attempt }: TrialPlan,
): BudgetedModel {
  const own = withBudgets(model, { trial: new Budget(trialBudget(config)), run: budget });
  return {
    name: own.name,
    contextWindow: own.contextWindow,
    price: own.price,
    get used() {
      return own.used;
    },
    async complete(request, options): Promise<Completion> {
      const completion = await own.complete({ ...request, trial: { taskId, attempt } }, options);
      if (completion.kind === 'over_budget' && completion.stop.of === 'run') {
        onRunLimit(completion.stop.limit);
        options.signal.throwIfAborted();
      }
      return completion;
    },
  };
}
