import path from 'node:path';
import { nodeHost } from '../../src/nodeHost';
import { createRunner } from '../../src/runner/createRunner';
import type { Host, RepositoryTask, RunEvent, RunOutcome } from '../../src/runner/index';
import { isRepositoryTask } from '../../src/runner/model';
import { createDockerProvider } from '../../src/runner/sandbox/docker';
import { runProgram } from './docker';
import type { BenchContext } from './measure';
import type { ResolvedImage, SandboxSpec } from '../../src/runner/sandbox/sandbox';
import { defaultSandboxLimits } from '../../src/runner/sandbox/sandbox';

export const sampleFile = path.resolve('samples/seed_tasks.jsonl');

export function benchHost({ cacheDir }: BenchContext): Host {
  return nodeHost({ cacheDir });
}

export async function sampleTasks(context: BenchContext): Promise<readonly RepositoryTask[]> {
  await using runner = createRunner(benchHost(context));
  const { tasks } = await runner.loadTasks([sampleFile], { signal: context.signal });
  return tasks.filter(isRepositoryTask);
}

/** Runs sample tasks with their gold patches as the product does. All must be resolved, or the time means nothing. */
export async function runSamples(
  taskIds: readonly string[],
  context: BenchContext,
  options: { readonly concurrency: number; readonly onEvent?: (event: RunEvent) => void },
): Promise<RunOutcome> {
  await using runner = createRunner(benchHost(context));
  const { concurrency, onEvent } = options;
  const handle = await runner.startRun(
    {
      tasks: [sampleFile],
      task_ids: [...taskIds],
      agent: 'gold',
      sandbox: 'docker',
      concurrency,
      out: context.folder,
      // The machine may be busy, and a time limit is not what is measured.
      timeouts: { clone: 300, install: 300, apply: 300, test: 300, total: 3600 },
    },
    { signal: context.signal, observer: onEvent === undefined ? {} : { onEvent } },
  );
  const outcome = await handle.done;
  const unresolved = outcome.results.filter(({ status }) => status !== 'passed');
  const missing = taskIds.length - outcome.results.length;
  if (unresolved.length > 0 || missing > 0) {
    const what = unresolved.map(
      ({ task_id, status, detail }) => `${task_id}: ${status} ${detail ?? ''}`,
    );
    throw new Error(`${what.join('; ')}; ${String(missing)} without a result`);
  }
  return outcome;
}

/** The image that a task's trials start from. There is one after the task has run. */
export async function snapshotImage(task: RepositoryTask, context: BenchContext): Promise<string> {
  const { signal } = context;
  await using provider = await createDockerProvider(benchHost(context), { signal });
  const title = `${task.group}@${task.ref.slice(0, 7)}`;
  const kept = (await provider.snapshots.list({ signal }))
    .filter((snapshot) => snapshot.title === title)
    .sort((a, b) => b.lastUsedAt.localeCompare(a.lastUsedAt));
  const [latest] = kept;
  if (latest === undefined) throw new Error(`no snapshot ${title}`);
  return latest.id;
}

const gitSettings = {
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
  LC_ALL: 'C.UTF-8',
  PYTHONHASHSEED: '0',
  TZ: 'UTC',
};

/**
 * `plain`: what a person would type, with nothing but the network cut. `hardened`: with the flags that come closest to
 * what a trial's sandbox is, and the project copied into a tmpfs.
 */
export type ByHand = 'plain' | 'hardened';

const hardening = [
  ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
  ...['--user', '1000:1000', '--pids-limit', '520', '--memory', '3g', '--memory-swap', '3g'],
  ...['--tmpfs', '/tmp:rw,exec,nosuid,nodev,size=256m,mode=1777'],
  ...['--tmpfs', '/workspace:rw,exec,nosuid,nodev,size=512m,mode=0755,uid=1000,gid=1000'],
  ...['--log-driver', 'none'],
];
const stored = '/opt/benchyard/workspace';
const project: Readonly<Record<ByHand, string>> = {
  plain: `ln -s ${stored} /workspace`,
  hardened: `cp -a ${stored}/. /workspace/`,
};

/** The commands of a gold trial by hand: the tests before, then the patch and the tests in a clean container. */
export async function trialByHand(task: RepositoryTask, image: string, how: ByHand): Promise<void> {
  const env = Object.entries(gitSettings).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const run = async (patches: readonly string[], status: number): Promise<void> => {
    const script = [
      project[how],
      'cd /workspace/project',
      'for patch; do printf %s "$patch" | git apply --whitespace=nowarn - || exit 9; done',
      pytestCommand(task),
    ].join(' && ');
    const flags = ['--rm', '--network', 'none', ...(how === 'hardened' ? hardening : []), ...env];
    const argv = ['run', ...flags, '--entrypoint', 'sh', image, '-c', script, 'sh', ...patches];
    const output = await runProgram('docker', argv, { expect: [status] });
    // Docker has a status 1 of its own.
    if (!/\d+ (passed|failed)/.test(output)) throw new Error(`no tests ran: ${output}`);
  };
  const tests = task.testPatch ?? '';
  await run([tests], 1);
  await run([task.goldPatch ?? '', tests], 0);
}

function pytestCommand({ pytestK, failToPass, passToPass }: RepositoryTask): string {
  if (pytestK !== null) return `pytest -k '${pytestK}'`;
  const files = [...(failToPass ?? []), ...(passToPass ?? [])].map((id) => id.split('::')[0]);
  return `pytest ${[...new Set(files)].join(' ')}`;
}

/** A sandbox of the bare image, as trials have it. */
export function trialSpec(image: ResolvedImage, workdir: string): SandboxSpec {
  return {
    image,
    snapshot: null,
    profile: 'trial',
    network: false,
    workdir,
    limits: defaultSandboxLimits,
    env: {},
    labels: { run: 'bench' },
  };
}
