import type { Host } from '../host';
import type { SandboxChoice } from '../model';
import { chooseProvider } from './providers';
import type { ProgressOptions, SandboxCallOptions, SandboxProvider } from './sandbox';

/** An engine that was there this long ago is believed to be there still. */
const believedMs = 60_000;

interface Found {
  readonly name: Promise<SandboxProvider['name']>;
  readonly at: number;
}

/**
 * Which sandbox a choice comes to, for runs that are planned now and begun later: many are planned in a row, and asking
 * the engine for each would cost more than the planning.
 */
export class SandboxNames {
  readonly #host: Host;
  readonly #found = new Map<SandboxChoice, Found>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** @throws what `chooseProvider` throws; a failure is not remembered */
  async nameOf(
    choice: SandboxChoice,
    options: ProgressOptions & SandboxCallOptions,
  ): Promise<SandboxProvider['name']> {
    const known = this.#found.get(choice);
    if (known !== undefined && Date.now() - known.at < believedMs) return await known.name;
    const found = { name: this.#ask(choice, options), at: Date.now() };
    this.#found.set(choice, found);
    try {
      return await found.name;
    } catch (error) {
      if (this.#found.get(choice) === found) this.#found.delete(choice);
      throw error;
    }
  }

  async #ask(
    choice: SandboxChoice,
    options: ProgressOptions & SandboxCallOptions,
  ): Promise<SandboxProvider['name']> {
    await using provider = await chooseProvider(choice, this.#host, options);
    return provider.name;
  }
}
