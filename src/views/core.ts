import type { Disposes } from './disposables';
import type { Host, Runner } from '../runner/index';

/** The core, made when it is first needed: activating the extension evaluates none of it. */
export class Core implements Disposes {
  readonly #makeHost: () => Host;
  #runner: Promise<Runner> | undefined;

  constructor(makeHost: () => Host) {
    this.#makeHost = makeHost;
  }

  /** Relative paths that the core is given, and gives, are relative to this folder. */
  get cwd(): string {
    return this.#makeHost().cwd;
  }

  runner(): Promise<Runner> {
    if (this.#runner !== undefined) return this.#runner;
    const runner = this.#load();
    this.#runner = runner;
    // What failed once may succeed after something was mended.
    runner.catch(() => {
      if (this.#runner === runner) this.#runner = undefined;
    });
    return runner;
  }

  /** Makes the next core with the host of that time; the one that works now is ended when nothing uses it any more. */
  renew(idle: Promise<void>): void {
    const runner = this.#runner;
    this.#runner = undefined;
    void idle.then(async () => (await runner)?.[Symbol.asyncDispose]());
  }

  /** Ends the core, if there is one; it is made anew with the host of that time when it is needed again. */
  async close(): Promise<void> {
    const runner = this.#runner;
    this.#runner = undefined;
    await (await runner)?.[Symbol.asyncDispose]();
  }

  dispose(): void {
    void this.close();
  }

  async #load(): Promise<Runner> {
    const { createRunner } = await import('../runner/index');
    return createRunner(this.#makeHost());
  }
}
