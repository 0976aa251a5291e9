import { rm } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import tar from 'tar-stream';
import type { Benchmark } from '../benchmarks/benchmark';
import type { Host } from '../host';
import type { RunPlan, StageLimits, Task } from '../model';
import { RunnerError } from '../model';
import type { KeptSandbox } from '../runner';
import type { PreparedEnvironment } from '../run/environments';
import { Environments, sandboxSpec } from '../run/environments';
import { TrialStages } from '../run/trialStages';
import type { Sandbox, SandboxProvider } from '../sandbox/sandbox';
import { trialPaths } from '../store/runFolder';
import type { ChangedFile, TrialTrees } from './treeReader';
import { makeTempFolder } from '../store/tempFolders';

export interface RestoreOptions<T extends Task> {
  readonly host: Host;
  readonly provider: SandboxProvider;
  readonly benchmark: Benchmark<T>;
  readonly plan: RunPlan;
  readonly trialId: string;
  readonly task: T;
  readonly limits: StageLimits;
  readonly trees: TrialTrees | null;
  readonly step: number;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * A new sandbox of the trial's environment, with the working tree as it was after a step. What an agent changed outside
 * of its working tree, ignored caches and its `.git` are those of the environment.
 */
export async function restoreSandbox<T extends Task>(
  options: RestoreOptions<T>,
): Promise<KeptSandbox> {
  const { provider, plan, trialId, trees, step, signal } = options;
  const environment = await prepare(options);
  const sandbox = await provider.create(
    {
      ...sandboxSpec(environment.spec, environment.image),
      snapshot: environment.snapshot,
      profile: 'trial',
      network: false,
      mounts: environment.spec.mounts ?? [],
      labels: { run: plan.run_id, trial: trialId, purpose: `step ${String(step)}` },
    },
    { signal },
  );
  try {
    const files =
      trees === null
        ? []
        : await trees.changed(trees.commitAt(0), trees.commitAt(step), { signal });
    await bring(sandbox, files, signal);
    const command = sandbox.shellCommand();
    if (command === null)
      throw new RunnerError(
        'unsupported-environment',
        `There is no way into a sandbox of ${provider.name}.`,
      );
    await sandbox.keep({ signal });
    return { id: sandbox.id, command };
  } catch (error) {
    await sandbox[Symbol.asyncDispose]();
    throw error;
  }
}

/** The trial's environment, by the code that prepares trials; nothing of it is written into the run's folder. */
async function prepare<T extends Task>({
  host,
  provider,
  benchmark,
  plan,
  trialId,
  task,
  limits,
  onProgress,
  signal,
}: RestoreOptions<T>): Promise<PreparedEnvironment> {
  const folder = await makeTempFolder(host, 'restore');
  try {
    const environments = new Environments({
      provider,
      signal,
      onProgress,
      onNote: onProgress,
      labels: { run: plan.run_id },
    });
    const stages = new TrialStages({
      attempt: plan.trials.find(({ trial_id: id }) => id === trialId)?.attempt ?? 0,
      limits,
      paths: trialPaths(folder),
      signal,
      emit: () => Promise.resolve(),
      showOutput: () => undefined,
      borrow: () => Promise.reject(new Error('an environment is prepared in no shared sandbox')),
    });
    const prepared = await environments.prepare(benchmark, task, stages);
    if (prepared.ok) return prepared.value;
    throw new RunnerError(
      'unsupported-environment',
      `The environment of "${task.taskId}" could not be prepared: ${prepared.detail}`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes the working tree of a fresh sandbox the recorded one. */
async function bring(
  sandbox: Sandbox,
  files: readonly ChangedFile[],
  signal: AbortSignal,
): Promise<void> {
  // All that changed goes first: what is a file now may have been a folder, and the other way round.
  const names = files.map((file) => utf8(file.path));
  for (let at = 0; at < names.length; at += 500) {
    const some = names.slice(at, at + 500);
    const exec = await sandbox.exec(['rm', '-rf', '--', ...some.map((name) => `./${name}`)], {
      timeoutMs: 60_000,
      signal,
    });
    if (exec.exitCode !== 0)
      throw new Error(`files cannot be removed: ${Buffer.from(exec.stderr).toString('utf8')}`);
  }
  const pack = tar.pack();
  for (const { path: name, after } of files) {
    if (after === null) continue;
    if (after.mode === '120000')
      pack.entry({ name: utf8(name), type: 'symlink', linkname: after.content.toString('utf8') });
    else
      pack.entry(
        { name: utf8(name), mode: Number.parseInt(after.mode.slice(3), 8) },
        after.content,
      );
  }
  pack.finalize();
  await sandbox.copyIn(sandbox.workdir, await buffer(pack), { signal });
}

function utf8(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
