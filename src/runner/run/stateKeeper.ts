import type { RunState } from '../model';
import { keepState } from '../store/keptState';

/** So many trials end between two times that the state is kept: what is read again after a kill is that of fewer. */
const usualEvery = 1000;

export interface StateKeeperOptions {
  readonly runDir: string;
  readonly state: () => RunState;
  /** Rejects when this process may write to the run folder no longer. */
  readonly assertHeld: () => Promise<void>;
  readonly every?: number;
}

/** Keeps the state of a large run from time to time, so that one that is killed opens as quickly as one that ended. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  #ended = 0;
  #keeping: Promise<void> | null = null;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
  }

  trialEnded(): void {
    this.#ended += 1;
    if (this.#ended % (this.#options.every ?? usualEvery) !== 0) return;
    this.#keeping ??= this.#keep().finally(() => {
      this.#keeping = null;
    });
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    const { runDir, state, assertHeld } = this.#options;
    try {
      await assertHeld();
      await keepState(runDir, state());
    } catch {
      // It only saves time; whoever records the run notices what is wrong, and says so.
    }
  }
}
