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

type LimitName = BudgetStop['limit'];

/** Set aside for one call. Exactly one `settle` gives it back and bills what the call came to in all. */
export interface Reservation {
  /** A request failed with this usage and the same is to be asked again; the limit that it could pass then. */
  grow(usage: Usage): LimitName | null;
  settle(usage: Usage): void;
}

/** How long the answer of a call may be. */
export interface Room {
  readonly now: number;
  /** When the calls that are under way come to nothing: more than that there will never be. */
  readonly atBest: number;
  /** The limit that makes it so. */
  readonly limit: LimitName;
}

/** The limit that was reached by what was spent, where nothing could be set aside beforehand; null: none. */
export function passedLimit(limits: BudgetLimits, spent: Spent): LimitName | null {
  const { turns = Infinity, tokens = Infinity, cost } = limits;
  if (spent.turns >= turns) return 'turns';
  if (spent.tokens >= tokens) return 'tokens';
  if (cost === undefined || spent.turns === 0) return null;
  return (spent.cost ?? Infinity) >= cost ? 'cost' : null;
}

interface Reserved {
  readonly turns: number;
  readonly tokens: number;
  readonly cost: number;
}

const nothingReserved: Reserved = { turns: 0, tokens: 0, cost: 0 };

/** Sums of prices are not exact to the last digit; so many dollars are nothing. */
const dust = 1e-9;

/**
 * What a trial or a run may spend. The worst case of a call is set aside before it is made, so that no number of calls
 * at the same time can come to more than the limits. One turn is one model call, however often it was retried.
 */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #startedAt: number;
  readonly #now: () => number;
  #spent: Spent;
  #reserved = nothingReserved;
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

  /** Milliseconds until the time is over; Infinity without a limit. */
  get remainingMs(): number {
    const { time_s: seconds } = this.#limits;
    if (seconds === undefined) return Infinity;
    return Math.max(0, seconds * 1000 - (this.#now() - this.#startedAt));
  }

  /** How long the answer of a call may be, at most `worst.completionTokens`. */
  room(worst: WorstCase): Room {
    const none = (limit: LimitName): Room => ({ now: 0, atBest: 0, limit });
    const { turns, cost } = this.#limits;
    if (this.remainingMs === 0) return none('time_s');
    // A turn that is under way will be a turn, whatever else it comes to.
    if (turns !== undefined && this.#spent.turns + this.#reserved.turns >= turns)
      return none('turns');
    // What is not known may not be spent under a cap.
    if (cost !== undefined && (worst.price === null || this.#spent.cost === null))
      return none('cost');
    const now = this.#longest(worst, this.#reserved);
    const best = this.#longest(worst, nothingReserved);
    return { now: now.tokens, atBest: best.tokens, limit: best.limit };
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
    const own = { turns: 1, tokens: 0, cost: 0 };
    const add = (tokens: number, cost: number): void => {
      own.tokens += tokens;
      own.cost += cost;
      this.#reserve({ turns: 0, tokens, cost });
    };
    this.#reserve({ turns: 1, tokens: 0, cost: 0 });
    const usage = tokensAsUsage(worst.promptTokens, worst.completionTokens);
    add(worst.promptTokens + worst.completionTokens, costOf(usage, worst.price) ?? 0);
    let open = true;
    return {
      grow: (failed) => {
        add(tokensOf(failed), failed.cost ?? 0);
        return this.#passed();
      },
      settle: (all) => {
        if (!open) return;
        open = false;
        this.#reserve({ turns: -own.turns, tokens: -own.tokens, cost: -own.cost });
        this.#spend(all);
      },
    };
  }

  #spend(usage: Usage): void {
    const { turns, tokens, cost } = this.#spent;
    this.#spent = {
      turns: turns + 1,
      tokens: tokens + tokensOf(usage),
      cost: cost === null || usage.cost === null ? null : cost + usage.cost,
    };
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  #reserve({ turns, tokens, cost }: Reserved): void {
    const all = this.#reserved;
    const sum = {
      turns: all.turns + turns,
      tokens: all.tokens + tokens,
      cost: all.cost + cost,
    };
    // Nothing of what was added and taken away again may remain as a rounding error.
    this.#reserved = sum.turns === 0 ? nothingReserved : sum;
  }

  /** The limit that what is spent and set aside passes. */
  #passed(): LimitName | null {
    const { tokens = Infinity, cost = Infinity } = this.#limits;
    if (this.remainingMs === 0) return 'time_s';
    if (this.#spent.tokens + this.#reserved.tokens > tokens) return 'tokens';
    if (cost === Infinity) return null;
    return (this.#spent.cost ?? Infinity) + this.#reserved.cost > cost + dust ? 'cost' : null;
  }

  #longest(
    { promptTokens, completionTokens, price }: WorstCase,
    reserved: Reserved,
  ): { readonly tokens: number; readonly limit: LimitName } {
    const { tokens = Infinity, cost = Infinity } = this.#limits;
    const byTokens = tokens - this.#spent.tokens - reserved.tokens - promptTokens;
    const left = cost - (this.#spent.cost ?? 0) - reserved.cost;
    const promptCost = costOf(tokensAsUsage(promptTokens, 0), price) ?? 0;
    const byCost = answerFor(left - promptCost + dust, price);
    return {
      tokens: Math.max(0, Math.min(completionTokens, byTokens, byCost)),
      limit: byCost < byTokens ? 'cost' : 'tokens',
    };
  }
}

/** How many tokens of an answer so many dollars pay for. */
function answerFor(dollars: number, price: Price | null): number {
  if (dollars < 0) return 0;
  if (price === null || price.output === 0) return Infinity;
  return Math.floor((dollars / price.output) * 1e6);
}

function tokensAsUsage(
  promptTokens: number,
  completionTokens: number,
): Parameters<typeof costOf>[0] {
  return { prompt_tokens: promptTokens, cached_tokens: 0, completion_tokens: completionTokens };
}
