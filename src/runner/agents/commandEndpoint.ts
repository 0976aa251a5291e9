import { randomBytes } from 'node:crypto';
import type { Completion, Model } from '../llm/model';
import { modelProxy } from '../llm/proxy';
import type { ProxyRequest } from '../llm/proxyRequest';
import type { Sandbox } from '../sandbox/sandbox';
import type { AgentContext, AgentOutcome } from './agent';
import { ended } from './agent';
import { exitOf } from './loop';
import { OverheardConversations } from './overheard';

/** More clients wait for each other. */
const mostConnections = 32;

/** Calls in a row that the budget forbade before further ones are no longer recorded. */
const mostRefusals = 10;

/** The run's model as a program inside a sandbox reaches it. */
export interface ModelEndpoint extends AsyncDisposable {
  /** What tells the program of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborts, with the error, when the model cannot be asked any more. */
  readonly broken: AbortSignal;
  /** Seconds of the program's time that the steps of its conversations account for. */
  readonly recordedS: () => number;
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
  const { config, signal } = context;
  const calls = new OverheardCalls(model, context);
  const token = `benchyard-${randomBytes(12).toString('hex')}`;
  const proxy = modelProxy({
    modelName: model.name,
    token,
    maxTokens: config.max_output_tokens,
    temperature: config.temperature,
    complete: (request, options) => calls.complete(request, options),
  });
  const listener = await sandbox.listen(0, proxy.accept, {
    signal,
    maxConnections: mostConnections,
  });
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
    broken: calls.broken,
    recordedS: () => calls.recordedS,
    lastStop: () => calls.lastStop,
    async [Symbol.asyncDispose]() {
      proxy.close();
      await listener[Symbol.asyncDispose]();
      await calls.settled();
    },
  };
}

/** The calls of a trial's program: asked of the trial's model, and recorded. */
class OverheardCalls {
  readonly #model: Model;
  readonly #context: AgentContext;
  readonly #overheard: OverheardConversations;
  readonly #broken = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #last: Completion | null = null;
  #refusedInARow = 0;

  constructor(model: Model, context: AgentContext) {
    this.#model = model;
    this.#context = context;
    this.#overheard = new OverheardConversations(context.record);
  }

  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  get recordedS(): number {
    return this.#overheard.recordedS;
  }

  get lastStop(): AgentOutcome | null {
    const last = this.#last;
    return last === null || last.kind === 'answer' ? null : ended(exitOf(last), last.detail);
  }

  /** Resolves when no call is under way any more: nothing is recorded after it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async complete(
    request: ProxyRequest['request'],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<Completion> {
    const call = this.#call(request, signal);
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
    }
  }

  async #call(request: ProxyRequest['request'], client: AbortSignal): Promise<Completion> {
    const { attempt, signal } = this.#context;
    // A program that does not take no for an answer fills no disk with it.
    const recorded = this.#refusedInARow < mostRefusals;
    if (recorded) await this.#overheard.asked(request.messages);
    let completion: Completion;
    try {
      completion = await this.#model.complete(
        { ...request, sample: attempt },
        { signal: AbortSignal.any([signal, client]) },
      );
    } catch (error) {
      if (!client.aborted && !signal.aborted) this.#broken.abort(error);
      throw error;
    }
    this.#last = completion;
    this.#refusedInARow = completion.kind === 'over_budget' ? this.#refusedInARow + 1 : 0;
    if (recorded || completion.kind !== 'over_budget')
      await this.#overheard.answered(this.#model.name, completion);
    return completion;
  }
}
