import type { Task } from '../model';
import type { EnvironmentSpec, ResolvedImage } from '../sandbox/sandbox';
import type { EnvironmentsOptions } from './environments';
import type { TrialStages } from './trialStages';

interface Taken {
  readonly name: string;
  readonly image: Promise<ResolvedImage>;
  trials: number;
}

/**
 * The images of a run: trials that need the same one wait for one pull and hold it together, and while they work the
 * images of the next tasks are pulled.
 */
export class RunImages {
  readonly #options: EnvironmentsOptions;
  readonly #taken = new Map<string, Taken>();
  readonly #ofTrial = new Map<TrialStages, Taken>();
  readonly #said = new Set<string>();
  readonly #ahead = new Set<string>();
  readonly #positions: ReadonlyMap<Task, number>;
  /** Tasks before it were looked at. */
  #next = 0;

  constructor(options: EnvironmentsOptions) {
    this.#options = options;
    // Attempts of one task follow each other at a distance; what counts is where it is first needed.
    this.#positions = new Map(
      [...(options.upcoming ?? [])].map(({ task }, n) => [task, n] as const).reverse(),
    );
  }

  /** The image of an environment, held until the trial is released. */
  async take(spec: EnvironmentSpec, trial: TrialStages): Promise<ResolvedImage> {
    const name = nameOf(spec);
    const taken = this.#taken.get(name) ?? this.#resolve(name, spec);
    taken.trials += 1;
    this.#ofTrial.set(trial, taken);
    return await taken.image;
  }

  release(trial: TrialStages): void {
    const taken = this.#ofTrial.get(trial);
    this.#ofTrial.delete(trial);
    if (taken === undefined) return;
    taken.trials -= 1;
    if (taken.trials > 0) return;
    this.#forget(taken);
    taken.image.then(
      (image) => {
        this.#options.provider.releaseImage(image);
      },
      () => undefined, // nothing was held; whoever waited was told
    );
  }

  /** Asks for the images of the tasks after this one. What fails is asked for again by the trial that needs it. */
  lookAhead(task: Task): void {
    const { upcoming = [], lookAhead = 0 } = this.#options;
    const position = this.#positions.get(task);
    if (position === undefined) return;
    const end = Math.min(upcoming.length, position + 1 + lookAhead);
    for (let n = Math.max(this.#next, position + 1); n < end; n += 1) {
      const next = upcoming[n];
      if (next !== undefined) void this.#pullAhead(next).catch(() => undefined);
    }
    this.#next = Math.max(this.#next, end);
  }

  async #pullAhead({
    task,
    benchmark,
  }: NonNullable<EnvironmentsOptions['upcoming']>[number]): Promise<void> {
    const { provider, signal, onProgress } = this.#options;
    const spec = await benchmark.environment(task, { signal });
    // What is built takes the processor from the trials.
    if (spec.source?.kind !== 'image' || !provider.capabilities.images) return;
    const name = nameOf(spec);
    if (this.#taken.has(name) || this.#ahead.has(name)) return;
    this.#ahead.add(name);
    try {
      await provider.resolveImage(spec.source, { signal, onProgress, ahead: true });
    } finally {
      this.#ahead.delete(name);
    }
  }

  #resolve(name: string, spec: EnvironmentSpec): Taken {
    const { provider, signal, onProgress } = this.#options;
    const image = provider.resolveImage(spec.source, { signal, onProgress });
    const taken = { name, image, trials: 0 };
    this.#taken.set(name, taken);
    image.then(
      ({ note }) => {
        if (note === null || this.#said.has(note)) return;
        this.#said.add(note);
        this.#options.onNote(note);
      },
      // The next trial tries again: a registry may answer by then.
      () => {
        this.#forget(taken);
      },
    );
    return taken;
  }

  #forget(taken: Taken): void {
    if (this.#taken.get(taken.name) === taken) this.#taken.delete(taken.name);
  }
}

function nameOf(spec: EnvironmentSpec): string {
  return JSON.stringify(spec.source);
}
