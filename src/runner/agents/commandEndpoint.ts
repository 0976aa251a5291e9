import { randomBytes } from 'node:crypto';
import type { Completion, Model } from '../llm/model';
import { modelProxy } from '../llm/proxy';
import type { Sandbox } from '../sandbox/sandbox';
import type { AgentContext, AgentOutcome } from './agent';
import { ended } from './agent';
import { exitOf } from './loop';
import { OverheardConversations } from './overheard';

/** The run's model as a program inside a sandbox reaches it. */
export interface ModelEndpoint extends AsyncDisposable {
  /** What tells the program of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborts, with the error, when the model cannot be asked any more. */
  readonly broken: AbortSignal;
  /** The end that the last call stands for when it was no answer; null when it was. */
  readonly lastStop: () => AgentOutcome | null;
}

/**
 * Serves the trial's model at a port of its sandbox. The program gets a token that is worth nothing elsewhere; the key,
 * the budget, retries and the record of what was said stay on the host.
 */
export async function openModelEndpoint(
  sandbox: Sandbox,
  model: Model,
  context: AgentContext,
): Promise<ModelEndpoint> {
  const { config, attempt, signal } = context;
  const overheard = new OverheardConversations(context.record);
  const broken = new AbortController();
  const token = `benchyard-${randomBytes(12).toString('hex')}`;
  let last: Completion | null = null;
  const proxy = modelProxy({
    modelName: model.name,
    token,
    maxTokens: config.max_output_tokens,
    temperature: config.temperature,
    complete: async (request, { signal: client }) => {
      await overheard.asked(request.messages);
      try {
        last = await model.complete(
          { ...request, sample: attempt },
          { signal: AbortSignal.any([signal, client]) },
        );
      } catch (error) {
        if (!client.aborted && !signal.aborted) broken.abort(error);
        throw error;
      }
      await overheard.answered(model.name, last);
      return last;
    },
  });
  const listener = await sandbox.listen(0, proxy.accept, { signal });
  const url = `http://127.0.0.1:${listener.port}/v1`;
  return {
    env: {
      OPENAI_BASE_URL: url,
      OPENAI_API_BASE: url, // older clients
      OPENAI_API_KEY: token,
      BENCHYARD_MODEL: model.name,
      // No proxy of the image's own may stand between.
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
    },
    broken: broken.signal,
    lastStop: () =>
      last === null || last.kind === 'answer' ? null : ended(exitOf(last), last.detail),
    async [Symbol.asyncDispose]() {
      proxy.close();
      await listener[Symbol.asyncDispose]();
    },
  };
}
