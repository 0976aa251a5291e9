import type { OpenSandbox } from '../benchmarks/benchmark';
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

/** Sandboxes of one trial. All are removed by its end, unless the last one is to be kept for a person. */
export class TrialSandboxes {
  readonly #options: TrialSandboxesOptions;
  readonly #plan: TrialPlan;
  readonly #open: Sandbox[] = [];
  /** What went wrong, or null. */
  readonly #removals: Promise<string | null>[] = [];

  constructor(options: TrialSandboxesOptions, plan: TrialPlan) {
    this.#options = options;
    this.#plan = plan;
  }

  async open(
    environment: PreparedEnvironment,
    {
      purpose,
      mounts = [],
      limits = environment.spec.limits,
    }: { readonly purpose: string } & NonNullable<Parameters<OpenSandbox>[1]>,
    signal: AbortSignal,
  ): Promise<Sandbox> {
    const { provider, runId } = this.#options;
    const sandbox = await provider.create(
      {
        ...sandboxSpec(environment.spec, environment.image),
        snapshot: environment.snapshot,
        profile: 'trial',
        network: false,
        limits,
        mounts: [...(environment.spec.mounts ?? []), ...mounts],
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

  /**
   * The trial has done with the sandboxes that are open now: they are removed while it goes on, so that nothing they still
   * run takes time from its tests. `close` waits for it.
   */
  retire(): void {
    // The last one may be the one to keep, and which is the last is known at the end only.
    if (!this.#options.keepSandbox) this.#remove();
  }

  #remove(): void {
    for (const sandbox of this.#open.splice(0)) {
      const removal = sandbox[Symbol.asyncDispose]().then(
        () => null,
        (error: unknown) => String(error),
      );
      this.#removals.push(removal);
    }
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
    this.#remove();
    for (const failure of await Promise.all(this.#removals)) {
      // The reaper finds what is still there by its label.
      if (failure !== null) log(`a sandbox could not be removed: ${failure}`);
    }
  }
}
