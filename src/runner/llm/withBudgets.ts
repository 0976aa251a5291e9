import type { ChatMessage, Usage } from '../model';
import { addUsage, costOf, noUsage } from '../model';
import type { Budget, WorstCase } from './budget';
import type { BudgetStop, CompleteOptions, Completion, Model, ModelRequest } from './model';

/** An answer shorter than this is of no use: the call is not worth making. */
const leastAnswer = 64;

/** Role, name and separators of one message in a model's own template. */
const tokensOfMessageFrame = 16;

/** A model whose calls count against the budgets of its trial and of its run. */
export interface BudgetedModel extends Model {
  /** What its calls used; null before the first. */
  readonly used: Usage | null;
}

/**
 * Makes no call whose worst case does not fit both budgets, and shortens the answer that is asked for when that makes it
 * fit. A call that waits for others of the run to settle is not lost: it is made when there is room.
 */
export function withBudgets(
  model: Model,
  budgets: { readonly trial: Budget; readonly run: Budget },
): BudgetedModel {
  const bound = new PromptBound();
  let used: Usage | null = null;
  const levels = [
    ['trial', budgets.trial],
    ['run', budgets.run],
  ] as const;

  /** The request as it may be made, or the limit that forbids it. */
  async function admit(
    request: ModelRequest,
    signal: AbortSignal,
  ): Promise<{ readonly worst: WorstCase } | { readonly stop: BudgetStop }> {
    const promptTokens = bound.of(request);
    const shortest = Math.min(leastAnswer, request.maxTokens);
    for (;;) {
      signal.throwIfAborted();
      const asked = { promptTokens, completionTokens: request.maxTokens, price: model.price };
      const completionTokens = Math.max(
        shortest,
        Math.min(...levels.map(([, budget]) => budget.affordable(asked))),
      );
      const worst = { ...asked, completionTokens };
      const passed = levels
        .map(([of, budget]) => ({ of, budget, limit: budget.exceededBy(worst) }))
        .find(({ limit }) => limit !== null);
      if (passed?.limit === undefined || passed.limit === null) return { worst };
      const least = { ...worst, completionTokens: shortest };
      if (!passed.budget.mayFitLater(least))
        return { stop: { of: passed.of, limit: passed.limit } };
      await passed.budget.nextSettled(signal);
    }
  }

  return {
    name: model.name,
    contextWindow: model.contextWindow,
    price: model.price,
    get used() {
      return used;
    },
    async complete(request: ModelRequest, options: CompleteOptions): Promise<Completion> {
      const admitted = await admit(request, options.signal);
      if ('stop' in admitted) return overBudget(admitted.stop);
      const { worst } = admitted;
      const reservations = levels.map(([, budget]) => budget.reserve(worst));
      // A call that is cut off was paid for, nobody says how much: the worst case stands.
      let usage = usageOf(worst);
      try {
        const completion = await model.complete(
          { ...request, maxTokens: worst.completionTokens },
          options,
        );
        ({ usage } = completion);
        used = addUsage(used ?? noUsage, usage);
        bound.learn(request, usage, completion);
        return completion;
      } finally {
        for (const reservation of reservations) reservation.settle(usage);
      }
    },
  };
}

function usageOf({ promptTokens, completionTokens, price }: WorstCase): Usage {
  const tokens = {
    ...noUsage,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    estimated: true,
  };
  return { ...tokens, cost: costOf(tokens, price) };
}

function overBudget(stop: BudgetStop): Completion {
  const detail = `the next call could pass the limit of ${stop.limit} of the ${stop.of}`;
  return {
    kind: 'over_budget',
    stop,
    detail,
    usage: noUsage,
    durationMs: 0,
    attempts: 0,
    cached: false,
  };
}

/**
 * An upper bound of a request's tokens. No token is shorter than a byte, so bytes bound them; of the messages that the
 * last answered request began with, the tokens are known from its usage.
 */
class PromptBound {
  #known: { readonly messages: readonly ChatMessage[]; readonly tokens: number } | null = null;

  of({ messages, tools }: ModelRequest): number {
    const known = this.#known;
    const continues =
      known !== null &&
      known.messages.length <= messages.length &&
      known.messages.every((message, n) => message === messages[n]);
    if (!continues)
      return (
        Buffer.byteLength(JSON.stringify(tools)) +
        messages.reduce((sum, one) => sum + bytesOf(one), 0)
      );
    return messages
      .slice(known.messages.length)
      .reduce((sum, one) => sum + bytesOf(one), known.tokens);
  }

  learn(request: ModelRequest, usage: Usage, completion: Completion): void {
    if (completion.kind !== 'answer' || usage.estimated || completion.attempts !== 1) return;
    this.#known = { messages: request.messages, tokens: usage.prompt_tokens };
  }
}

function bytesOf(message: ChatMessage): number {
  const calls =
    message.role === 'assistant' ? Buffer.byteLength(JSON.stringify(message.tool_calls)) : 0;
  return Buffer.byteLength(message.content) + calls + tokensOfMessageFrame;
}
