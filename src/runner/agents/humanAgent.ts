import type { Sandbox } from '../sandbox/sandbox';
import type { Agent, AgentContext, AgentOutcome, AgentSession } from './agent';
import { ended } from './agent';
import { ends } from './endings';
import { toolStep } from './steps';
import { Toolbox } from './toolbox';

/** Offers the task to somebody outside, under the clock and with the tools of every agent. */
export const humanAgent: Agent = {
  name: 'human',
  async solve(context): Promise<AgentOutcome> {
    const sandbox = await context.sandbox();
    const toolbox = new Toolbox(await context.tools());
    return await new OfferedTask(context, { sandbox, toolbox }).worked();
  },
};

const isOver = { ok: false, text: 'This session is over: nothing can be done here any more.' };

/** The life of one session. */
class OfferedTask {
  readonly #context: AgentContext;
  readonly #toolbox: Toolbox;
  readonly #sandbox: Sandbox;
  /** Calls are made one at a time, in the order in which they came. */
  #last: Promise<unknown> = Promise.resolve();
  #calls = 0;
  #over = false;
  #finish: (outcome: AgentOutcome) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(
    context: AgentContext,
    { sandbox, toolbox }: { readonly sandbox: Sandbox; readonly toolbox: Toolbox },
  ) {
    this.#context = context;
    this.#sandbox = sandbox;
    this.#toolbox = toolbox;
  }

  /** Resolves when the work was handed in; rejects when the time is over or the trial is cancelled. */
  async worked(): Promise<AgentOutcome> {
    const { signal, brief, publish, record, remainingMs } = this.#context;
    const outcome = new Promise<AgentOutcome>((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    outcome.catch(() => undefined); // awaited below, maybe only after it is settled
    const stop = (): void => {
      this.#fail(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await record({
      kind: 'message',
      role: 'user',
      content: `${brief.statement}\n\n${brief.rules}`,
    });
    publish(this.#session(new Date(Date.now() + remainingMs()), outcome));
    try {
      return await outcome;
    } finally {
      this.#over = true;
      signal.removeEventListener('abort', stop);
    }
  }

  #session(deadline: Date, outcome: Promise<AgentOutcome>): AgentSession {
    const over = (): void => undefined;
    return {
      brief: this.#context.brief,
      deadline: deadline.toISOString(),
      tools: this.#toolbox.specs,
      call: (tool, args, { signal }) => this.#call(tool, args, signal),
      shellCommand: () => this.#sandbox.shellCommand(),
      ended: outcome.then(over, over),
    };
  }

  async #call(
    tool: string,
    args: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly ok: boolean; readonly text: string }> {
    const turn = this.#last.then(() => this.#perform(tool, args, signal));
    this.#last = turn.catch(() => undefined); // told to its caller
    return await turn;
  }

  async #perform(
    tool: string,
    args: unknown,
    caller: AbortSignal,
  ): Promise<{ readonly ok: boolean; readonly text: string }> {
    caller.throwIfAborted();
    if (this.#over) return isOver;
    const { signal, record, config } = this.#context;
    this.#calls += 1;
    const call = { id: `call_${this.#calls}`, name: tool, arguments: JSON.stringify(args ?? {}) };
    try {
      const outcome = await this.#toolbox.call(call, { signal: AbortSignal.any([signal, caller]) });
      // Whatever was called: somebody may have typed in the sandbox's shell meanwhile.
      await record({ ...toolStep(call, outcome), changesFiles: true });
      const end = ends(outcome, config);
      if (end !== null && end !== 'handed_over') {
        this.#over = true;
        this.#finish(ended(end));
      }
      return { ok: outcome.ok, text: outcome.text };
    } catch (error) {
      caller.throwIfAborted();
      // Neither the caller's doing: the time is over, or the sandbox broke and the trial with it.
      this.#fail(error);
      return isOver;
    }
  }
}
