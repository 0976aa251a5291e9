import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../host';
import type { JobSubmission, TrialPlan } from '../../model';
import { readIfThere, writeWhole } from '../../store/files';
import type { EngineEnd, EngineWork, Needs } from '../engine';
import { groupsOf, numbersIn, rangesOf } from '../jobs/jobGroups';
import type { JobGroup, JobSystem, TrialJob } from '../jobs/jobSystem';
import { tailOf } from '../jobs/logTail';
import type { Cluster } from './cluster';
import {
  cancelFile,
  indexFile,
  indexLabel,
  jobLabel,
  jobManifest,
  jobName,
  indexSelector,
  labelsOf,
  logOf,
  numberOf,
  runSelector,
  secretName,
} from './manifest';
import { endOf, hindranceOf, isRunning, newestOf } from './podStates';
import { cacheOf } from './template';
import type { Job, Pod } from './objects';

/** Pods that have not come to an end. */
const living = 'status.phase!=Succeeded,status.phase!=Failed';
/** A pod that was just being made when its trial was cancelled is to be seen by then. */
const unseenMs = 10_000;

/** The job of one trial: an index of an Indexed Job. */
export interface KubernetesJob extends TrialJob {
  readonly job: string;
  /** Its number among the job's indexes. */
  readonly completion: number;
  readonly pod: Pod | null;
}

/** The jobs of one run on a Kubernetes cluster: Indexed Jobs, which are found again by a label with the run. */
export class KubernetesJobs implements JobSystem<KubernetesJob> {
  readonly name = 'Kubernetes';
  readonly #work: EngineWork;
  readonly #host: Host;
  readonly #cluster: Cluster;
  readonly #template: Job;
  /** Trials' indexes in the order of a job's own, by its name. */
  readonly #indexes = new Map<string, readonly number[]>();
  /** Trials whose pod was running when it was last seen, by index. */
  readonly #ran = new Set<number>();
  /** Since when trials are cancelled that are cancelled alone, by index. */
  readonly #cancelled = new Map<number, number>();
  #lastNumber = 0;
  #hasSecret = false;

  constructor(
    work: EngineWork,
    {
      host,
      cluster,
      template,
    }: { readonly host: Host; readonly cluster: Cluster; readonly template: Job },
  ) {
    this.#work = work;
    this.#host = host;
    this.#cluster = cluster;
    this.#template = template;
  }

  async open(): Promise<void> {
    const { runDir, submissions } = this.#work.workers;
    await mkdir(path.dirname(path.join(runDir, indexFile(''))), { recursive: true });
    for (const { job } of submissions()) this.#count(job);
  }

  async jobs(): Promise<readonly KubernetesJob[]> {
    const labels = runSelector(this.#work.workers);
    // Pods first: one that is missing here because it has just ended is over by its job's word.
    const pods = await this.#cluster.pods({ labels, fields: living });
    const jobs = [...(await this.#cluster.jobs({ labels }))].sort(
      (a, b) => (numberOf(nameOf(a)) ?? 0) - (numberOf(nameOf(b)) ?? 0),
    );
    const alone = !pods.some(isRunning);
    const found: KubernetesJob[] = [];
    for (const job of jobs) {
      const indexes = await this.#indexesOf(nameOf(job));
      this.#count(nameOf(job));
      found.push(...this.#trialJobs(job, { indexes, pods, alone }));
    }
    await this.#share(jobs);
    return found;
  }

  /** A job that is not there was deleted, since what has ended stays for a day. */
  forgotten(jobs: readonly KubernetesJob[]): Promise<readonly KubernetesJob[]> {
    return Promise.resolve(jobs.map((job) => ({ ...job, phase: 'cancelled' })));
  }

  groupsOf(asked: readonly (readonly [TrialPlan, Needs])[]): readonly JobGroup[] {
    return groupsOf(asked);
  }

  async submit(
    { needs, trials }: JobGroup,
    { after }: { readonly after: KubernetesJob | null },
  ): Promise<{ readonly submission: JobSubmission; readonly jobs: readonly KubernetesJob[] }> {
    const { concurrency, workers } = this.#work;
    const indexes = trials.map(({ index }) => index).sort((a, b) => a - b);
    const order = (this.#lastNumber += 1);
    const job = jobName(workers, order);
    await this.#giveSecrets();
    await writeWhole(
      path.join(workers.runDir, indexFile(job)),
      indexes.map((index) => `${index}\n`).join(''),
    );
    this.#indexes.set(job, indexes);
    const created = await this.#cluster.createJob(
      jobManifest(this.#template, {
        run: workers,
        name: job,
        needs,
        completions: indexes.length,
        // It gets its share when there is room.
        parallelism: after === null ? Math.min(concurrency, indexes.length) : 0,
        cacheDir: cacheOf(this.#template, workers.runDir, this.#host),
      }),
    );
    const all = await this.#cluster.jobs({ labels: runSelector(workers) });
    await this.#cluster.ownSecret(secretName(workers), all.length > 0 ? all : [created]);
    return {
      submission: { job, indexes: rangesOf(indexes), offset: 0 },
      jobs: indexes.map((index, completion) => ({
        ...{ index, id: `${job}/${completion}`, order, job, completion },
        ...{ phase: 'waiting', hindrance: null, pod: null },
      })),
    };
  }

  /** A pod that is deleted is made again, and so has to find that it is not to begin. */
  async cancel(jobs: readonly KubernetesJob[]): Promise<void> {
    for (const { index, job, completion } of jobs) {
      await writeWhole(path.join(this.#work.workers.runDir, cancelFile(job, index)), '');
      this.#cancelled.set(index, performance.now());
      const labels = indexSelector(job, completion);
      for (const { metadata } of await this.#cluster.pods({ labels, fields: living }))
        await this.#cluster.deletePod(metadata?.name ?? '');
    }
  }

  async cancelAll(): Promise<void> {
    await this.#deleteJobs({ waiting: true });
  }

  async endOf({ job, completion, index, id }: KubernetesJob): Promise<EngineEnd> {
    const pod = newestOf(await this.#cluster.pods({ labels: indexSelector(job, completion) }));
    const log = logOf(job, index);
    const logTail = await tailOf(path.join(this.#work.workers.runDir, log));
    return endOf(pod, { who: pod === null ? `Job ${id}` : `Pod ${podName(pod)}`, log, logTail });
  }

  async close(): Promise<void> {
    await this.#deleteJobs({ waiting: false });
    await this.#cluster.deleteSecret(secretName(this.#work.workers));
  }

  #count(job: string): void {
    this.#lastNumber = Math.max(this.#lastNumber, numberOf(job) ?? 0);
  }

  async #deleteJobs(options: { readonly waiting: boolean }): Promise<void> {
    for (const job of await this.#cluster.jobs({ labels: runSelector(this.#work.workers) }))
      if (job.metadata?.deletionTimestamp === undefined)
        await this.#cluster.deleteJob(nameOf(job), options);
  }

  /** Keys of models, for the pods' environment; there before the first pod is, and gone with the last job. */
  async #giveSecrets(): Promise<void> {
    if (this.#hasSecret) return;
    const { workers } = this.#work;
    const metadata = { name: secretName(workers), labels: { ...labelsOf(workers) } };
    await this.#cluster.putSecret({ metadata, stringData: { ...(await workers.secrets()) } });
    this.#hasSecret = true;
  }

  async #indexesOf(job: string): Promise<readonly number[]> {
    const known = this.#indexes.get(job);
    if (known !== undefined) return known;
    const text = await readIfThere(path.join(this.#work.workers.runDir, indexFile(job)));
    const indexes = (text ?? '').split('\n').flatMap((line) => (line === '' ? [] : [Number(line)]));
    this.#indexes.set(job, indexes);
    return indexes;
  }

  #trialJobs(
    job: Job,
    {
      indexes,
      pods,
      alone,
    }: {
      readonly indexes: readonly number[];
      readonly pods: readonly Pod[];
      readonly alone: boolean;
    },
  ): readonly KubernetesJob[] {
    const name = nameOf(job);
    const own = new Map<number, Pod[]>();
    for (const pod of pods) {
      const { labels = {} } = pod.metadata ?? {};
      const completion = Number(labels[indexLabel]);
      if (labels[jobLabel] === name) own.set(completion, [...(own.get(completion) ?? []), pod]);
    }
    const { completed, failed } = endedIndexes(job);
    const phaseOf = (completion: number, index: number, pod: Pod | null): TrialJob['phase'] => {
      if (completed.has(completion)) return 'completed';
      if (failed.has(completion)) return 'failed';
      if (pod !== null) return isRunning(pod) ? 'running' : 'waiting';
      if (job.metadata?.deletionTimestamp !== undefined) return 'cancelled';
      if (hasFailed(job)) return 'failed';
      const since = this.#cancelled.get(index);
      if (since !== undefined && performance.now() - since > unseenMs) return 'cancelled';
      // Between the end of a pod and what its job says of that, or the pod in its place, nothing is known that is new.
      return this.#ran.has(index) ? 'running' : 'waiting';
    };
    return indexes.map((index, completion) => {
      const pod = newestOf(own.get(completion) ?? []);
      const phase = phaseOf(completion, index, pod);
      const hindrance = phase === 'waiting' && pod !== null ? hindranceOf(pod, { alone }) : null;
      const id = pod === null ? `${name}/${completion}` : podName(pod);
      const order = numberOf(name) ?? 0;
      if (pod !== null && phase === 'running') this.#ran.add(index);
      else if (pod !== null) this.#ran.delete(index);
      return { index, id, order, phase, hindrance, job: name, completion, pod };
    });
  }

  /** The run's concurrency is shared out among its jobs, the earlier ones first. A job that got less would end pods that run. */
  async #share(jobs: readonly Job[]): Promise<void> {
    let left = this.#work.concurrency;
    for (const job of jobs) {
      const { metadata, spec, status } = job;
      if (metadata?.deletionTimestamp !== undefined || status?.completionTime !== undefined)
        continue;
      const { completed, failed } = endedIndexes(job);
      const open = (spec?.completions ?? 0) - completed.size - failed.size;
      const had = Math.min(spec?.parallelism ?? 0, open);
      const share = Math.max(had, Math.min(left, open));
      left -= share;
      if (share > had) await this.#cluster.setParallelism(nameOf(job), share);
    }
  }
}

function nameOf({ metadata }: Job): string {
  return metadata?.name ?? '';
}

function podName({ metadata }: Pod): string {
  return metadata?.name ?? '';
}

function endedIndexes({ status }: Job): {
  readonly completed: ReadonlySet<number>;
  readonly failed: ReadonlySet<number>;
} {
  return {
    completed: new Set(numbersIn(status?.completedIndexes ?? '')),
    failed: new Set(numbersIn(status?.failedIndexes ?? '')),
  };
}

function hasFailed({ status }: Job): boolean {
  return (status?.conditions ?? []).some((it) => it.type === 'Failed' && it.status === 'True');
}
