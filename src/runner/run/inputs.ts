import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Benchmark } from '../benchmarks/benchmark';
import { isLocalRepository } from '../benchmarks/swe/taskFile';
import { scriptFileOf } from '../llm/providers';
import type { RunConfig, Task } from '../model';
import { writeWhole } from '../store/files';

/** Copies the files that an agent and its model are given into the run folder and names the copies, relative to it. */
export async function keepInputs(
  config: RunConfig,
  { runDir, cwd }: { readonly runDir: string; readonly cwd: string },
): Promise<RunConfig> {
  const keep = async (file: string, name = path.basename(file)): Promise<string> => {
    const copy = path.join('inputs', name);
    await writeWhole(path.join(runDir, copy), await readFile(path.resolve(cwd, file)));
    return copy;
  };
  const kept: Partial<RunConfig> = {};
  const script = scriptFileOf(config);
  if (script !== null) kept.model = `scripted:${await keep(script)}`;
  if (config.patch !== undefined) kept.patch = await keep(config.patch);
  if (config.predictions !== undefined) kept.predictions = await keep(config.predictions);
  const { candidates, checker, solutions } = config.contests;
  kept.contests = {
    ...config.contests,
    ...(candidates === undefined ? {} : { candidates: await keep(candidates) }),
    ...(checker === undefined ? {} : { checker: await keep(checker) }),
    // Other runs go on with it.
    ...(solutions === undefined ? {} : { solutions: path.resolve(cwd, solutions) }),
  };
  const { data_dir: dataDir, registry } = config.mle;
  kept.mle = {
    ...config.mle,
    ...(dataDir === undefined ? {} : { data_dir: path.resolve(cwd, dataDir) }),
    registry: registry.map((folder) => path.resolve(cwd, folder)),
  };
  if (config.actions !== undefined) kept.actions = await keep(config.actions);
  if (config.prompts !== undefined) {
    const prompts = Object.entries(config.prompts).map(
      async ([name, file]) => [name, await keep(file, `${name}.md`)] as const,
    );
    kept.prompts = Object.fromEntries(await Promise.all(prompts));
  }
  // What an image is built from stays where it is, beside its context.
  if (config.dockerfile !== undefined) kept.dockerfile = path.resolve(cwd, config.dockerfile);
  if (config.devcontainer !== undefined) kept.devcontainer = path.resolve(cwd, config.devcontainer);
  const mirrors = Object.entries(config.repository_mirrors).map(
    ([address, place]) => [address, absoluteMirror(place, cwd)] as const,
  );
  kept.repository_mirrors = Object.fromEntries(mirrors);
  const specs = config.specs.map((file, n) => keep(file, `specs-${n}.json`));
  if (specs.length > 0) kept.specs = await Promise.all(specs);
  return { ...config, ...kept };
}

/** The tasks of a run as its folder keeps them: what they do not hold themselves is copied into it, one at a time. */
export async function keepContents(
  tasks: readonly Task[],
  runDir: string,
  {
    signal,
    benchmarkOf,
  }: {
    readonly signal: AbortSignal;
    readonly benchmarkOf: (id: Task['benchmark']) => Benchmark;
  },
): Promise<readonly Task[]> {
  const kept: Task[] = [];
  for (const task of tasks) {
    const benchmark = benchmarkOf(task.benchmark);
    kept.push((await benchmark.keepContent?.(task, { runDir, signal })) ?? task);
  }
  return kept;
}

/** The place that takes the place of the beginning of an address, with the slash that it ends with. */
function absoluteMirror(place: string, cwd: string): string {
  if (!isLocalRepository(place)) return place;
  return `${path.resolve(cwd, place)}${place.endsWith('/') ? '/' : ''}`;
}
