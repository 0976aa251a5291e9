import { setTimeout as delay } from 'node:timers/promises';
import type { TrialPlan } from '../../model';
import { RunnerError } from '../../model';
import type { EngineWork, Needs } from '../engine';
import type { JobGroup, JobSystem, TrialJob } from './jobSystem';
import { isOver, latestOf } from './jobSystem';
import { Voice } from './voice';

/** The workers' files are looked at so often while something happens, and less and less often while nothing does. */
const filesMs = { least: 100, most: 1000 } as const;
/** The cluster is everybody's: it is asked less often. */
const clusterMs = { least: 2000, most: 10_000 } as const;
/** What a worker wrote last may show late on a network file system, and a job that ended may be started again. */
const graceMs = { failed: 6000, completed: 60_000 } as const;
/** How long the cluster is left alone after it took no more jobs. */
const refusedMs = 30_000;

/** A trial that was given to the cluster. */
interface Tracked<J> {
  readonly trial: TrialPlan;
  readonly signal: AbortSignal;
  /** Its latest job; null: none is known yet. */
  job: J | null;
  /** When its job was first seen to be over, or missing. */
  overSince: number | null;
  isCancelled: boolean;
}

/** One run on a cluster, from the first submission until no trial is left. */
export class JobRun<J extends TrialJob> {
  readonly #work: EngineWork;
  readonly #system: JobSystem<J>;
  /** By index. */
  readonly #tracked = new Map<number, Tracked<J>>();
  /** Trials whose turn has come and that found no room yet. */
  #waiting: TrialPlan[] = [];
  #pause: number = clusterMs.least;
  #nextLook = 0;
  #nextSubmission = 0;
  /** Whether jobs of this run are with the cluster, as far as this process knows. */
  #hasSubmitted = false;
  readonly #voice: Voice;

  constructor(work: EngineWork, system: JobSystem<J>) {
    this.#work = work;
    this.#system = system;
    this.#voice = new Voice(system.name, work.workers);
  }

  async run(trials: readonly TrialPlan[]): Promise<void> {
    const { signal } = this.#work;
    await this.#system.open(trials);
    const missing = await this.#adopt(trials);
    this.#hasSubmitted = this.#tracked.size > 0;
    await this.#submit(missing, { chained: true });
    let pause: number = filesMs.least;
    while (this.#tracked.size > 0 || this.#waiting.length > 0) {
      if (signal.aborted) {
        await this.#stop();
        break;
      }
      const ended = await this.#ended();
      await this.#cancelSingle();
      await this.#look();
      await this.#submitWaiting();
      pause = ended > 0 ? filesMs.least : Math.min(pause * 1.5, filesMs.most);
      // What may never end by itself is not waited for in one piece.
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
    await this.#voice.tolerant(async () => this.#system.close?.());
  }

  /**
   * Jobs that an earlier process submitted and that live on are followed instead of submitted again.
   *
   * @returns the trials without such a job
   */
  async #adopt(trials: readonly TrialPlan[]): Promise<readonly TrialPlan[]> {
    const living = new Map<number, J>();
    for (const job of await this.#system.jobs()) if (!isOver(job)) living.set(job.index, job);
    const missing: TrialPlan[] = [];
    for (const trial of trials) {
      const job = living.get(trial.index);
      if (job === undefined) missing.push(trial);
      else if (!(await this.#track(trial, job))) this.#skipped(trial);
    }
    return missing;
  }

  async #track(trial: TrialPlan, job: J | null): Promise<boolean> {
    const { workers } = this.#work;
    const signal = await workers.begin(trial);
    if (signal === null) return false;
    this.#tracked.set(trial.index, { trial, signal, job, overSince: null, isCancelled: false });
    return true;
  }

  /**
   * Submits trials. `chained`: each group begins when the one before has ended, so that together they keep to the run's
   * concurrency; otherwise there is room for all of them.
   *
   * @throws `engine-unavailable` when the cluster refuses and nothing of the run is with it yet
   */
  async #submit(
    trials: readonly TrialPlan[],
    { chained }: { readonly chained: boolean },
  ): Promise<void> {
    const { workers, signal } = this.#work;
    const asked: (readonly [TrialPlan, Needs])[] = [];
    for (const trial of trials) asked.push([trial, await workers.needsOf(trial)]);
    let refused = false;
    for (const group of this.#system.groupsOf(asked)) {
      if (signal.aborted) return;
      if (refused) {
        this.#waiting.push(...group.trials);
        continue;
      }
      const needed: TrialPlan[] = [];
      for (const trial of group.trials) {
        if (await this.#track(trial, null)) needed.push(trial);
        else this.#skipped(trial);
      }
      if (needed.length === 0) continue;
      const after = chained ? this.#lastJob() : null;
      refused = !(await this.#submitGroup({ ...group, trials: needed }, after));
    }
  }

  /** @returns false when the cluster takes no more jobs now, or does not answer: the trials wait, and are tried again */
  async #submitGroup(group: JobGroup, after: J | null): Promise<boolean> {
    let submitted: Awaited<ReturnType<JobSystem<J>['submit']>>;
    try {
      submitted = await this.#system.submit(group, { after });
    } catch (error) {
      if (!RunnerError.is(error) || !this.#hasSubmitted) throw error;
      for (const { index } of group.trials) this.#tracked.delete(index);
      this.#waiting.push(...group.trials);
      this.#nextSubmission = performance.now() + refusedMs;
      await this.#voice.warnOnce(`${error.message} What is left is submitted later.`);
      return false;
    }
    this.#hasSubmitted = true;
    await this.#work.workers.submitted(submitted.submission);
    for (const job of submitted.jobs) {
      const tracked = this.#tracked.get(job.index);
      if (tracked !== undefined) tracked.job = job;
    }
    return true;
  }

  /** With what is left of an earlier process's jobs, the new ones keep to the concurrency too. */
  #lastJob(): J | null {
    const jobs = [...this.#tracked.values()].flatMap(({ job }) => job ?? []);
    return jobs.sort((a, b) => b.order - a.order)[0] ?? null;
  }

  /** Settles the trials whose workers recorded their end; those that waited for them come next. */
  async #ended(): Promise<number> {
    const ended = await this.#work.workers.refresh();
    for (const trial of ended) this.#settled(trial);
    return ended.length;
  }

  #settled(trial: TrialPlan): void {
    if (!this.#tracked.delete(trial.index)) return;
    const next = this.#work.next(trial);
    if (next !== null) this.#waiting.push(next);
  }

  /** Trials that waited for others, or for the cluster, begin when there is room, behind those that were submitted before. */
  async #submitWaiting(): Promise<void> {
    const room = this.#work.concurrency - this.#tracked.size;
    const isTime = performance.now() >= this.#nextSubmission && !this.#work.signal.aborted;
    if (room <= 0 || this.#waiting.length === 0 || !isTime) return;
    await this.#submit(this.#waiting.splice(0, room), { chained: false });
  }

  /** The one behind a trial that is not needed is not needed either, which has to be said of each. */
  #skipped(trial: TrialPlan): void {
    const next = this.#work.next(trial);
    if (next !== null) this.#waiting.push(next);
  }

  async #cancelSingle(): Promise<void> {
    const stopped = [...this.#tracked.values()].filter(
      ({ signal, isCancelled, job }) => signal.aborted && !isCancelled && job !== null,
    );
    if (stopped.length === 0) return;
    const jobs = stopped.flatMap(({ job }) => job ?? []);
    await this.#voice.tolerant(() => this.#system.cancel(jobs));
    for (const tracked of stopped) tracked.isCancelled = true;
    this.#nextLook = 0;
  }

  /** Asks the cluster what became of the jobs, when it is time to. @returns whether it answered */
  async #look(): Promise<boolean> {
    if (performance.now() < this.#nextLook) return false;
    const jobs = await this.#voice.tolerant(() => this.#system.jobs());
    let changed = false;
    if (jobs !== null) {
      const latest = latestOf(jobs);
      const forgotten: Tracked<J>[] = [];
      for (const tracked of this.#tracked.values()) {
        const job = latest.get(tracked.trial.index);
        if (job === undefined || job.order < (tracked.job?.order ?? 0)) {
          forgotten.push(tracked);
          continue;
        }
        changed ||= job.phase !== tracked.job?.phase;
        await this.#saw(tracked, job);
      }
      await this.#lookUp(forgotten);
    }
    this.#pause = changed ? clusterMs.least : Math.min(this.#pause * 1.3, clusterMs.most);
    this.#nextLook = performance.now() + this.#pause;
    return jobs !== null;
  }

  async #saw(tracked: Tracked<J>, job: J): Promise<void> {
    const { workers } = this.#work;
    const wasRunning = tracked.job?.phase === 'running';
    tracked.job = job;
    if (isOver(job)) {
      await this.#over(tracked, job);
      return;
    }
    tracked.overSince = null;
    if (job.hindrance !== null) await this.#voice.warnOnce(job.hindrance);
    if (job.phase !== 'waiting') return;
    // Its node failed, or another job took its place: it waits again, and whoever looks sees that.
    if (wasRunning) await workers.note('info', `Job ${job.id} was requeued.`);
    await workers.waits(tracked.trial);
  }

  /** Jobs that the cluster does not know: they ended a while ago, or it lost its state. */
  async #lookUp(forgotten: readonly Tracked<J>[]): Promise<void> {
    const jobs = forgotten.flatMap(({ job }) => job ?? []);
    if (jobs.length === 0) return;
    const told = await this.#voice.tolerant(() => this.#system.forgotten(jobs));
    const known = latestOf(told ?? []);
    for (const tracked of forgotten) {
      const job = known.get(tracked.trial.index);
      if (job !== undefined && isOver(job)) await this.#over(tracked, job);
    }
  }

  /** A job that ended: its trial has a result by now, or shows it in a moment, or never had one. */
  async #over(tracked: Tracked<J>, job: J): Promise<void> {
    const now = performance.now();
    tracked.overSince ??= now;
    this.#pause = clusterMs.least;
    const { workers } = this.#work;
    const { trial } = tracked;
    // By us, or by somebody with the cluster's own means.
    if (tracked.isCancelled || job.phase === 'cancelled') {
      if (await workers.cancel(trial, { begun: false })) this.#settled(trial);
      return;
    }
    const grace = job.phase === 'completed' ? graceMs.completed : graceMs.failed;
    if (now - tracked.overSince < grace) return;
    const end = await this.#voice.tolerant(() => this.#system.endOf(job));
    if (end !== null && (await workers.fail(trial, end))) this.#settled(trial);
  }

  /** Cancels what is left and waits until it has ended. */
  async #stop(): Promise<void> {
    const { workers } = this.#work;
    let asked = false;
    while (this.#tracked.size > 0) {
      await this.#ended();
      const jobs = await this.#voice.tolerant(() => this.#system.jobs());
      if (jobs !== null) {
        const living = jobs.filter((job) => !isOver(job));
        if (!asked) {
          const cancelled = await this.#voice.tolerant(async () => {
            await this.#system.cancelAll(living);
            return true;
          });
          asked = cancelled !== null;
        }
        if (living.length === 0) break;
      }
      await delay(filesMs.most);
    }
    await this.#ended();
    // Those that never began stay without a result, as they do in a run on one machine.
    for (const { trial } of this.#tracked.values()) await workers.cancel(trial, { begun: true });
  }
}
