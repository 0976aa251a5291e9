import type { StepBodyView } from '../../presentation/trajectoryMessages';

const remembered = 1000;
/** As many as the editor takes in one question. */
const askedAtOnce = 100;

/** Bodies of steps that were opened: asked for once, kept for a while. */
export class Bodies {
  readonly #ask: (steps: readonly number[], whole: boolean) => void;
  /** The oldest goes first. */
  readonly #bodies = new Map<number, StepBodyView>();
  readonly #asked = new Set<number>();

  constructor(ask: (steps: readonly number[], whole: boolean) => void) {
    this.#ask = ask;
  }

  get(step: number): StepBodyView | undefined {
    return this.#bodies.get(step);
  }

  /** Asks for those that are neither here nor on their way. */
  need(steps: readonly number[]): void {
    const asked = steps.filter((step) => !this.#asked.has(step)).slice(0, askedAtOnce);
    if (asked.length === 0) return;
    for (const step of asked) this.#asked.add(step);
    this.#ask(asked, false);
  }

  needWhole(step: number): void {
    this.#ask([step], true);
  }

  put(bodies: readonly StepBodyView[]): void {
    for (const body of bodies) {
      this.#asked.delete(body.step);
      this.#bodies.delete(body.step);
      this.#bodies.set(body.step, body);
    }
    for (const oldest of this.#bodies.keys()) {
      if (this.#bodies.size <= remembered) break;
      this.#bodies.delete(oldest);
    }
  }

  clear(): void {
    this.#bodies.clear();
    this.#asked.clear();
  }
}
