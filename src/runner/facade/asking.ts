import type { RunConfigInput, Usage } from '../model';
import type { CallOptions } from './calls';

/** One question to a model, without a task. */
export interface ModelQuestion {
  readonly prompt: string;
  readonly system?: string | undefined;
}

export interface ModelAnswer {
  readonly model: string;
  /** As trajectories say it: anything but `answer` and `truncated` has its reason in `detail`. */
  readonly end: 'answer' | 'truncated' | 'refused' | 'context_overflow' | 'over_budget' | 'failed';
  readonly text: string;
  readonly reasoning: string | null;
  readonly detail: string | null;
  readonly usage: Usage;
  readonly cached: boolean;
  readonly duration_s: number;
}

export interface AskCalls {
  /**
   * Asks the configuration's model, with its cache, retries and limits of cost. `onText`: the answer as it comes.
   *
   * @throws `invalid-config` when the configuration cannot work, `model-denied` when its key is missing or refused
   */
  ask(
    config: RunConfigInput,
    question: ModelQuestion,
    options: CallOptions & { readonly onText?: (text: string) => void },
  ): Promise<ModelAnswer>;
}
