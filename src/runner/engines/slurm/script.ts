import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Host } from '../../host';
import type { SlurmConfig } from '../../model';
import { rangesOf } from '../jobs/jobGroups';
import type { JobGroup } from '../jobs/jobSystem';

/** Where the workers' output goes, below the run folder. */
export const logFolder = 'slurm';

export function logOf(job: string, number: number): string {
  return `${logFolder}/${job}_${number}.out`;
}

/** By its name a job is found again whoever submitted it, also when that process died before it could say so. */
export function jobName(
  { runId, runDir }: { readonly runId: string; readonly runDir: string },
  offset: number,
): string {
  const place = createHash('sha256').update(runDir).digest('hex').slice(0, 6);
  return `${runId.replaceAll(/[^\w.@+-]/g, '_')}.${place}+${offset}`;
}

/** The offset that a job's name says. */
export function offsetOf(name: string): number {
  return Number(/\+(\d+)$/.exec(name)?.[1] ?? 0);
}

/**
 * What a job does: the worker of its trial, which is told where it is. How Benchyard is started on a node is a matter of the
 * machine and not of the run: a shell command in `BENCHYARD_WORKER`, else this very program, at the same path.
 */
export function jobScript(
  { runDir, offset }: { readonly runDir: string; readonly offset: number },
  host: Host,
): string {
  const program = host.env['BENCHYARD_WORKER'] ?? `exec ${ownProgram(host).map(quoted).join(' ')}`;
  return [
    '#!/bin/sh',
    'export BENCHYARD_NODE="$SLURMD_NODENAME"',
    `export BENCHYARD_WORKER_LOG="${logFolder}/\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}.out"`,
    `${program} trial ${quoted(runDir)} "$((SLURM_ARRAY_TASK_ID + ${offset}))"`,
    '',
  ].join('\n');
}

/** This very program: a cluster's nodes see the same files. */
function ownProgram({ nodeProgram, packageDir }: Host): readonly string[] {
  return [nodeProgram, path.join(packageDir, 'dist', 'cli.js')];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The arguments of sbatch. The user's own come last, where they win. */
export function submitArguments(
  { needs, offset, trials }: JobGroup,
  {
    name,
    runDir,
    concurrency,
    after,
    slurm,
  }: {
    readonly name: string;
    readonly runDir: string;
    readonly concurrency: number;
    /** The array that has to end first, so that no more run than may. */
    readonly after: string | null;
    readonly slurm: SlurmConfig;
  },
): readonly string[] {
  const numbers = rangesOf(trials.map(({ index }) => index - offset));
  return [
    `--job-name=${name}`,
    `--array=${numbers}%${Math.min(concurrency, trials.length)}`,
    '--requeue',
    `--chdir=${runDir}`,
    // Below --chdir, so that no character of the folder's name means anything.
    `--output=${logFolder}/%A_%a.out`,
    '--open-mode=append',
    '--export=ALL',
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${needs.cpus}`,
    `--mem=${Math.ceil(needs.memoryBytes / 1024 ** 2)}M`,
    `--time=${Math.ceil(needs.seconds / 60)}`,
    ...(needs.gpus > 0 ? [`--gres=gpu:${needs.gpus}`] : []),
    ...(after === null ? [] : [`--dependency=afterany:${after}`]),
    ...ownArguments(slurm),
  ];
}

/** What the user says of the jobs. */
export function ownArguments({ partition, account, args }: SlurmConfig): readonly string[] {
  return [
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...args,
  ];
}
