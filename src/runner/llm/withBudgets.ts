import type { Usage } from '../model';
import { addUsage, noUsage } from '../model';
import type { Budget, Reservation, WorstCase } from './budget';
import { withCost } from './estimate';
import { LinkedSignal } from './linkedSignal';
import type { BudgetStop, CompleteOptions, Completion, Meter, Model, ModelRequest } from './model';
import { PromptBound } from './promptBound';

/** An answer shorter than this is of no use: the call is not worth making. */
const leastAnswer = 64;

/** Rather than being cut shorter than this, an answer waits for what other calls give back. */
const fairAnswer = 2048;

/** A model whose calls count against the budgets of its trial and of its run. */
export interface BudgetedModel extends Model {
  /** What its calls used; null before the first. */
  readonly used: Usage | null;
}

interface Level {
  readonly of: BudgetStop['of'];
  readonly budget: Budget;
}

/** A call that may be made, and what was set aside for it. */
interface Admitted {
  readonly worst: WorstCase;
  readonly reservations: readonly {
    readonly of: BudgetStop['of'];
    readonly reservation: Reservation;
  }[];
}

/**
 * Makes no call whose worst case does not fit both budgets, and shortens the answer that is asked for when that makes it
 * fit. What waits for other calls of the run to settle is made when there is room. When the time is over, the call that
 * is under way ends with it.
 */
export function withBudgets(
  model: Model,
  budgets: { readonly trial: Budget; readonly run: Budget },
): BudgetedModel {
  const levels: readonly Level[] = [
    { of: 'trial', budget: budgets.trial },
    { of: 'run', budget: budgets.run },
  ];
  const bound = new PromptBound();
  let used: Usage | null = null;
  const { name, contextWindow, price } = model;
  return {
    name,
    contextWindow,
    price,
    get used() {
      return used;
    },
    async complete(request, options): Promise<Completion> {
      const call = new BudgetedCall(model, levels, bound);
      try {
        return await call.run(request, options);
      } finally {
        if (call.billed !== null) used = addUsage(used ?? noUsage, call.billed);
      }
    },
  };
}

/** Why a call was cut off. */
class OutOfTime extends Error {
  readonly of: BudgetStop['of'];

  constructor(of: BudgetStop['of']) {
    super(`the time of the ${of} is over`);
    this.name = 'OutOfTime';
    this.of = of;
  }
}

/** One call, from its admission to its bill. */
class BudgetedCall {
  readonly #model: Model;
  readonly #levels: readonly Level[];
  readonly #bound: PromptBound;
  readonly #started = performance.now();
  /** Of requests that were repeated. */
  #failed = noUsage;
  /** Of a last one that was cut off, where somebody says it. */
  #cutOff: Usage | null = null;
  /** Why nothing more was repeated. */
  #stop: BudgetStop | null = null;
  /** What it came to in all; null when it was not made. */
  billed: Usage | null = null;

  constructor(model: Model, levels: readonly Level[], bound: PromptBound) {
    this.#model = model;
    this.#levels = levels;
    this.#bound = bound;
  }

  async run(request: ModelRequest, options: CompleteOptions): Promise<Completion> {
    const { signal } = options;
    signal.throwIfAborted();
    using own = new LinkedSignal(signal);
    const timers = this.#levels.flatMap(({ of, budget: { remainingMs } }) =>
      // Beyond the longest time of a timer there is no limit.
      remainingMs < 2 ** 31
        ? [
            setTimeout(() => {
              own.abort(new OutOfTime(of));
            }, Math.ceil(remainingMs)),
          ]
        : [],
    );
    try {
      const admitted = await this.#admit(request, own.signal);
      if ('stop' in admitted) return this.#overBudget(admitted.stop);
      return await this.#make(request, { ...options, signal: own.signal }, admitted);
    } catch (error) {
      const reason: unknown = own.signal.reason;
      if (signal.aborted || !(reason instanceof OutOfTime)) throw error;
      return this.#overBudget({ of: reason.of, limit: 'time_s' });
    } finally {
      timers.forEach(clearTimeout);
    }
  }

  /**
   * Sets aside what the call may come to, or tells the limit that forbids it. Waits while calls that are under way may
   * make room. Nothing may come between looking for room and taking it.
   */
  async #admit(
    request: ModelRequest,
    signal: AbortSignal,
  ): Promise<Admitted | { readonly stop: BudgetStop }> {
    const asked = {
      promptTokens: this.#bound.of(request),
      completionTokens: request.maxTokens,
      price: this.#model.price,
    };
    const least = Math.min(leastAnswer, request.maxTokens);
    for (;;) {
      const rooms = this.#levels.map(({ of, budget }) => ({ of, budget, ...budget.room(asked) }));
      const tight = rooms.find(({ atBest }) => atBest < least);
      if (tight !== undefined) return { stop: { of: tight.of, limit: tight.limit } };
      const fair = Math.min(fairAnswer, ...rooms.map(({ atBest }) => atBest));
      const taken = rooms.find(({ now }) => now < fair);
      if (taken === undefined) {
        const completionTokens = Math.min(...rooms.map(({ now }) => now));
        const worst = { ...asked, completionTokens };
        const reservations = this.#levels.map(({ of, budget }) => ({
          of,
          reservation: budget.reserve(worst),
        }));
        return { worst, reservations };
      }
      await taken.budget.nextSettled(signal);
      signal.throwIfAborted();
    }
  }

  async #make(
    request: ModelRequest,
    options: CompleteOptions,
    { worst, reservations }: Admitted,
  ): Promise<Completion> {
    const meter: Meter = {
      again: (usage) => {
        this.#failed = addUsage(this.#failed, usage);
        for (const { of, reservation } of reservations) {
          const limit = reservation.grow(usage);
          if (limit !== null) this.#stop ??= { of, limit };
        }
        return this.#stop === null;
      },
      cutOff: (usage) => {
        this.#cutOff = usage;
      },
    };
    try {
      const completion = await this.#model.complete(
        { ...request, maxTokens: worst.completionTokens, askedTokens: request.maxTokens },
        { ...options, meter },
      );
      this.billed = completion.usage;
      this.#learn(request, completion);
      return this.#stop === null ? completion : this.#overBudget(this.#stop, completion);
    } catch (error) {
      // What is cut off was paid for; where nobody says how much, the worst case stands.
      const last = options.signal.aborted ? (this.#cutOff ?? usageOf(worst)) : noUsage;
      this.billed = addUsage(this.#failed, last);
      throw error;
    } finally {
      for (const { reservation } of reservations) reservation.settle(this.billed ?? noUsage);
    }
  }

  #learn(request: ModelRequest, completion: Completion): void {
    if (completion.kind !== 'answer' || completion.usage.estimated) return;
    this.#bound.learn(request, completion.promptTokens ?? completion.usage.prompt_tokens);
  }

  #overBudget(stop: BudgetStop, made?: Completion): Completion {
    return {
      kind: 'over_budget',
      stop,
      detail: `${made === undefined ? 'a call' : 'asking again'} could pass the limit of ${stop.limit} of the ${stop.of}`,
      usage: this.billed ?? noUsage,
      durationMs: performance.now() - this.#started,
      attempts: made?.attempts ?? (this.billed === null ? 0 : 1),
      cached: false,
    };
  }
}

function usageOf({ promptTokens, completionTokens, price }: WorstCase): Usage {
  return withCost(
    {
      ...noUsage,
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      estimated: true,
    },
    price,
  );
}
