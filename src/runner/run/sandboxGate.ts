import { setTimeout as delay } from 'node:timers/promises';
import type { TrialResult } from '../model';
import type { SandboxProvider } from '../sandbox/sandbox';
import { RunStop } from './trialResult';

const pollMs = 1000;

export interface SandboxGateOptions {
  readonly provider: Pick<SandboxProvider, 'name' | 'answers' | 'reap'>;
  /** How long trials wait for an engine that is gone. */
  readonly patienceMs: number;
  readonly note: (text: string) => void;
}

/**
 * Where trials wait while the engine is gone (it is being restarted): those that were under way failed through
 * infrastructure, and no other one has to.
 */
export class SandboxGate {
  readonly #options: SandboxGateOptions;
  #isDoubted = false;
  #waiting: Promise<RunStop | null> | null = null;

  constructor(options: SandboxGateOptions) {
    this.#options = options;
  }

  /** What a trial came to says whether the engine has to be looked for before the next one. */
  ended({ cause }: Pick<TrialResult, 'cause'>): void {
    if (cause === 'docker-unavailable' || cause === 'sandbox-lost') this.#isDoubted = true;
  }

  /** Resolves when a trial may begin: with null, or with why none ever can. */
  async pass(signal: AbortSignal): Promise<RunStop | null> {
    if (!this.#isDoubted) return null;
    this.#waiting ??= this.#wait(signal).finally(() => {
      this.#waiting = null;
    });
    return await this.#waiting;
  }

  async #wait(signal: AbortSignal): Promise<RunStop | null> {
    const { provider, patienceMs, note } = this.#options;
    const began = performance.now();
    for (let isTold = false; !signal.aborted;) {
      if (await provider.answers({ signal }).catch(() => false)) {
        this.#isDoubted = false;
        // Sandboxes of trials that ended meanwhile could not be removed.
        await provider.reap({ signal }).catch(() => undefined); // at the run's end once more
        if (isTold) note(`${provider.name} answers again: the run goes on`);
        return null;
      }
      const waitedMs = performance.now() - began;
      if (waitedMs > patienceMs)
        return new RunStop(
          'sandbox',
          `${provider.name} has not answered for ${Math.round(waitedMs / 1000)} s. Start it again, then resume the run; with --retry infra, trials that it took with it run again.`,
        );
      if (!isTold) note(`${provider.name} does not answer: trials wait until it does`);
      isTold = true;
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
    }
    return null;
  }
}
