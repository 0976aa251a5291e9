import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { calculator, TestRepository, writeTasks } from '../support/repositories';
import { clusterProblem, SlurmCluster } from '../support/slurm';
import type { Bench } from './measure';
import { interleave, timed } from './measure';

const run = promisify(execFile);
const program = path.resolve('dist/cli.js');

/** A program on the head of the cluster, to its end. */
async function onHead(
  cluster: SlurmCluster,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const [command = '', ...rest] = [...cluster.by(), process.execPath, program, ...args];
  return await run(command, rest, { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 });
}

/** What a lab does without us: a job array of the same commands on a folder with the same plan, and a look at the queue. */
async function arrayByHand(cluster: SlurmCluster, from: string, trials: number): Promise<void> {
  const folder = path.join(cluster.folder, `by-hand-${String(Math.random()).slice(2)}`);
  await mkdir(folder);
  for (const name of ['run.json', 'tasks.jsonl'])
    await copyFile(path.join(from, name), path.join(folder, name));
  const command = `exec '${process.execPath}' '${program}' trial '${folder}' "$SLURM_ARRAY_TASK_ID"`;
  const array = ['--parsable', '--requeue', `--array=0-${String(trials - 1)}`, '--cpus-per-task=2'];
  const [submit, ...args] = [
    ...cluster.by(folder),
    'sbatch',
    ...array,
    '--output=%A_%a.out',
    `--wrap=${command}`,
  ];
  const env = { ...process.env, ...cluster.env };
  const { stdout: job } = await run(submit, args, { env });
  const living = async (): Promise<boolean> =>
    (await cluster.onHead('squeue', '--noheader', `--jobs=${job.trim()}`)).trim() !== '';
  while (await living()) await delay(250);
}

/** A run on a Slurm cluster against a plain job array of the same commands. */
export const slurmBench: Bench = {
  name: 'slurm',
  title: 'a run on a Slurm cluster against a plain sbatch --array of the same commands',
  run: async (context) => {
    const problem = clusterProblem();
    if (problem !== null) {
      context.say(`  left out: ${problem}`);
      return [];
    }
    await run(process.execPath, ['esbuild.mjs', '--production']);
    await using cluster = await SlurmCluster.start({ nodes: 3 });
    const { env } = cluster;
    const trials = context.samples * 5;
    const place = path.join(cluster.folder, 'calculator');
    const repository = await TestRepository.make(place, calculator);
    const row = { task_id: 'quick', repo: repository.path, ref: await repository.head() };
    const tasks = await writeTasks(cluster.folder, [
      { ...row, timeouts: { clone: 60, total: 600 } },
    ]);
    const common = ['run', '--tasks', tasks, '--agent', 'empty', '--no-tests-before'];
    const onSlurm = [...common, '--engine', 'slurm', '--attempts', String(trials), '--json'];
    await onHead(cluster, [...common, '--sandbox', 'bubblewrap'], env);
    const planned = await onHead(cluster, onSlurm, env);
    const { run_dir: runDir } = JSON.parse(planned.stdout) as { run_dir: string };
    const told = async (what: string, work: () => Promise<unknown>): Promise<number> => {
      const ms = await timed(work);
      context.say(`  ${what}: ${(ms / 1000).toFixed(1)} s`);
      return ms;
    };
    const times = await interleave(
      Math.min(context.rounds, 3),
      {
        ours: () => told('run --engine slurm', () => onHead(cluster, onSlurm, env)),
        plain: () => told('sbatch --array', () => arrayByHand(cluster, runDir, trials)),
      },
      { warmUp: false },
    );
    return [
      {
        what: `${String(trials)} trials on 3 nodes`,
        unit: 'ms',
        ours: times.ours,
        other: { what: 'sbatch --array', samples: times.plain },
        target: { of: 'ratio', limit: 1.1, direction: 'at most' },
      },
    ];
  },
};
