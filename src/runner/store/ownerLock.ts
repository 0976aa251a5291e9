import { randomBytes } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import * as z from 'zod';
import type { Host } from '../host';
import { RunnerError } from '../model';
import { isNotFound, makeFolder, readIfThere, writeJson } from './files';

const ownerSchema = z.object({
  hostname: z.string(),
  pid: z.int(),
  startTime: z.string().nullable(),
  since: z.string(),
  /** Tells one hold from the next, of the same process too. Earlier versions wrote none. */
  token: z.string().optional(),
});
/** The process that holds a folder. */
export type RunOwner = z.infer<typeof ownerSchema>;

const staleMs = 20_000;
/** How long it is believed, without a look, that a folder is still held. Far below `staleMs`. */
const believedMs = 4000;
/** Whoever takes or gives back a folder does it alone, which takes milliseconds. */
const gate = {
  staleMs: 5000,
  retries: { retries: 40, factor: 1.2, minTimeout: 10, maxTimeout: 300 },
};

/** A folder that this process holds. */
export interface HeldFolder {
  /** Aborts, with a `locked` error, when it was found that the folder is no longer held: another process took it. */
  readonly lost: AbortSignal;
  /**
   * To be asked before anything is written. A process that was suspended (a laptop that slept) may have lost the folder
   * without knowing.
   *
   * @throws `locked` with who holds the folder now
   */
  readonly assertHeld: () => Promise<void>;
  /** Gives it back; may be called more than once, also when it is lost. */
  readonly release: () => Promise<void>;
}

export interface HoldOptions {
  /** What is said to whoever is sent away. */
  readonly refusal: (who: string) => string;
}

const runRefusal =
  (runDir: string) =>
  (who: string): string =>
    `The run in ${runDir} is held by ${who}. Wait for it, or stop it first.`;

/**
 * Makes this process the only one that writes to a run folder. A holder that died on this machine is recognised at once
 * (process id and start time), one on another machine when its lock has not been renewed for 20 s.
 *
 * @throws `locked` with who holds it
 */
export async function holdRun(runDir: string, host: Host): Promise<HeldFolder> {
  return await holdFolder(runDir, host, { refusal: runRefusal(runDir) });
}

/** As `holdRun`, for whoever is done before the lock could be lost. @returns what gives the folder back */
export async function lockRun(runDir: string, host: Host): Promise<() => Promise<void>> {
  return (await holdRun(runDir, host)).release;
}

/**
 * As `lockRun`, for the folder of one trial: of a trial's worker, and of whoever ends the trial of a worker that is gone.
 *
 * @throws `locked` with who holds it
 */
export async function lockTrial(folder: string, host: Host): Promise<() => Promise<void>> {
  return await lockFolder(folder, host, {
    refusal: (who) => `The trial in ${folder} is held by ${who}.`,
  });
}

/** How long a worker waits for a trial whose holder may be dead: until its lock would be stale, and a little longer. */
export const lockPatienceMs = staleMs + 10_000;

/**
 * As `lockRun`, for any folder: no other process that asks for the same folder gets it until the answer is called, which
 * may be done more than once.
 *
 * @throws `locked` with what `refusal` says of who holds it
 */
export async function lockFolder(
  folder: string,
  host: Host,
  options: HoldOptions,
): Promise<() => Promise<void>> {
  return (await holdFolder(folder, host, options)).release;
}

/** As `holdRun`, for any folder. */
export async function holdFolder(
  folder: string,
  host: Host,
  { refusal }: HoldOptions,
): Promise<HeldFolder> {
  await makeFolder(folder);
  const lock = lockOf(folder);
  const owner: RunOwner & { readonly token: string } = {
    hostname: host.hostname,
    pid: host.pid,
    startTime: host.startTimeOf(host.pid),
    since: new Date().toISOString(),
    token: randomBytes(8).toString('hex'),
  };
  const lost = new AbortController();
  const onLost = (why: string): void => {
    if (lost.signal.aborted) return;
    host.log('error', `the lock of ${folder} is lost: ${why}`);
    lost.abort(new RunnerError('locked', lostMessage(folder, null)));
  };
  // Looking who holds it, taking it and saying so are one step: of two that find a dead holder, one gets the folder.
  const unlock = await alone(folder, async () => {
    const before = await readOwner(folder);
    const isFree = before !== null && (await livingOwner(folder, host)) === null;
    // One that lives on this machine holds it, even if it was too busy or asleep to renew its lock.
    if (before !== null && !isFree && isSurelyAlive(before, host))
      throw new RunnerError('locked', refusal(nameOf(before)));
    if (isFree) await rm(lock, { recursive: true, force: true });
    try {
      const taken = await lockfile.lock(folder, {
        lockfilePath: lock,
        stale: staleMs,
        update: 5000,
        // Told by a timer, where a throw would end the process and all else that it does: the folder was removed, or
        // the machine slept and another one took it.
        onCompromised: (error) => {
          onLost(error.message);
        },
      });
      await writeJson(ownerFileOf(folder), owner);
      return taken;
    } catch (error) {
      if (!isHeld(error)) throw error;
      throw new RunnerError('locked', refusal(nameOf(await readOwner(folder))), { cause: error });
    }
  }).catch((error: unknown) => {
    throw isHeld(error)
      ? new RunnerError('locked', refusal(nameOf(null)), { cause: error })
      : error;
  });
  return new Hold(folder, { owner, lost, unlock });
}

class Hold implements HeldFolder {
  readonly lost: AbortSignal;
  readonly #folder: string;
  readonly #owner: RunOwner;
  readonly #lost: AbortController;
  readonly #unlock: () => Promise<void>;
  #released: Promise<void> | null = null;
  /** Both clocks: one stands while the machine sleeps, the other may be set. */
  #lookedAt = { wall: Date.now(), steady: performance.now() };

  constructor(
    folder: string,
    {
      owner,
      lost,
      unlock,
    }: {
      readonly owner: RunOwner;
      readonly lost: AbortController;
      readonly unlock: () => Promise<void>;
    },
  ) {
    this.#folder = folder;
    this.#owner = owner;
    this.#lost = lost;
    this.lost = lost.signal;
    this.#unlock = unlock;
  }

  readonly assertHeld = async (): Promise<void> => {
    this.lost.throwIfAborted();
    const now = { wall: Date.now(), steady: performance.now() };
    const wallMs = now.wall - this.#lookedAt.wall;
    if (wallMs >= 0 && wallMs < believedMs && now.steady - this.#lookedAt.steady < believedMs)
      return;
    const owner = await readOwner(this.#folder);
    if (owner?.token !== this.#owner.token)
      this.#lost.abort(new RunnerError('locked', lostMessage(this.#folder, owner)));
    this.lost.throwIfAborted();
    this.#lookedAt = now;
  };

  readonly release = (): Promise<void> => (this.#released ??= this.#release());

  async #release(): Promise<void> {
    // Whoever has it now keeps it.
    if (!this.lost.aborted && (await readOwner(this.#folder))?.token === this.#owner.token)
      await rm(ownerFileOf(this.#folder), { force: true });
    // Rejects when the lock is lost, or went with its folder.
    await this.#unlock().catch(() => undefined);
  }
}

/** One process at a time, for a moment. */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  // Under a name of its own: the library knows its locks by what they are on.
  const leave = await lockfile.lock(path.join(folder, '.gate'), {
    lockfilePath: path.join(folder, '.lock.gate'),
    realpath: false,
    stale: gate.staleMs,
    retries: gate.retries,
    onCompromised: () => undefined,
  });
  try {
    return await work();
  } finally {
    await leave().catch(() => undefined);
  }
}

function ownerFileOf(folder: string): string {
  return path.join(folder, '.owner.json');
}

function isHeld(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOCKED';
}

/** Where the platform does not tell when a process started, another one may have its id. */
function isSurelyAlive({ hostname, startTime }: RunOwner, host: Host): boolean {
  return hostname === host.hostname && startTime !== null && /^\d+$/.test(startTime);
}

function lostMessage(folder: string, owner: RunOwner | null): string {
  return `${folder} is no longer held by this process: ${nameOf(owner)} took it while this one did not answer (the machine slept, or was stopped). It writes nothing more there.`;
}

function nameOf(owner: RunOwner | null): string {
  return owner === null
    ? 'another process'
    : `process ${owner.pid} on ${owner.hostname}, since ${owner.since}`;
}

function lockOf(folder: string): string {
  return path.join(folder, '.lock');
}

async function readOwner(runDir: string): Promise<RunOwner | null> {
  const text = await readIfThere(ownerFileOf(runDir));
  if (text === null) return null;
  try {
    const owner = ownerSchema.safeParse(JSON.parse(text));
    return owner.success ? owner.data : null;
  } catch {
    return null; // torn by a crash: the lock's age decides
  }
}

/** When the process that holds a run folder, or held it when it died, last said that it lives. null: nobody left a lock. */
export async function lastHeldAt(runDir: string): Promise<string | null> {
  try {
    return (await stat(lockOf(runDir))).mtime.toISOString();
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** The living process that holds a run folder, or null: then an unfinished run was interrupted. */
export async function livingOwner(runDir: string, host: Host): Promise<RunOwner | null> {
  const owner = await readOwner(runDir);
  if (owner === null) return null;
  if (owner.hostname !== host.hostname) {
    const held = await lockfile.check(runDir, {
      lockfilePath: lockOf(runDir),
      stale: staleMs,
    });
    return held ? owner : null;
  }
  const startTime = host.startTimeOf(owner.pid);
  return startTime !== null && startTime === owner.startTime ? owner : null;
}
