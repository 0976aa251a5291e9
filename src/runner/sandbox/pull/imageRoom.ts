import type { Host } from '../../host';
import type { ImageEngine } from '../dockerImages';
import type { ImageLedger, LedgerState } from './imageLedger';
import { bytesOf } from './imageLedger';

/** An image of which nothing is known: about what one of SWE-bench's adds to the others. */
const unknownBytes = 1.5e9;

export interface ImageRoomOptions {
  readonly engine: ImageEngine;
  readonly ledger: ImageLedger;
  /** Most bytes that pulled images and pulls under way may take together. */
  readonly budgetBytes: number;
  readonly host: Host;
  /** Tells this user of the ledger from others in the process. */
  readonly by: string;
}

export interface PulledRecord {
  readonly name: string;
  readonly bytes: number;
  readonly inUse: boolean;
}

/** Whether there is room for a pull. */
export type Reservation =
  | { readonly kind: 'reserved' }
  /** Another process pulls the same image. */
  | { readonly kind: 'elsewhere' }
  /** Images that are needed now take the room. */
  | { readonly kind: 'full' }
  /** Not even with every other image gone. `bytes`: the room that there would be. */
  | { readonly kind: 'impossible'; readonly bytes: number };

export interface RoomRequest {
  readonly name: string;
  readonly bytes: number;
  /** Images that had better stay. */
  readonly wanted: ReadonlySet<string>;
  /** Nobody waits for it: what is wanted stays. */
  readonly ahead: boolean;
}

/**
 * The byte budget of pulled images. Before a pull it evicts what was used longest ago, of the images that Benchyard itself
 * pulled and that no living process needs; images that were there before are never touched.
 */
export class ImageRoom {
  readonly #options: ImageRoomOptions;

  constructor(options: ImageRoomOptions) {
    this.#options = options;
  }

  get budgetBytes(): number {
    return this.#options.budgetBytes;
  }

  /** Parts of pulled images that are in the engine, and the most that one pull needed so far. */
  async known(): Promise<{ readonly layers: ReadonlySet<string>; readonly largestPull: number }> {
    const { images, largestPull } = await this.#options.ledger.read();
    const layers = Object.values(images).flatMap((image) => image.layers.map(({ id }) => id));
    return { layers: new Set(layers), largestPull };
  }

  /** Every image that Benchyard pulled, for cleaning up: what it takes alone, and whether anybody needs it. */
  async pulled(): Promise<readonly PulledRecord[]> {
    const { images, holds, pulls } = await this.#options.ledger.read();
    return Object.entries(images).map(([name, record]) => ({
      name,
      bytes: bytesOf([record]),
      inUse: [...holds, ...pulls].some((claim) => claim.name === name),
    }));
  }

  /** Removes an image that was pulled. False: there is none of this name, or somebody needs it. */
  remove(name: string, signal: AbortSignal): Promise<boolean> {
    return this.#options.ledger.update(signal, async (state) => {
      if (state.images[name] === undefined) return false;
      if ([...state.holds, ...state.pulls].some((claim) => claim.name === name)) return false;
      await this.#evict(state, name);
      return true;
    });
  }

  /** What a pulled image adds to the disk as a rule: less than it takes alone, since images share layers. */
  async usualBytes(): Promise<number> {
    const images = Object.values((await this.#options.ledger.read()).images);
    return images.length === 0 ? unknownBytes : bytesOf(images) / images.length;
  }

  /** Gives up images that nobody needs, those used longest ago first. @returns the bytes that they took */
  evict(
    bytes: number,
    { wanted, signal }: { readonly wanted: ReadonlySet<string>; readonly signal: AbortSignal },
  ): Promise<number> {
    return this.#options.ledger.update(signal, async (state) => {
      const before = bytesOf(Object.values(state.images));
      const freed = (): number => before - bytesOf(Object.values(state.images));
      for (const name of candidates(state, { wanted, ahead: true })) {
        if (freed() >= bytes) break;
        await this.#evict(state, name);
      }
      return freed();
    });
  }

  /** Room for one pull, for as long as it is under way. A second call for the same name changes the first. */
  reserve(request: RoomRequest, signal: AbortSignal): Promise<Reservation> {
    const { ledger, by } = this.#options;
    const { name, bytes } = request;
    return ledger.update(signal, async (state) => {
      if (state.pulls.some((pull) => pull.name === name && pull.by !== by))
        return { kind: 'elsewhere' };
      const before = state.pulls.filter((pull) => pull.name !== name);
      const reservation = await this.#makeRoom(state, { ...request, others: before });
      if (reservation.kind === 'reserved')
        state.pulls = [...before, { ...ledger.claim(name, by), bytes }];
      return reservation;
    });
  }

  /** The pull ended. `image` null: it failed. Brings the sum under the budget again when it became larger than thought. */
  async settle(
    name: string,
    image: { readonly id: string; readonly downloadedBytes: number } | null,
    signal: AbortSignal,
  ): Promise<void> {
    const { ledger, engine, by } = this.#options;
    const layers = image === null ? [] : await engine.layers(image.id);
    await ledger.update(signal, async (state) => {
      state.pulls = state.pulls.filter((pull) => pull.name !== name || pull.by !== by);
      if (image === null) return;
      const before = bytesOf(Object.values(state.images));
      state.images[name] = { id: image.id, layers: [...layers], usedAt: Date.now() };
      const added = bytesOf(Object.values(state.images)) - before;
      state.largestPull = Math.max(state.largestPull, added + image.downloadedBytes);
      const wanted = new Set([name]);
      await this.#makeRoom(state, { bytes: 0, wanted, ahead: true, others: state.pulls });
    });
  }

  /** Keeps an image from being evicted. @returns false when it is gone already */
  async hold(name: string, signal: AbortSignal): Promise<boolean> {
    const { ledger, engine, by } = this.#options;
    return await ledger.update(signal, async (state) => {
      const record = state.images[name];
      const image = await engine.inspect(name);
      if (record === undefined) return image !== null;
      if (image?.id !== record.id) {
        // Somebody removed it, or put another one in its place, which is theirs.
        state.images = without(state.images, name);
        return image !== null;
      }
      record.usedAt = Date.now();
      state.holds = [...state.holds, ledger.claim(name, by)];
      return true;
    });
  }

  /** Gives back one hold, or with null all that this user has. */
  async release(name: string | null, signal: AbortSignal): Promise<void> {
    const { ledger, by } = this.#options;
    await ledger.update(signal, (state) => {
      const own = (claim: { readonly name: string; readonly by: string }): boolean =>
        claim.by === by && (name === null || claim.name === name);
      if (name === null) {
        state.holds = state.holds.filter((hold) => !own(hold));
        state.pulls = state.pulls.filter((pull) => !own(pull));
        return;
      }
      const index = state.holds.findIndex(own);
      if (index < 0) return;
      state.holds = state.holds.filter((_, n) => n !== index);
      const record = state.images[name];
      if (record !== undefined) record.usedAt = Date.now();
    });
  }

  async #makeRoom(
    state: LedgerState,
    request: Omit<RoomRequest, 'name'> & { readonly others: LedgerState['pulls'] },
  ): Promise<Reservation> {
    const { budgetBytes } = this.#options;
    const inFlight = request.others.reduce((sum, { bytes }) => sum + bytes, 0);
    const allowed = budgetBytes - request.bytes - inFlight;
    const kept = { ...state.images };
    const leaving: string[] = [];
    for (const name of candidates(state, request)) {
      if (bytesOf(Object.values(kept)) <= allowed) break;
      Reflect.deleteProperty(kept, name);
      leaving.push(name);
    }
    // Nothing is given up for a pull that has to wait all the same.
    if (bytesOf(Object.values(kept)) > allowed && request.bytes > 0) {
      const busy = state.holds.length > 0 || request.others.length > 0 || request.ahead;
      return busy
        ? { kind: 'full' }
        : { kind: 'impossible', bytes: budgetBytes - bytesOf(Object.values(kept)) };
    }
    for (const name of leaving) await this.#evict(state, name);
    return { kind: 'reserved' };
  }

  async #evict(state: LedgerState, name: string): Promise<void> {
    const { engine, host } = this.#options;
    const image = await engine.inspect(name);
    if (image?.id === state.images[name]?.id) {
      const removed = await engine.remove(name);
      host.log(
        'info',
        removed
          ? `the image ${name} was evicted`
          : `the image ${name} is used by something that is not Benchyard's: it stays and no longer counts`,
      );
    }
    state.images = without(state.images, name);
  }
}

/** Images that may go, in the order in which they go. */
function candidates(
  state: LedgerState,
  { wanted, ahead }: Pick<RoomRequest, 'wanted' | 'ahead'>,
): readonly string[] {
  const needed = new Set([...state.holds, ...state.pulls].map(({ name }) => name));
  return Object.entries(state.images)
    .filter(([name]) => !needed.has(name) && !(ahead && wanted.has(name)))
    .sort(
      ([a, first], [b, second]) =>
        Number(wanted.has(a)) - Number(wanted.has(b)) || first.usedAt - second.usedAt,
    )
    .map(([name]) => name);
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
