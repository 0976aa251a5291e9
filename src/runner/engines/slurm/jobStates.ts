import type { EngineEnd } from '../engine';
import type { TrialJob } from '../jobs/jobSystem';
import { offsetOf } from './script';

/** One job of an array, as Slurm tells it. */
export interface ArrayJob {
  /** The array's id. */
  readonly job: string;
  /** Its number in the array. */
  readonly number: number;
  /** Slurm's word: PENDING, RUNNING, NODE_FAIL, … */
  readonly state: string;
  readonly node: string;
  /** Why it waits, or how it ended, in Slurm's word. */
  readonly reason: string;
  /** The job's name. */
  readonly name: string;
}

/**
 * The fields that `squeue` is asked for. Lines and not its JSON: that of 22.05 has every job of the cluster in it, whatever
 * is asked for, and cuts long lists of numbers.
 */
export const queueFormat = '%F|%K|%T|%N|%r|%j';

/** What `squeue --array --states=all --format=<queueFormat>` prints: every job of its own. Others than arrays' are left out. */
export function parseQueue(text: string): readonly ArrayJob[] {
  return text.split('\n').flatMap((line) => {
    const [job = '', number = '', state = '', node = '', reason = '', ...name] = line
      .trim()
      .split('|');
    if (!/^\d+$/.test(job) || !/^\d+$/.test(number) || state === '') return [];
    return [{ job, number: Number(number), state, node, reason, name: name.join('|') }];
  });
}

/** The fields that `sacct` is asked for. */
export const accountingFormat = 'JobID,State,NodeList,Reason,JobName';

/** What `sacct --parsable2 --allocations` prints: `123_4|NODE_FAIL|node1|None|name`. */
export function parseAccounting(text: string): readonly ArrayJob[] {
  return text.split('\n').flatMap((line) => {
    const [id = '', state = '', node = '', reason = '', ...name] = line.trim().split('|');
    const [, job, number] = /^(\d+)_(\d+)$/.exec(id) ?? [];
    if (job === undefined || state === '') return [];
    // `CANCELLED by 1000`
    const [word = ''] = state.split(' ');
    return [{ job, number: Number(number), state: word, node, reason, name: name.join('|') }];
  });
}

const ends = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'REVOKED',
  'TIMEOUT',
]);

/** Whether a job has come to an end. What is not known is taken for alive: a trial that still runs is never given up. */
export function isOver({ state }: Pick<ArrayJob, 'state'>): boolean {
  return ends.has(state);
}

/** Whether it waits for a node, for the first time or again. */
export function isWaiting({ state }: Pick<ArrayJob, 'state'>): boolean {
  return state === 'PENDING' || state.startsWith('REQUEUE') || state === 'SPECIAL_EXIT';
}

/** Reasons to wait that pass by themselves. */
const ordinary = new Set([
  '',
  'None',
  'Priority',
  'Resources',
  'JobArrayTaskLimit',
  'Dependency',
  'BeginTime',
  'Cleaning',
  'Prolog',
  'QOSMaxJobsPerUserLimit',
]);

/** What somebody has to look at while a job waits: it may never begin. null: nothing. */
export function hindrance(job: ArrayJob): string | null {
  if (!isWaiting(job) || ordinary.has(job.reason)) return null;
  return /hold|held/i.test(`${job.state} ${job.reason}`)
    ? `Job ${job.job}_${job.number} is held (${job.reason}). Let it go on with scontrol release, or give it up with scancel.`
    : `Jobs of array ${job.job} wait for what may never come (${job.reason}). squeue and sinfo tell what the cluster has; --slurm-arg changes what is asked for.`;
}

/** A job of an array as the job of its trial. */
export interface SlurmJob extends TrialJob {
  readonly told: ArrayJob;
}

export function slurmJob(told: ArrayJob): SlurmJob {
  const { job, number, name, state } = told;
  const ended =
    state === 'COMPLETED' ? 'completed' : state === 'CANCELLED' ? 'cancelled' : 'failed';
  return {
    index: offsetOf(name) + number,
    id: `${job}_${number}`,
    order: Number(job),
    phase: isOver(told) ? ended : isWaiting(told) ? 'waiting' : 'running',
    hindrance: hindrance(told),
    told,
  };
}

/** Why a trial has no result although its job ended. `log`: the worker's, relative to the run folder. */
export function endOf(
  { job, number, state, node, reason }: ArrayJob,
  { log, logTail }: { readonly log: string; readonly logTail: string | null },
): EngineEnd {
  const where = node === '' ? '' : ` on ${node}`;
  const told = logTail === null || logTail === '' ? '' : `\n${logTail}`;
  const who = `Job ${job}_${number}${where}`;
  const says = (cause: string, text: string): EngineEnd => ({
    cause,
    detail: `${who}: ${text} Its log: ${log}.${told}`,
  });
  switch (state) {
    case 'NODE_FAIL':
    case 'BOOT_FAIL':
      return says('node-failed', 'the node failed, and the job was not requeued.');
    case 'PREEMPTED':
      return says('preempted', 'another job took its place, and it was not requeued.');
    case 'OUT_OF_MEMORY':
      return says(
        'out-of-memory',
        'the job used more memory than it was given; ask for more with --slurm-arg=--mem=….',
      );
    case 'TIMEOUT':
    case 'DEADLINE':
      return says(
        'job-time-limit',
        "the job reached Slurm's time limit; ask for more with --slurm-arg=--time=….",
      );
    default:
      break;
  }
  if (logTail === null)
    return {
      cause: 'run-folder-missing',
      detail: `${who}: it could not write into the run folder${reason === '' ? '' : ` (${reason})`}, which must be on a file system that the nodes share, at the same path: choose it with --out.`,
    };
  return says(
    'job-lost',
    state === 'COMPLETED'
      ? 'it ended without a result of its trial.'
      : `its worker failed (${state}, ${reason}). On the node Benchyard must be at the same path, or named by BENCHYARD_WORKER.`,
  );
}
