import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 30_000;
const POLL_MS = 25;

/** The first value that `look` gives which is neither undefined, null nor false; rejects, naming what was waited for, when none comes in time. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = LIMIT_MS,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    // The three are told apart by hand since `Exclude` is not narrowed by a comparison.
    if (seen !== undefined && seen !== null && seen !== false) {
      return seen as NonNullable<Exclude<T, false>>;
    }
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms for ${what}`);
    await delay(POLL_MS);
  }
}
