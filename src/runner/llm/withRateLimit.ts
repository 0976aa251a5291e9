import { noUsage, tokensOf } from '../model';
import { estimatedPrompt } from './estimate';
import type { Completion, Model } from './model';
import type { Admission, RateLimit } from './rateLimit';
import { longestPauseMs } from './withRetries';

/**
 * Lets requests of all trials through at the rate of the run. When the server asks one of them to wait, all do: they
 * would only be turned away too.
 */
export function withRateLimit(model: Model, limit: RateLimit): Model {
  const { name, contextWindow, price } = model;
  return {
    name,
    contextWindow,
    price,
    async complete(request, options): Promise<Completion> {
      const started = performance.now();
      const { signal, meter } = options;
      let admission: Admission;
      try {
        admission = await limit.enter(estimatedPrompt(request) + request.maxTokens, { signal });
      } catch (error) {
        meter?.cutOff(noUsage);
        throw error;
      }
      const completion = await model.complete(request, options);
      admission.correct(tokensOf(completion.usage));
      const pauseMs = completion.kind === 'failed' ? (completion.retry?.afterMs ?? 0) : 0;
      // Nobody waits for longer: then the trials are told.
      if (pauseMs > 0 && pauseMs <= longestPauseMs) limit.close(pauseMs);
      return { ...completion, durationMs: performance.now() - started };
    },
  };
}
