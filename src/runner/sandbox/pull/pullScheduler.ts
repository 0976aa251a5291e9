import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Host } from '../../host';
import type { ImageEngine, LocalImage } from '../dockerImages';
import type { ImageRequestOptions } from '../sandbox';
import { familyOf, parseImageName } from './imageName';
import { ImageLedger } from './imageLedger';
import type { PulledRecord } from './imageRoom';
import { ImageRoom } from './imageRoom';
import { ImagePull } from './imagePull';
import type { GateTimes } from './registryGate';
import { RegistryGate } from './registryGate';

export interface PullSchedulerOptions {
  readonly engine: ImageEngine;
  /** What the engine calls itself, so that each has its own ledger. */
  readonly engineId: string;
  readonly host: Host;
  /** Most bytes for all images that Benchyard pulled. */
  readonly budgetBytes: number;
  /** Pulls at the same time. Default 3. */
  readonly concurrency?: number;
  /** Pauses before a registry that had a bad moment is asked again. */
  readonly retryDelaysMs?: readonly number[];
  readonly rateLimit?: GateTimes;
}

interface Waiter {
  readonly ahead: boolean;
  readonly onProgress: (line: string) => void;
}

interface Job {
  readonly name: string;
  readonly family: string;
  readonly waiters: Set<Waiter>;
  readonly stop: AbortController;
  readonly done: Promise<PulledImage>;
  readonly start: () => Promise<void>;
}

export interface PulledImage {
  readonly image: LocalImage;
  /** What has to be said about it. */
  readonly note: string | null;
}

const usualConcurrency = 3;
const disposeMs = 10_000;

/**
 * Pulls images for everybody in this process: one pull for all who want the same image, what is needed before what is
 * only expected, a few at a time, the first image of a family alone (the others then find its layers), within the byte
 * budget, and at the pace that each registry allows.
 */
export class PullScheduler implements AsyncDisposable {
  readonly #options: PullSchedulerOptions;
  readonly #room: ImageRoom;
  readonly #gates = new Map<string, RegistryGate>();
  readonly #jobs = new Map<string, Job>();
  readonly #queue: Job[] = [];
  readonly #active = new Set<Job>();
  /** Families with an image in the engine. */
  readonly #families = new Set<string>();
  /** Pulled ahead and not needed yet. */
  readonly #wanted = new Set<string>();
  readonly #closing = new Set<Promise<unknown>>();

  constructor(options: PullSchedulerOptions) {
    this.#options = options;
    const { engine, host, budgetBytes, engineId } = options;
    const by = randomBytes(6).toString('hex');
    const ledger = new ImageLedger(host, engineId);
    this.#room = new ImageRoom({ engine, ledger, budgetBytes, host, by });
  }

  /** An image that is in the engine, held until `release`; null when it is not there. */
  async find(name: string, options: ImageRequestOptions): Promise<LocalImage | null> {
    const image = await this.#options.engine.inspect(name);
    if (image === null) return null;
    this.#families.add(familyOf(name));
    if (options.ahead === true) {
      this.#wanted.add(name);
      return image;
    }
    return (await this.#hold(name, options.signal)) ? image : null;
  }

  /**
   * Pulls an image, and holds it until `release` unless it was asked for ahead. Rejects with `image-unavailable` and the
   * registry's words, or with the signal's reason: then the pull goes on only if somebody else waits for it.
   */
  async pull(name: string, options: ImageRequestOptions): Promise<PulledImage> {
    for (;;) {
      const pulled = await this.#join(name, options);
      if (options.ahead === true || (await this.#hold(name, options.signal))) return pulled;
      // Evicted by another process between the two: it is asked for once more.
    }
  }

  /** Images that were pulled here or by another process, and are still there. */
  pulled(): Promise<readonly PulledRecord[]> {
    return this.#room.pulled();
  }

  /** Removes one of `pulled`; false when it is none of them, or is needed. */
  remove(name: string, signal: AbortSignal): Promise<boolean> {
    return this.#room.remove(name, signal);
  }

  /** Removes pulled images that nobody needs, least recently used first. @returns about how many bytes were freed */
  makeRoom(bytes: number, signal: AbortSignal): Promise<number> {
    return this.#room.evict(bytes, { wanted: this.#wanted, signal });
  }

  /** About what so many images take that were not pulled yet; no more than the budget lets them. */
  async expectedBytes(count: number): Promise<number> {
    return Math.min(count * (await this.#room.usualBytes()), this.#room.budgetBytes);
  }

  release(name: string): void {
    this.#later(this.#room.release(name, AbortSignal.timeout(disposeMs)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const job of this.#jobs.values()) job.stop.abort(new Error('the scheduler is closed'));
    await Promise.allSettled([...this.#jobs.values()].map(({ done }) => done));
    await Promise.allSettled(this.#closing);
    await this.#room.release(null, AbortSignal.timeout(disposeMs)).catch(() => undefined); // it ends with this process
  }

  async #hold(name: string, signal: AbortSignal): Promise<boolean> {
    const held = await this.#room.hold(name, signal);
    this.#wanted.delete(name);
    return held;
  }

  #later(work: Promise<unknown>): void {
    const settled = work
      .catch((error: unknown) => {
        this.#options.host.log('warning', `the ledger of images: ${String(error)}`);
      })
      .finally(() => this.#closing.delete(settled));
    this.#closing.add(settled);
  }

  async #join(name: string, options: ImageRequestOptions): Promise<PulledImage> {
    const { signal, onProgress } = options;
    signal.throwIfAborted();
    const job = this.#jobs.get(name) ?? this.#enqueue(name);
    const waiter: Waiter = { ahead: options.ahead === true, onProgress };
    job.waiters.add(waiter);
    this.#pump();
    const own = new AbortController();
    try {
      const aborted = once(signal, 'abort', { signal: own.signal });
      aborted.catch(() => undefined);
      return await Promise.race([
        job.done,
        aborted.then((): never => {
          throw signal.reason;
        }),
      ]);
    } finally {
      own.abort();
      job.waiters.delete(waiter);
      if (job.waiters.size === 0) job.stop.abort(new Error('nobody waits for the image any more'));
    }
  }

  #enqueue(name: string): Job {
    const waiters = new Set<Waiter>();
    const stop = new AbortController();
    let settle: { resolve(image: PulledImage): void; reject(error: unknown): void } | null = null;
    const done = new Promise<PulledImage>((resolve, reject) => {
      settle = { resolve, reject };
    });
    done.catch(() => undefined); // told to whoever waits
    const start = (): Promise<void> =>
      this.#run(job).then(
        (image) => settle?.resolve(image),
        (error: unknown) => settle?.reject(error),
      );
    const job: Job = { name, family: familyOf(name), waiters, stop, done, start };
    stop.signal.addEventListener('abort', () => {
      // One that has not begun is never begun.
      const index = this.#queue.indexOf(job);
      if (index < 0) return;
      this.#queue.splice(index, 1);
      this.#jobs.delete(name);
      settle?.reject(stop.signal.reason);
    });
    this.#jobs.set(name, job);
    this.#queue.push(job);
    return job;
  }

  #pump(): void {
    const { concurrency = usualConcurrency } = this.#options;
    while (this.#active.size < concurrency) {
      const job = this.#next();
      if (job === null) return;
      this.#queue.splice(this.#queue.indexOf(job), 1);
      this.#active.add(job);
      void job.start().finally(() => {
        this.#active.delete(job);
        if (this.#jobs.get(job.name) === job) this.#jobs.delete(job.name);
        this.#pump();
      });
    }
  }

  /** What is needed first, then what is expected, each in the order in which it was asked for. */
  #next(): Job | null {
    const opening = new Set([...this.#active].map(({ family }) => family));
    const ready = this.#queue.filter(
      ({ family }) => this.#families.has(family) || !opening.has(family),
    );
    return ready.find((job) => isNeeded(job)) ?? ready[0] ?? null;
  }

  async #run(job: Job): Promise<PulledImage> {
    const { registry } = parseImageName(job.name);
    const gate = this.#gates.get(registry) ?? new RegistryGate(registry, this.#options.rateLimit);
    this.#gates.set(registry, gate);
    const pull = new ImagePull({
      ...this.#options,
      name: job.name,
      gate,
      room: this.#room,
      wanted: this.#wanted,
      isNeeded: () => isNeeded(job),
      onProgress: (line) => {
        for (const { onProgress } of job.waiters) onProgress(line);
      },
      signal: job.stop.signal,
    });
    const pulled = await pull.run();
    this.#families.add(job.family);
    this.#wanted.add(job.name);
    return pulled;
  }
}

function isNeeded({ waiters }: Job): boolean {
  return [...waiters].some(({ ahead }) => !ahead);
}
