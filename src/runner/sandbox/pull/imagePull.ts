import { setTimeout as delay } from 'node:timers/promises';
import type { Host } from '../../host';
import { RunnerError } from '../../model';
import type { ImageEngine, LocalImage } from '../dockerImages';
import { foreignNote, inspectMade } from '../imageBuild';
import { classifyPullFailure, pullError } from '../imageErrors';
import { pullReporter } from '../imageProgress';
import { credentialsFor } from './credentials';
import { isForAmd64 } from './emulation';
import { parseImageName } from './imageName';
import type { ImageRoom } from './imageRoom';
import type { PulledImage } from './pullScheduler';
import { PullSize } from './pullSize';
import { askRetryAfter } from './registryClient';
import type { RegistryGate } from './registryGate';

export interface ImagePullOptions {
  readonly engine: ImageEngine;
  readonly host: Host;
  readonly name: string;
  readonly gate: RegistryGate;
  readonly room: ImageRoom;
  readonly wanted: ReadonlySet<string>;
  /** Whether a trial waits for it by now. */
  readonly isNeeded: () => boolean;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
  readonly retryDelaysMs?: readonly number[];
}

const usualRetryDelaysMs = [1000, 4000, 15_000] as const;
/** How often it is looked whether other trials have given room back. */
const roomPollMs = 500;

/** The pull outgrew the room that it was given. */
class OutgrewRoom extends Error {}

/** One image on its way into the engine: room for it, then the pull, as often as the registry makes it necessary. */
export class ImagePull {
  readonly #options: ImagePullOptions;
  readonly #size: PullSize;
  #badMoments = 0;
  #reserved = 0;
  #platform: string | undefined;

  constructor(options: ImagePullOptions) {
    this.#options = options;
    this.#size = new PullSize(options);
    this.#platform = isForAmd64(options.name, options.host) ? 'linux/amd64' : undefined;
  }

  /** @throws `image-unavailable` and `disk-full` as RunnerError; the signal's reason */
  async run(): Promise<PulledImage> {
    const { name, signal, room, host } = this.#options;
    try {
      for (;;) {
        const image = await this.#attempt();
        if (image === null) continue;
        return { image, note: foreignNote(name, image, host) };
      }
    } catch (error) {
      // Its room is free again, also when it was cancelled.
      await room.settle(name, null, AbortSignal.timeout(10_000)).catch(() => undefined);
      signal.throwIfAborted();
      throw error;
    }
  }

  /** null: to be tried again. */
  async #attempt(): Promise<LocalImage | null> {
    const { name, engine, gate, room, signal, onProgress } = this.#options;
    const enteredAt = await gate.enter({ signal, onProgress });
    if (!(await this.#takeRoom())) return await engine.inspect(name);
    try {
      onProgress(`Pulling ${name}.`);
      await this.#pull();
    } catch (error) {
      signal.throwIfAborted();
      await this.#mend(error, enteredAt);
      return null;
    }
    gate.answered();
    const image = await inspectMade(engine, name);
    await room.settle(name, { id: image.id, downloadedBytes: this.#size.downloaded }, signal);
    return image;
  }

  /** Waits until there is room. False: another process has pulled it meanwhile. */
  async #takeRoom(): Promise<boolean> {
    const { name, room, wanted, isNeeded, signal, onProgress } = this.#options;
    let told = false;
    for (;;) {
      const bytes = await this.#size.bytes();
      const ahead = !isNeeded();
      const answer = await room.reserve({ name, bytes, wanted, ahead }, signal);
      if (answer.kind === 'reserved') {
        this.#reserved = bytes;
        return true;
      }
      // A guess that does not fit is worth a question.
      if (answer.kind !== 'elsewhere' && (await this.#size.learn(signal))) continue;
      if (answer.kind === 'impossible') throw tooLarge(name, bytes, room.budgetBytes);
      if (!told) {
        onProgress(
          answer.kind === 'elsewhere'
            ? `Another process pulls ${name}; waiting for it.`
            : `${name} waits for room: other trials need the images that fill the budget of ${inGigabytes(room.budgetBytes)}.`,
        );
        told = true;
      }
      await delay(roomPollMs, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
      if (answer.kind === 'elsewhere' && (await this.#options.engine.inspect(name)) !== null)
        return false;
    }
  }

  async #pull(): Promise<void> {
    const { name, engine, host, signal, onProgress } = this.#options;
    const { registry } = parseImageName(name);
    const credentials = await credentialsFor(registry, host, signal);
    const cut = new AbortController();
    const report = pullReporter(name, onProgress);
    this.#size.begin();
    let growing: Promise<unknown> = Promise.resolve();
    await engine.pull(name, {
      signal: AbortSignal.any([signal, cut.signal]),
      onMessage: (message) => {
        report(message);
        if (!this.#size.outgrown(message, this.#reserved)) return;
        growing = growing
          .then(() => this.#grow())
          .catch((error: unknown) => {
            cut.abort(error);
          });
      },
      ...(this.#platform === undefined ? {} : { platform: this.#platform }),
      ...(credentials === null ? {} : { credentials }),
    });
    await growing;
  }

  /** It is larger than thought. */
  async #grow(): Promise<void> {
    const { name, room, wanted, isNeeded, signal } = this.#options;
    const bytes = await this.#size.bytes();
    const answer = await room.reserve({ name, bytes, wanted, ahead: !isNeeded() }, signal);
    if (answer.kind !== 'reserved') throw new OutgrewRoom();
    this.#reserved = bytes;
  }

  /** Does what a failure calls for before the next try, or throws it as it has to be told. */
  async #mend(error: unknown, enteredAt: number): Promise<void> {
    const { name, gate, host, signal, room, onProgress } = this.#options;
    await room.settle(name, null, signal);
    if (error instanceof OutgrewRoom) return;
    const failure = classifyPullFailure(error);
    if (failure.kind === 'rate-limited') {
      const wait = await askRetryAfter(parseImageName(name), { host, signal });
      if (!gate.refused(enteredAt, wait)) throw pullError(name, failure, error);
      onProgress(`${name}: ${failure.reason}`);
    } else if (failure.kind === 'busy') {
      const pauseMs = (this.#options.retryDelaysMs ?? usualRetryDelaysMs)[this.#badMoments];
      if (pauseMs === undefined) throw pullError(name, failure, error);
      this.#badMoments += 1;
      onProgress(`${name}: ${failure.reason}. Trying again in ${Math.ceil(pauseMs / 1000)} s.`);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    } else if (
      failure.kind === 'platform' &&
      host.arch === 'arm64' &&
      this.#platform === undefined
    ) {
      this.#platform = 'linux/amd64';
    } else {
      throw pullError(name, failure, error);
    }
  }
}

function inGigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function tooLarge(name: string, bytes: number, budgetBytes: number): RunnerError {
  return new RunnerError(
    'image-unavailable',
    `The image ${name} needs about ${inGigabytes(bytes)} while it is pulled, and all pulled images together may take ${inGigabytes(budgetBytes)}. Allow more (image_budget, --image-budget).`,
  );
}
