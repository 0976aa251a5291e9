import path from 'node:path';
import type { Host } from '../host';
import type { BenchmarkId, EnvironmentSource, RunConfig } from '../model';
import { RunnerError } from '../model';
import { collectPipSettings } from '../sandbox/pipSettings';
import type { Benchmark } from './benchmark';
import { MleBenchmark } from './mle/mleBenchmark';
import { ContestBenchmark } from './contests/contestBenchmark';
import type { RepositoryCache } from './swe/repositoryCache';
import type { SpecTable } from './swe/specs/specTable';
import { loadSpecs } from './swe/specs/specTable';
import { SweBenchmark } from './swe/sweBenchmark';

export interface RegistryOptions {
  readonly host: Host;
  readonly repositories: RepositoryCache;
  readonly config: RunConfig;
  /** What the config's paths are relative to: a run folder, for a config that was kept. Default: the host's. */
  readonly cwd?: string;
}

/** The benchmarks of a run, by the name that its tasks carry. */
export class BenchmarkRegistry {
  readonly #benchmarks: ReadonlyMap<BenchmarkId, Benchmark>;

  constructor({ host, repositories, config, cwd = host.cwd }: RegistryOptions) {
    let specs: Promise<SpecTable> | undefined;
    const swe = new SweBenchmark({
      host,
      repositories: repositories.from(config.repository_mirrors),
      patchLimits: config.patch_limits,
      defaultImage: config.image ?? null,
      described: describedEnvironment(config, cwd),
      environments: config.environments,
      specs: () => (specs ??= loadSpecs(config.specs, cwd)),
      grading: config.grading,
      testsBefore: config.tests_before,
      pipSettings: (signal) => collectPipSettings(host, { signal }),
    });
    const contests = new ContestBenchmark({ config: config.contests, cwd });
    const mle = new MleBenchmark({ host, config: config.mle, seed: config.seed, cwd });
    // A task always comes with the benchmark that made it, so the wider parameter type is never met by another's task.
    this.#benchmarks = new Map<BenchmarkId, Benchmark>([
      [swe.id, swe],
      [contests.id, contests],
      [mle.id, mle],
    ]);
  }

  get(id: BenchmarkId): Benchmark {
    const benchmark = this.#benchmarks.get(id);
    if (benchmark === undefined)
      throw new RunnerError('invalid-config', `There is no benchmark "${id}" in this version.`);
    return benchmark;
  }
}

/** The environment that a run describes for all its tasks. */
function describedEnvironment(config: RunConfig, cwd: string): EnvironmentSource | null {
  const { dockerfile, devcontainer } = config;
  if (dockerfile !== undefined)
    return { kind: 'dockerfile', dockerfile: path.resolve(cwd, dockerfile) };
  return devcontainer === undefined
    ? null
    : { kind: 'devcontainer', devcontainer: path.resolve(cwd, devcontainer) };
}
