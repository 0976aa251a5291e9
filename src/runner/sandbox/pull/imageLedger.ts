import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Host } from '../../host';
import { readIfThere, writeJson } from '../../store/files';
import { withLock } from '../buildOnce';
import { formatOwner, isDead, ownerOf, parseOwner } from '../labels';

const layerSchema = z.object({ id: z.string(), bytes: z.number().nonnegative() });
export type ImageLayer = z.infer<typeof layerSchema>;

const recordSchema = z.object({
  /** Of the image as it was pulled: another one under the name is somebody else's. */
  id: z.string(),
  layers: z.array(layerSchema),
  usedAt: z.number(),
});
export type ImageRecord = z.infer<typeof recordSchema>;

/** Something that a living process does with an image. `by` tells several users in one process apart. */
const claimSchema = z.object({ name: z.string(), owner: z.string(), by: z.string() });
const pullSchema = claimSchema.extend({ bytes: z.number().nonnegative() });

const ledgerSchema = z.object({
  version: z.literal(1),
  /** By name. */
  images: z.record(z.string(), recordSchema),
  pulls: z.array(pullSchema),
  holds: z.array(claimSchema),
  /** The most that one pull needed so far, while it was under way. */
  largestPull: z.number().nonnegative(),
});
/** Which images of an engine Benchyard pulled, what they weigh, and who works with them. */
export type LedgerState = z.infer<typeof ledgerSchema>;

export type ImageClaim = z.infer<typeof claimSchema>;

function emptyLedger(): LedgerState {
  return { version: 1, images: {}, pulls: [], holds: [], largestPull: 0 };
}

/** The ledger of one engine: a file in the cache, changed by one process at a time. */
export class ImageLedger {
  readonly #file: string;
  readonly #host: Host;
  /** Calls of this process wait here and not at the lock, which is polled. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(host: Host, engineId: string) {
    const folder = engineId.replace(/[^\w.-]/g, '_');
    this.#file = path.join(
      host.cacheDir,
      'images',
      folder === '' ? 'engine' : folder,
      'ledger.json',
    );
    this.#host = host;
  }

  claim(name: string, by: string): ImageClaim {
    return { name, owner: formatOwner(ownerOf(this.#host)), by };
  }

  /** The state as it is now, without what dead processes left in it. */
  async read(): Promise<LedgerState> {
    return this.#withoutDead(await this.#load());
  }

  /** Changes the state: `work` may edit what it gets. Nothing else changes it meanwhile. */
  update<T>(signal: AbortSignal, work: (state: LedgerState) => T | Promise<T>): Promise<T> {
    const done = this.#last.then(async () => {
      signal.throwIfAborted();
      const options = { signal, onProgress: () => undefined, waiting: '' };
      return await withLock(this.#file, options, async () => {
        const before = await this.#load();
        const state = this.#withoutDead(structuredClone(before));
        try {
          return await work(state);
        } finally {
          // Also after a failure: what was removed until then is gone.
          if (!isDeepStrictEqual(state, before)) await writeJson(this.#file, state);
        }
      });
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #load(): Promise<LedgerState> {
    const text = await readIfThere(this.#file);
    if (text === null) return emptyLedger();
    try {
      return ledgerSchema.parse(JSON.parse(text));
    } catch {
      // Of another version: what it knows of is kept on the disk as the user's own.
      return emptyLedger();
    }
  }

  #withoutDead(state: LedgerState): LedgerState {
    const lives = ({ owner }: ImageClaim): boolean => {
      const parsed = parseOwner(owner);
      return parsed !== null && !isDead(parsed, this.#host);
    };
    return { ...state, pulls: state.pulls.filter(lives), holds: state.holds.filter(lives) };
  }
}

/** What images take on the disk together: layers that they share count once. */
export function bytesOf(images: Iterable<Pick<ImageRecord, 'layers'>>): number {
  const layers = new Map<string, number>();
  for (const image of images)
    for (const { id, bytes } of image.layers) layers.set(id, Math.max(bytes, layers.get(id) ?? 0));
  let sum = 0;
  for (const bytes of layers.values()) sum += bytes;
  return sum;
}
