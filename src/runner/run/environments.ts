import { createHash } from 'node:crypto';
import type { Benchmark, EnvironmentLayer, StageOutcome } from '../benchmarks/benchmark';
import type { StageResult, Task } from '../model';
import { RunnerError } from '../model';
import type {
  EnvironmentSpec,
  ResolvedImage,
  Sandbox,
  SandboxProvider,
  SandboxSpec,
  SnapshotRef,
} from '../sandbox/sandbox';
import { builtInImageOf } from '../sandbox/builtInImages';
import { RunImages } from './runImages';
import type { TrialStages } from './trialStages';

export interface PreparedEnvironment {
  readonly spec: EnvironmentSpec;
  readonly image: ResolvedImage;
  /** null: the bare image is the environment. */
  readonly snapshot: SnapshotRef | null;
}

/** null: the image has all that the environment needs. */
type Kept = SnapshotRef | null;

interface Building {
  readonly outcome: Promise<StageOutcome<Kept>>;
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
  /** What will be prepared, in this order: its images are pulled ahead of need. Default: nothing is known. */
  readonly upcoming?: readonly UpcomingTask[];
  /** Images that are pulled ahead of need. */
  readonly lookAhead?: number;
}

export interface UpcomingTask {
  readonly task: Task;
  readonly benchmark: Benchmark;
}

/**
 * Prepared environments of a run: from a kept snapshot where there is one, else built in a builder sandbox and then
 * kept. Trials that need the same one at the same time wait for one build.
 */
export class Environments {
  readonly #options: EnvironmentsOptions;
  readonly #images: RunImages;
  readonly #building = new Map<string, Building>();
  /** Keys of environments that are nothing but their images. */
  readonly #bare = new Set<string>();

  constructor(options: EnvironmentsOptions) {
    this.#options = options;
    this.#images = new RunImages(options);
  }

  /** What a person should know before the first trial. */
  async warnings(): Promise<readonly string[]> {
    const { upcoming = [], provider, signal } = this.#options;
    const specs = await Promise.all(
      upcoming.map(({ task, benchmark }) =>
        // A task whose environment cannot even be described says so in its trial.
        benchmark.environment(task, { signal, attempt: 0 }).catch(() => null),
      ),
    );
    return provider.imageWarnings(specs.map((spec) => spec?.source ?? null));
  }

  /** The trial works in its environment no longer: from now on the image may go. */
  release(trial: TrialStages): void {
    this.#images.release(trial);
  }

  async prepare<T extends Task>(
    benchmark: Benchmark<T>,
    task: T,
    trial: TrialStages,
  ): Promise<StageOutcome<PreparedEnvironment>> {
    const { signal, attempt } = trial;
    const asked = await benchmark.environment(task, { signal, attempt });
    this.#images.lookAhead(task);
    const { spec, image } = await this.#firstThatCanBeHad(asked, trial);
    for (const note of spec.notes) trial.note(note);
    if (benchmark.preparation(task, spec).length === 0)
      return { ok: true, value: { spec, image, snapshot: null } };
    const parts = await benchmark.fingerprint(task, trial, {
      signal: trial.signal,
      onProgress: this.#options.onProgress,
      spec,
    });
    if (!parts.ok) return parts;
    const layer = benchmark.layer?.(task, spec) ?? null;
    const key = keyOf([image.digest, spec.workdir, spec.commands, parts.value, layer?.parts ?? []]);
    const place = { trial, spec, image };
    const snapshot = await this.#snapshot({
      ...place,
      key,
      title: environmentTitle(task),
      stages: benchmark.preparation(task, spec),
      from: () => (layer === null ? nothing : this.#layer(layer, place)),
      fill: (builder) => benchmark.prepare(task, { builder, spec }, trial),
    });
    return snapshot.ok ? { ok: true, value: { spec, image, snapshot: snapshot.value } } : snapshot;
  }

  /** The environment as asked for; where its image cannot be had, what its description names instead. */
  async #firstThatCanBeHad(
    asked: EnvironmentSpec,
    trial: TrialStages,
  ): Promise<Pick<PreparedEnvironment, 'spec' | 'image'>> {
    assertSupported(asked, this.#options.provider);
    try {
      return { spec: asked, image: await this.#images.take(asked, trial) };
    } catch (error) {
      this.#images.release(trial);
      if (asked.fallback === undefined || !RunnerError.is(error, 'image-unavailable')) throw error;
      trial.note(`${error.message} So the environment is built from its spec instead.`);
      return await this.#firstThatCanBeHad(asked.fallback, trial);
    }
  }

  /** What several environments start from: prepared once, kept like them. */
  async #layer(
    layer: EnvironmentLayer,
    place: Pick<Build, 'trial' | 'spec' | 'image'>,
  ): Promise<StageOutcome<Kept>> {
    return await this.#snapshot({
      ...place,
      key: keyOf([place.image.digest, 'layer', layer.parts]),
      title: layer.title,
      stages: [layer.stage],
      from: () => nothing,
      fill: (builder) => layer.prepare(builder, place.trial),
    });
  }

  async #snapshot(build: Build): Promise<StageOutcome<Kept>> {
    const { key, trial } = build;
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
    // Whoever comes while the kept ones are looked through waits for that, too.
    const outcome = this.#keptOrBuilt(build);
    const building = { outcome, stages: () => trial.results };
    this.#building.set(key, building);
    try {
      return await outcome;
    } finally {
      if (this.#building.get(key) === building) this.#building.delete(key);
    }
  }

  async #keptOrBuilt(build: Build): Promise<StageOutcome<Kept>> {
    const { key, trial, stages } = build;
    const bare = this.#bare.has(key);
    const kept = bare
      ? null
      : await this.#options.provider.snapshots.find(key, { signal: trial.signal });
    if (!bare && kept === null) return await this.#build(build);
    await trial.adopt(
      stages.map((stage) => ({
        stage,
        cause: 'snapshot',
        exit_code: null,
        duration_s: 0,
      })),
    );
    return { ok: true, value: kept };
  }

  async #build(build: Build): Promise<StageOutcome<Kept>> {
    const { trial, spec, image, key, title } = build;
    const { provider, labels } = this.#options;
    const from = await build.from();
    if (!from.ok) return from;
    await using builder = await provider.create(
      {
        ...sandboxSpec(spec, image),
        snapshot: from.value,
        profile: 'builder',
        network: (spec.network ?? true) && provider.capabilities.network,
        mounts: spec.builderMounts ?? [],
        labels,
      },
      { signal: trial.signal },
    );
    const prepared = await build.fill(builder);
    if (!prepared.ok) return prepared;
    if (prepared.value === 'unchanged') {
      this.#bare.add(key);
      return { ok: true, value: null };
    }
    return {
      ok: true,
      value: await provider.snapshots.save(builder, { key, title }, { signal: trial.signal }),
    };
  }
}

/** One environment, or a layer of several, that is found or built. */
interface Build {
  readonly trial: TrialStages;
  readonly spec: EnvironmentSpec;
  readonly image: ResolvedImage;
  readonly key: string;
  readonly title: string;
  /** What is recorded as done when it was kept. */
  readonly stages: readonly string[];
  /** Asked only when it has to be built. */
  readonly from: () => Promise<StageOutcome<Kept>>;
  readonly fill: (builder: Sandbox) => Promise<StageOutcome<'unchanged' | null>>;
}

/** What a kept environment of a task is called, for people. */
export function environmentTitle({ group, ref }: Task): string {
  return `${group}@${(ref ?? '').slice(0, 7)}`;
}

const nothing: Promise<StageOutcome<Kept>> = Promise.resolve({ ok: true, value: null });

function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** The part of a sandbox's spec that is the environment's, whatever the sandbox is for. */
export function sandboxSpec(
  spec: EnvironmentSpec,
  image: ResolvedImage,
): Pick<SandboxSpec, 'image' | 'workdir' | 'limits' | 'env'> {
  return { image, workdir: spec.workdir, limits: spec.limits, env: spec.env };
}

/** @throws `unsupported-environment` when the provider cannot give what the environment asks for */
function assertSupported(spec: EnvironmentSpec, provider: SandboxProvider): void {
  const { mounts = [], builderMounts = [] } = spec;
  if (mounts.length + builderMounts.length > 0 && !provider.capabilities.mounts) {
    throw new RunnerError(
      'unsupported-environment',
      `The task's data lies on this machine, and ${provider.name} runs on another one. Use an engine of this machine.`,
    );
  }
  if (
    spec.source !== null &&
    builtInImageOf(spec.source) === null &&
    !provider.capabilities.images
  ) {
    throw new RunnerError(
      'unsupported-environment',
      `The task names an image of its own, which ${provider.name} cannot run. Start Docker, or leave the image out.`,
    );
  }
}
