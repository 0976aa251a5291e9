import { setTimeout as delay } from 'node:timers/promises';
import type { ProgressOptions } from '../sandbox';

/** Pauses before a registry that refused for its rate limit is asked again, the last one over and over. */
const usualPausesMs = [30_000, 60_000, 120_000, 300_000, 600_000, 900_000] as const;
/** Registries count pulls over hours (Docker Hub: six): a run that waits goes on by itself. */
const usualPatienceMs = 7 * 60 * 60_000;

export interface GateTimes {
  readonly pausesMs?: readonly number[];
  readonly patienceMs?: number;
}

/**
 * The rate limit of one registry: when it refuses one pull, all pulls from it wait, and the time until the next try is
 * told by the registry or grows.
 */
export class RegistryGate {
  readonly #registry: string;
  readonly #pausesMs: readonly number[];
  readonly #patienceMs: number;
  #opensAt = 0;
  #refusals = 0;
  #refusedAt = 0;
  /** Of the first refusal since the registry last answered well. */
  #since: number | null = null;

  constructor(registry: string, { pausesMs, patienceMs }: GateTimes = {}) {
    this.#registry = registry;
    this.#pausesMs = pausesMs ?? usualPausesMs;
    this.#patienceMs = patienceMs ?? usualPatienceMs;
  }

  /** Resolves when the registry may be asked. @returns when that was, for `refused` */
  async enter({ signal, onProgress }: ProgressOptions): Promise<number> {
    let told = 0;
    for (;;) {
      signal.throwIfAborted();
      const leftMs = this.#opensAt - Date.now();
      if (leftMs <= 0) return Date.now();
      if (told !== this.#opensAt) {
        told = this.#opensAt;
        onProgress(
          `${this.#registry} limits how often it may be asked; pulling goes on in ${inWords(leftMs)}. No trial is lost by it.`,
        );
      }
      await delay(leftMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * The registry refused a pull that entered at `enteredAt`. Pulls that were under way together count as one refusal.
   *
   * @returns false when patience is at its end
   */
  refused(enteredAt: number, retryAfterMs: number | null): boolean {
    const now = Date.now();
    this.#since ??= now;
    if (this.#refusals === 0 || enteredAt > this.#refusedAt) {
      const last = this.#pausesMs.length - 1;
      const pauseMs = this.#pausesMs[Math.min(this.#refusals, last)] ?? 0;
      this.#refusals += 1;
      this.#refusedAt = now;
      this.#opensAt = now + Math.max(pauseMs, retryAfterMs ?? 0);
    } else if (retryAfterMs !== null) {
      this.#opensAt = Math.max(this.#opensAt, now + retryAfterMs);
    }
    return this.#opensAt - this.#since <= this.#patienceMs;
  }

  /** A pull went through. */
  answered(): void {
    this.#refusals = 0;
    this.#since = null;
  }
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
