import { RunnerError } from '../../model';
import type { Workers } from '../engine';

/** What an engine tells of its cluster, each thing once. */
export class Voice {
  readonly #name: string;
  readonly #note: Workers['note'];
  readonly #told = new Set<string>();
  #isSilent = false;

  /** `name`: the cluster's. */
  constructor(name: string, { note }: Pick<Workers, 'note'>) {
    this.#name = name;
    this.#note = note;
  }

  async warnOnce(text: string): Promise<void> {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    await this.#note('warning', text);
  }

  /** What does not answer is restarted sooner or later; the jobs run on meanwhile. null: it did not. */
  async tolerant<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await call();
      if (this.#isSilent) await this.#note('info', `${this.#name} answers again.`);
      this.#isSilent = false;
      return answer;
    } catch (error) {
      if (!RunnerError.is(error)) throw error;
      if (!this.#isSilent)
        await this.#note('warning', `${error.message} The jobs run on; it is asked again.`);
      this.#isSilent = true;
      return null;
    }
  }
}
