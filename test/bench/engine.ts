import path from 'node:path';
import { createRunner } from '../../src/runner/createRunner';
import type { Runner } from '../../src/runner/index';
import reportPlugin from '../../src/runner/benchmarks/swe/sandboxed/benchyard_report.py';
import { RunnerError } from '../../src/runner/model';
import { chooseProvider } from '../../src/runner/sandbox/providers';
import type { SandboxProvider, SandboxSpec } from '../../src/runner/sandbox/sandbox';
import { defaultSandboxLimits } from '../../src/runner/sandbox/sandbox';
import { calculator, fixedCalculator, TestRepository, writeTasks } from '../support/repositories';
import type { Bench, BenchContext } from './measure';
import { interleave, plainRow, timed } from './measure';
import { benchHost } from './samples';

const trials = 500;
const concurrency = 2;
const test = 'grep -q "a + b" calc/__init__.py';

interface Work {
  readonly provider: SandboxProvider;
  readonly spec: SandboxSpec;
  readonly patch: string;
}

/**
 * The trial's own work in its sandbox, in its words: a patch is applied, what it changed is asked, the reporter of tests
 * is put in, the test runs, and its report is asked for (there is none, since it is no pytest).
 */
const apply = `set -e; mkdir -p /tmp/.by; cat > /tmp/.by/patch.diff
git apply --verbose --whitespace=nowarn /tmp/.by/patch.diff`;
const changed = `git diff --name-only --no-renames -z HEAD && git ls-files --others --exclude-standard -z`;

/** What a trial's sandbox does without us: it starts from the snapshot, runs the same commands, and is removed. */
async function sandboxAlone({ provider, spec, patch }: Work, signal: AbortSignal): Promise<void> {
  await using sandbox = await provider.create(spec, { signal });
  const options = { timeoutMs: 60_000, signal };
  await sandbox.exec(['sh', '-c', apply], { ...options, stdin: Buffer.from(patch) });
  await sandbox.exec(['sh', '-c', changed], options);
  await sandbox.writeFile('/tmp/.by/plugins/report.py', reportPlugin, { signal });
  await sandbox.writeFile('/tmp/.by/key', 'a'.repeat(64), { signal });
  const { exitCode } = await sandbox.exec(['bash', '-c', test], options);
  if (exitCode !== 0) throw new Error('the test does not pass by hand');
  await sandbox.readFile('/tmp/.by/report.jsonl', { signal }).catch((error: unknown) => {
    if (!RunnerError.is(error, 'not-found')) throw error;
  });
}

/** As many at a time as the run has, each as soon as one before it has ended. */
async function allAlone(work: Work, { signal }: BenchContext): Promise<void> {
  let left = trials;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await sandboxAlone(work, signal);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function run(
  runner: Runner,
  tasks: string,
  { attempts, context }: { readonly attempts: number; readonly context: BenchContext },
): Promise<void> {
  const { signal, folder } = context;
  const handle = await runner.startRun(
    {
      tasks: [tasks],
      agent: 'gold',
      sandbox: 'bubblewrap',
      concurrency,
      attempts,
      tests_before: false,
      out: path.join(folder, 'runs'),
    },
    { signal },
  );
  const { totals } = await handle.done;
  if (totals.resolved !== totals.total) throw new Error('not every trial was resolved');
}

/** The snapshot that the run's trials start from, and what else one needs to do their work by hand. */
async function prepare(context: BenchContext, title: string): Promise<Omit<Work, 'patch'>> {
  const options = { signal: context.signal, onProgress: context.say };
  const provider = await chooseProvider('bubblewrap', benchHost(context), options);
  const image = await provider.resolveImage(null, options);
  const kept = await provider.snapshots.list(options);
  const [newest] = kept
    .filter((snapshot) => snapshot.title === title)
    .sort((a, b) => b.lastUsedAt.localeCompare(a.lastUsedAt));
  if (newest === undefined) throw new Error(`the run kept no snapshot ${title}`);
  const spec: SandboxSpec = {
    image,
    snapshot: newest,
    profile: 'trial',
    network: false,
    workdir: '/workspace/project',
    limits: defaultSandboxLimits,
    env: {},
    labels: {},
  };
  return { provider, spec };
}

export const engineBench: Bench = {
  name: 'engine',
  title: `${String(trials)} trivial trials on the local engine, beside what their sandboxes alone take (bubblewrap)`,
  run: async (context) => {
    const repository = await TestRepository.make(
      path.join(context.folder, 'calculator'),
      calculator,
    );
    const ref = await repository.head();
    const patch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
    const timeouts = { clone: 300, install: 300, apply: 300, test: 300, total: 3600 };
    const row = {
      task_id: 'tiny',
      repo: repository.path,
      ref,
      patch,
      timeouts,
      test_command: test,
    };
    const tasks = await writeTasks(context.folder, [row]);
    await using runner = createRunner(benchHost(context));
    await run(runner, tasks, { attempts: 2, context });
    const [task] = (await runner.loadTasks([tasks], { signal: context.signal })).tasks;
    const title = `${task?.group ?? ''}@${ref.slice(0, 7)}`;
    const prepared = await prepare(context, title);
    await using provider = prepared.provider;
    const work = { ...prepared, provider, patch };
    // It takes minutes, and everything has run once.
    const rounds = Math.min(context.rounds, 3);
    const rate = (ms: number): number => trials / (ms / 1000);
    const { ours, alone } = await interleave(
      rounds,
      {
        ours: async () =>
          rate(await timed(() => run(runner, tasks, { attempts: trials, context }))),
        alone: async () => rate(await timed(() => allAlone(work, context))),
      },
      { warmUp: false },
    );
    return [
      {
        ...plainRow(`trials a second, concurrency ${String(concurrency)}`, ours, { unit: '/s' }),
        other: { what: 'the same commands in sandboxes', samples: alone },
        target: { of: 'ratio', limit: 0.9, direction: 'at least' },
      },
    ];
  },
};
