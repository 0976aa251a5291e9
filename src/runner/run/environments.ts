import { createHash } from 'node:crypto';
import type { Benchmark, StageOutcome } from '../benchmarks/benchmark';
import type { StageResult, Task } from '../model';
import { RunnerError } from '../model';
import type {
  EnvironmentSpec,
  ResolvedImage,
  SandboxProvider,
  SandboxSpec,
  SnapshotRef,
} from '../sandbox/sandbox';
import type { TrialStages } from './trialStages';

export interface PreparedEnvironment {
  readonly spec: EnvironmentSpec;
  readonly image: ResolvedImage;
  /** null: the bare image is the environment. */
  readonly snapshot: SnapshotRef | null;
}

interface Building {
  readonly outcome: Promise<StageOutcome<SnapshotRef>>;
  /** The stages of whoever builds, for those who wait. */
  readonly stages: () => readonly StageResult[];
}

export interface EnvironmentsOptions {
  readonly provider: SandboxProvider;
  /** The run's own signal: an image serves every trial, so no single trial's end stops its pull. */
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  /** Said once an image: that another one than the one asked for is used. */
  readonly onNote: (text: string) => void;
  /** Labels of everything that is made. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Prepared environments of a run: from a kept snapshot where there is one, else built in a builder sandbox and then
 * kept. Trials that need the same one at the same time wait for one build.
 */
export class Environments {
  readonly #options: EnvironmentsOptions;
  readonly #images = new Map<string, Promise<ResolvedImage>>();
  readonly #building = new Map<string, Building>();

  constructor(options: EnvironmentsOptions) {
    this.#options = options;
  }

  async prepare<T extends Task>(
    benchmark: Benchmark<T>,
    task: T,
    trial: TrialStages,
  ): Promise<StageOutcome<PreparedEnvironment>> {
    const spec = await benchmark.environment(task, { signal: trial.signal });
    assertSupported(spec, this.#options.provider);
    for (const note of spec.notes) trial.note(note);
    const image = await this.#image(spec);
    if (benchmark.preparation(task, spec).length === 0)
      return { ok: true, value: { spec, image, snapshot: null } };
    const parts = await benchmark.fingerprint(task, trial, {
      signal: trial.signal,
      onProgress: this.#options.onProgress,
    });
    if (!parts.ok) return parts;
    const key = createHash('sha256')
      .update(JSON.stringify([image.digest, spec.workdir, spec.commands, parts.value]))
      .digest('hex')
      .slice(0, 32);
    const snapshot = await this.#snapshot({ benchmark, task, trial, spec, image, key });
    return snapshot.ok ? { ok: true, value: { spec, image, snapshot: snapshot.value } } : snapshot;
  }

  #image(spec: EnvironmentSpec): Promise<ResolvedImage> {
    const name = JSON.stringify(spec.source);
    const known = this.#images.get(name);
    if (known !== undefined) return known;
    const { provider, signal, onProgress, onNote } = this.#options;
    const image = provider.resolveImage(spec.source, { signal, onProgress });
    this.#images.set(name, image);
    image.then(
      ({ note }) => {
        if (note !== null) onNote(note);
      },
      // The next trial tries again: a registry may answer by then.
      () => this.#images.delete(name),
    );
    return image;
  }

  async #snapshot<T extends Task>(build: Build<T>): Promise<StageOutcome<SnapshotRef>> {
    const { key, trial, benchmark, task, spec } = build;
    for (;;) {
      const running = this.#building.get(key);
      if (running === undefined) break;
      const outcome = await running.outcome.catch(() => null);
      trial.signal.throwIfAborted();
      if (outcome === null) continue; // its builder was cancelled or broke: this trial tries for itself
      if (!outcome.ok) {
        await trial.adopt(running.stages());
        return outcome;
      }
      break;
    }
    const kept = await this.#options.provider.snapshots.find(key, { signal: trial.signal });
    if (kept !== null) {
      await trial.adopt(
        benchmark.preparation(task, spec).map((stage) => ({
          stage,
          cause: 'snapshot',
          exit_code: null,
          duration_s: 0,
        })),
      );
      return { ok: true, value: kept };
    }
    const outcome = this.#build(build);
    this.#building.set(key, { outcome, stages: () => trial.results });
    try {
      return await outcome;
    } finally {
      this.#building.delete(key);
    }
  }

  async #build<T extends Task>({
    benchmark,
    task,
    trial,
    spec,
    image,
    key,
  }: Build<T>): Promise<StageOutcome<SnapshotRef>> {
    const { provider, labels } = this.#options;
    await using builder = await provider.create(
      {
        ...sandboxSpec(spec, image),
        snapshot: null,
        profile: 'builder',
        network: provider.capabilities.network,
        labels,
      },
      { signal: trial.signal },
    );
    const prepared = await benchmark.prepare(task, { builder, spec }, trial);
    if (!prepared.ok) return prepared;
    const title = `${task.group}@${(task.ref ?? '').slice(0, 7)}`;
    return {
      ok: true,
      value: await provider.snapshots.save(builder, { key, title }, { signal: trial.signal }),
    };
  }
}

interface Build<T extends Task> {
  readonly benchmark: Benchmark<T>;
  readonly task: T;
  readonly trial: TrialStages;
  readonly spec: EnvironmentSpec;
  readonly image: ResolvedImage;
  readonly key: string;
}

/** The part of a sandbox's spec that is the environment's. */
export function sandboxSpec(
  spec: EnvironmentSpec,
  image: ResolvedImage,
): Pick<SandboxSpec, 'image' | 'workdir' | 'limits' | 'env'> {
  return { image, workdir: spec.workdir, limits: spec.limits, env: spec.env };
}

/** @throws `unsupported-environment` when the provider cannot give what the environment asks for */
function assertSupported(spec: EnvironmentSpec, provider: SandboxProvider): void {
  if (spec.source !== null && !provider.capabilities.images) {
    throw new RunnerError(
      'unsupported-environment',
      `The task names an image of its own, which ${provider.name} cannot run. Start Docker, or leave the image out.`,
    );
  }
}
