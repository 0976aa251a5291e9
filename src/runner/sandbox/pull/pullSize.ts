import type { Host } from '../../host';
import type { ImageEngine } from '../dockerImages';
import type { EngineMessage } from '../imageProgress';
import { parseImageName } from './imageName';
import type { ImageRoom } from './imageRoom';
import { weigh } from './registryClient';

/** An image of which nothing is known, while there is no experience yet either. */
const unknownBytes = 12e9;
/** A pull may need this much more than the largest one before it. */
const experienceFactor = 1.5;
/**
 * While it is pulled, a layer lies on the disk compressed and unpacked. Images of programs unpack to two to three times
 * their size.
 */
const unpackingFactor = 4;

interface PullSizeOptions {
  readonly name: string;
  readonly engine: ImageEngine;
  readonly host: Host;
  readonly room: ImageRoom;
}

/** What a pull will take on the disk: a guess at first, better ones as more is known. */
export class PullSize {
  readonly #options: PullSizeOptions;
  readonly #announced = new Map<string, number>();
  #known: number | null = null;
  #asked = false;

  constructor(options: PullSizeOptions) {
    this.#options = options;
  }

  /** Compressed bytes of the layers that the engine loads. */
  get downloaded(): number {
    let sum = 0;
    for (const bytes of this.#announced.values()) sum += bytes;
    return sum;
  }

  async bytes(): Promise<number> {
    if (this.#known !== null) return this.#known;
    const { room } = this.#options;
    const { largestPull } = await room.known();
    const guess = largestPull > 0 ? largestPull * experienceFactor : unknownBytes;
    return Math.min(guess, room.budgetBytes);
  }

  /** Asks the registry, once. @returns whether something is known now that was not */
  async learn(signal: AbortSignal): Promise<boolean> {
    if (this.#asked) return false;
    this.#asked = true;
    const { name, host, room, engine } = this.#options;
    const architecture = await engine.architecture();
    const weight = await weigh(parseImageName(name), architecture, { host, signal });
    if (weight === null) return false;
    const { layers } = await room.known();
    const missing = weight.layers.filter(({ id }) => id === null || !layers.has(id));
    const compressed = missing.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#known = compressed * unpackingFactor;
    return true;
  }

  /** A new try. */
  begin(): void {
    this.#announced.clear();
  }

  /** Whether the engine announced more than was thought; from then on that counts. */
  outgrown({ id, status, progressDetail }: EngineMessage, reserved: number): boolean {
    const total = progressDetail?.total;
    if (id === undefined || total === undefined || status !== 'Downloading') return false;
    this.#announced.set(id, total);
    const bytes = this.downloaded * unpackingFactor;
    if (bytes <= reserved) return false;
    this.#known = bytes;
    return true;
  }
}
