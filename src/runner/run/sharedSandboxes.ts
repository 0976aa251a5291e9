import type { BorrowedSandbox } from '../benchmarks/benchmark';
import type { EnvironmentSpec, ResolvedImage, Sandbox, SandboxProvider } from '../sandbox/sandbox';
import { sandboxSpec } from './environments';

export interface SharedSandboxesOptions {
  readonly provider: SandboxProvider;
  readonly labels: Readonly<Record<string, string>>;
  readonly onProgress: (line: string) => void;
  readonly log: (message: string) => void;
}

interface Idle {
  readonly key: string;
  readonly sandbox: Sandbox;
}

/**
 * Sandboxes that the trials of a run lend to each other: as many are made as are borrowed at the same time, and they
 * wait warm for the next borrower. All are removed with the run.
 */
export class SharedSandboxes implements AsyncDisposable {
  readonly #options: SharedSandboxesOptions;
  readonly #images = new Map<string, Promise<ResolvedImage>>();
  readonly #idle: Idle[] = [];
  readonly #removals = new Set<Promise<void>>();

  constructor(options: SharedSandboxesOptions) {
    this.#options = options;
  }

  async borrow(
    spec: EnvironmentSpec,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<BorrowedSandbox> {
    const key = JSON.stringify([spec.source, spec.workdir, spec.limits, spec.env]);
    const at = this.#idle.findLastIndex((idle) => idle.key === key);
    const [warm] = at === -1 ? [] : this.#idle.splice(at, 1);
    const sandbox = warm?.sandbox ?? (await this.#make(spec, signal));
    let spoilt = false;
    let given = false;
    return {
      sandbox,
      spoil: () => {
        spoilt = true;
      },
      [Symbol.asyncDispose]: async () => {
        if (given) return;
        given = true;
        if (spoilt) await this.#remove(sandbox);
        else this.#idle.push({ key, sandbox });
      },
    };
  }

  async #make(spec: EnvironmentSpec, signal: AbortSignal): Promise<Sandbox> {
    const { provider, labels } = this.#options;
    const image = await this.#image(spec, signal);
    return await provider.create(
      {
        ...sandboxSpec(spec, image),
        snapshot: null,
        profile: 'judge',
        network: false,
        labels: { ...labels, purpose: 'judge' },
      },
      { signal },
    );
  }

  /** Resolved once a run, so that it stays for all of it. */
  async #image(spec: EnvironmentSpec, signal: AbortSignal): Promise<ResolvedImage> {
    const key = JSON.stringify(spec.source);
    const { provider, onProgress } = this.#options;
    const known = this.#images.get(key);
    if (known !== undefined) return await known;
    const resolving = provider.resolveImage(spec.source, { signal, onProgress });
    this.#images.set(key, resolving);
    try {
      return await resolving;
    } catch (error) {
      // The next one tries for itself: this one may have been cancelled.
      this.#images.delete(key);
      throw error;
    }
  }

  async #remove(sandbox: Sandbox): Promise<void> {
    const removal = sandbox[Symbol.asyncDispose]().catch((error: unknown) => {
      // The reaper finds what is still there by its label.
      this.#options.log(`a sandbox could not be removed: ${String(error)}`);
    });
    this.#removals.add(removal);
    await removal;
    this.#removals.delete(removal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([
      ...this.#removals,
      ...this.#idle.splice(0).map(({ sandbox }) => this.#remove(sandbox)),
    ]);
  }
}
