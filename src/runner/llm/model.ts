import type { ChatMessage, Price, ToolCall, Usage } from '../model';

/** A tool as a model is told of it. `parameters` is a JSON schema of an object. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  readonly messages: readonly ChatMessage[];
  /** Empty: the model is to answer in text. */
  readonly tools: readonly ToolSpec[];
  /** Bound of the answer, reasoning included; what the worst case of a call is reckoned with. */
  readonly maxTokens: number;
  /** What the agent asked for, where a budget made `maxTokens` less: the cache knows the request by it. */
  readonly askedTokens?: number | undefined;
  readonly temperature?: number | undefined;
  /** Trials of the same task ask the same: it keeps their cached answers apart. */
  readonly sample?: number | undefined;
  /** Who asks: a scripted model answers each trial with its own lines. */
  readonly trial?: { readonly taskId: string; readonly attempt: number } | undefined;
}

/** What every call came to, whatever its end: failed and repeated requests are billed too. */
export interface CompletionFacts {
  readonly usage: Usage;
  readonly durationMs: number;
  /** Requests made, retries included; 0 when it came from the cache. */
  readonly attempts: number;
  readonly cached: boolean;
}

/** Which limit kept a call from being made. */
export interface BudgetStop {
  readonly of: 'trial' | 'run';
  readonly limit: 'turns' | 'tokens' | 'cost' | 'time_s';
}

/** How a call ended. All of these are results; only a cancel and a misconfiguration reject. */
export type CompletionEnd =
  | {
      readonly kind: 'answer';
      readonly text: string;
      readonly reasoning: string | null;
      readonly toolCalls: readonly ToolCall[];
      /** Cut off at the longest answer: the last tool call may be no whole JSON. */
      readonly truncated: boolean;
      /** Tokens of the conversation as it was answered; `usage` has those of failed requests too. */
      readonly promptTokens?: number | undefined;
    }
  /** The model, or a filter before it, would not answer. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** The request is longer than the model takes. */
  | { readonly kind: 'context_overflow'; readonly detail: string }
  /** It could not be made: the worst case does not fit what is left. */
  | { readonly kind: 'over_budget'; readonly stop: BudgetStop; readonly detail: string }
  /** No answer in spite of retries. */
  | {
      readonly kind: 'failed';
      readonly detail: string;
      /** Asking again may help, not earlier than in `afterMs`; without it no retry mends it. */
      readonly retry?: { readonly afterMs: number } | undefined;
      /** The model cannot be given tools. */
      readonly toolsRefused?: true | undefined;
    };
export type Completion = CompletionEnd & CompletionFacts;

/** Keeps account of what a call comes to besides its completion. */
export interface Meter {
  /** A request failed with this usage and is about to be repeated; false: what is left does not allow it. */
  again(usage: Usage): boolean;
  /** The call is cut off and will reject; its last request came to this much. */
  cutOff(usage: Usage): void;
}

export interface CompleteOptions {
  readonly signal: AbortSignal;
  /** Called with the answer's text as it comes; a request that is repeated begins anew. */
  readonly onText?: ((text: string) => void) | undefined;
  readonly meter?: Meter | undefined;
}

/**
 * A language model behind any interface. What limits, caches, repeats or counts calls is a Model around a Model.
 */
export interface Model {
  /** As results name it. */
  readonly name: string;
  /** Tokens in and out together; null when unknown. */
  readonly contextWindow: number | null;
  /** null: unknown, so every cost is. */
  readonly price: Price | null;
  /** How many calls wait for the rate limit; not there: nobody counts them. */
  readonly waitingCalls?: () => number;
  /**
   * @throws `model-denied` when key, model name or endpoint are wrong, which no retry mends; `signal.reason` on cancel
   */
  complete(request: ModelRequest, options: CompleteOptions): Promise<Completion>;
}
