import { modelStep } from './agents/steps';
import type { AskCalls } from './facade/asking';
import type { Host } from './host';
import { Budget } from './llm/budget';
import { openModel } from './llm/openModel';
import { withBudgets } from './llm/withBudgets';
import { runBudget, trialBudget } from './model';
import { parseConfig } from './run/givenConfig';

/** Asks a model one question, under the limits of a run with one trial. */
export function openAsking(host: Host): AskCalls {
  return {
    async ask(input, { prompt, system }, { signal, onText }) {
      const config = parseConfig(input);
      const opened = await openModel(config, host, { signal, cwd: host.cwd });
      const budgets = {
        trial: new Budget(trialBudget(config)),
        run: new Budget(runBudget(config)),
      };
      const model = withBudgets(opened, budgets);
      const completion = await model.complete(
        {
          messages: [
            ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
            { role: 'user', content: prompt },
          ],
          tools: [],
          maxTokens: config.max_output_tokens,
          temperature: config.temperature,
        },
        { signal, onText },
      );
      const { end, text, reasoning, detail, usage, cached, duration_s } = modelStep(
        model.name,
        completion,
      );
      return { model: model.name, end, text, reasoning, detail, usage, cached, duration_s };
    },
  };
}
