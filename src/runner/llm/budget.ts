import type { BudgetLimits, Price, Usage } from '../model';
import { costOf, tokensOf } from '../model';
import type { BudgetStop } from './model';

/** What was spent before this process: a resumed run goes on counting. */
export interface Spent {
  readonly turns: number;
  readonly tokens: number;
  /** null: unknown. */
  readonly cost: number | null;
}

export const nothingSpent: Spent = { turns: 0, tokens: 0, cost: 0 };

/** The most that a call can come to: tokens in, at most, and the longest answer that is allowed. */
export interface WorstCase {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly price: Price | null;
}

/** Set aside for one call. Exactly one `settle` gives it back. */
export interface Reservation {
  settle(usage: Usage): void;
}

type LimitName = BudgetStop['limit'];

interface Reserved {
  readonly turns: number;
  readonly tokens: number;
  readonly cost: number;
}

/**
 * What a trial or a run may spend. The worst case of a call is set aside before it is made, so that no number of calls
 * at the same time can come to more than the limits. One turn is one model call, however often it was retried.
 */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #startedAt: number;
  readonly #now: () => number;
  #spent: Spent;
  #reserved: Reserved = { turns: 0, tokens: 0, cost: 0 };
  readonly #waiting = new Set<() => void>();

  constructor(
    limits: BudgetLimits,
    {
      spent = nothingSpent,
      now = () => performance.now(),
    }: { readonly spent?: Spent; readonly now?: () => number } = {},
  ) {
    this.#limits = limits;
    this.#spent = spent;
    this.#now = now;
    this.#startedAt = now();
  }

  get spent(): Spent {
    return this.#spent;
  }

  /**
   * How long an answer may be so that the call fits what is left, at most `worst.completionTokens`; 0 when even the
   * shortest useful one does not fit. Reserved parts of other calls count as spent.
   */
  affordable(worst: WorstCase): number {
    const { tokens, cost } = this.#limits;
    let most = worst.completionTokens;
    if (tokens !== undefined)
      most = Math.min(
        most,
        tokens - this.#spent.tokens - this.#reserved.tokens - worst.promptTokens,
      );
    if (cost !== undefined && worst.price !== null) {
      const left = cost - (this.#spent.cost ?? 0) - this.#reserved.cost;
      const prompt = costOf(usageOf(worst.promptTokens, 0), worst.price) ?? 0;
      if (worst.price.output > 0)
        most = Math.min(most, Math.floor(((left - prompt) / worst.price.output) * 1e6));
      else if (prompt > left) most = 0;
    }
    return Math.max(0, most);
  }

  /** The limit that this call would pass, or null when it fits. */
  exceededBy(worst: WorstCase): LimitName | null {
    return this.#exceeded(worst, this.#reserved);
  }

  /** Whether the call will fit when the calls that are under way cost less than was set aside for them. */
  mayFitLater(worst: WorstCase): boolean {
    return (
      this.#reserved.turns > 0 &&
      this.#exceeded(worst, { turns: this.#reserved.turns, tokens: 0, cost: 0 }) === null
    );
  }

  /** Resolves when a call that is under way is settled; rejects when the signal aborts. */
  nextSettled(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = (): void => {
        this.#waiting.delete(settled);
        // The reason is the caller's own, passed through as it is.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(signal.reason);
      };
      this.#waiting.add(settled);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  reserve(worst: WorstCase): Reservation {
    const cost = costOf(usageOf(worst.promptTokens, worst.completionTokens), worst.price) ?? 0;
    const tokens = worst.promptTokens + worst.completionTokens;
    this.#reserve(1, tokens, cost);
    let open = true;
    return {
      settle: (usage) => {
        if (!open) return;
        open = false;
        this.#reserve(-1, -tokens, -cost);
        this.#spent = {
          turns: this.#spent.turns + 1,
          tokens: this.#spent.tokens + tokensOf(usage),
          cost:
            this.#spent.cost === null || usage.cost === null ? null : this.#spent.cost + usage.cost,
        };
        const waiting = [...this.#waiting];
        this.#waiting.clear();
        for (const resume of waiting) resume();
      },
    };
  }

  #reserve(turns: number, tokens: number, cost: number): void {
    this.#reserved = {
      turns: this.#reserved.turns + turns,
      tokens: this.#reserved.tokens + tokens,
      cost: this.#reserved.cost + cost,
    };
  }

  #exceeded(worst: WorstCase, reserved: Reserved): LimitName | null {
    const { turns, tokens, cost, time_s: timeS } = this.#limits;
    if (timeS !== undefined && this.#now() - this.#startedAt >= timeS * 1000) return 'time_s';
    if (turns !== undefined && this.#spent.turns + reserved.turns >= turns) return 'turns';
    const all = worst.promptTokens + worst.completionTokens;
    if (tokens !== undefined && this.#spent.tokens + reserved.tokens + all > tokens)
      return 'tokens';
    if (cost === undefined) return null;
    const worstCost = costOf(usageOf(worst.promptTokens, worst.completionTokens), worst.price);
    // What is not known may not be spent under a cap.
    if (worstCost === null || this.#spent.cost === null) return 'cost';
    return this.#spent.cost + reserved.cost + worstCost > cost ? 'cost' : null;
  }
}

function usageOf(promptTokens: number, completionTokens: number): Parameters<typeof costOf>[0] {
  return { prompt_tokens: promptTokens, cached_tokens: 0, completion_tokens: completionTokens };
}
