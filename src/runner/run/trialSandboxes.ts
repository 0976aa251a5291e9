import type { TrialPlan } from '../model';
import type { Sandbox, SandboxProvider } from '../sandbox/sandbox';
import type { PreparedEnvironment } from './environments';
import { sandboxSpec } from './environments';
import type { EventLog } from './eventLog';

export interface TrialSandboxesOptions {
  readonly runId: string;
  readonly provider: SandboxProvider;
  readonly events: EventLog;
  readonly keepSandbox: boolean;
}

/** Sandboxes of one trial. All are removed when it ends, unless they are to be kept for a person. */
export class TrialSandboxes {
  readonly #options: TrialSandboxesOptions;
  readonly #plan: TrialPlan;
  readonly #open: Sandbox[] = [];

  constructor(options: TrialSandboxesOptions, plan: TrialPlan) {
    this.#options = options;
    this.#plan = plan;
  }

  async open(
    environment: PreparedEnvironment,
    purpose: string,
    signal: AbortSignal,
  ): Promise<Sandbox> {
    const { provider, runId } = this.#options;
    const sandbox = await provider.create(
      {
        ...sandboxSpec(environment.spec, environment.image),
        snapshot: environment.snapshot,
        profile: 'trial',
        network: false,
        labels: {
          run: runId,
          trial: this.#plan.trial_id,
          purpose,
        },
      },
      { signal },
    );
    this.#open.push(sandbox);
    return sandbox;
  }

  async #keep(sandbox: Sandbox, log: (message: string) => void): Promise<boolean> {
    const command = sandbox.shellCommand();
    if (command === null) return false;
    try {
      await sandbox.keep({ signal: AbortSignal.timeout(10_000) });
    } catch (error) {
      log(`the sandbox ${sandbox.id} could not be kept: ${String(error)}`);
      return false;
    }
    await this.#options.events.emitTrial(this.#plan.trial_id, {
      type: 'sandbox.kept',
      sandbox: sandbox.id,
      command: [...command],
    });
    return true;
  }

  async close(log: (message: string) => void): Promise<void> {
    const last = this.#open.at(-1);
    if (this.#options.keepSandbox && last !== undefined && (await this.#keep(last, log)))
      this.#open.pop();
    const removed = await Promise.allSettled(
      this.#open.map((sandbox) => sandbox[Symbol.asyncDispose]()),
    );
    for (const outcome of removed) {
      // The reaper finds what is still there by its label.
      if (outcome.status === 'rejected')
        log(`a sandbox could not be removed: ${String(outcome.reason)}`);
    }
  }
}
