import os from 'node:os';

/** What a soak test did and found. */
export class Account {
  readonly problems: string[] = [];
  readonly #counts = new Map<string, number>();
  readonly #skipped = new Set<string>();
  readonly #started = performance.now();

  count(what: string, by = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** A fault that this machine cannot have: said at once, and again at the end. */
  skip(what: string): void {
    if (this.#skipped.has(what)) return;
    this.#skipped.add(what);
    console.warn(`SKIPPED: ${what}`);
  }

  problem(what: string): void {
    this.problems.push(what);
    console.error(`PROBLEM: ${what}`);
  }

  print(): void {
    const seconds = (performance.now() - this.#started) / 1000;
    const lines = [...this.#counts].sort(([a], [b]) => a.localeCompare(b));
    const width = Math.max(...lines.map(([what]) => what.length));
    console.log(
      `\nThe account of ${seconds.toFixed(0)} s on ${String(os.availableParallelism())} cores`,
    );
    for (const [what, count] of lines) console.log(`  ${what.padEnd(width)}  ${String(count)}`);
    for (const what of this.#skipped) console.log(`  SKIPPED: ${what}`);
    for (const what of this.problems) console.log(`  PROBLEM: ${what}`);
    console.log(
      this.problems.length === 0
        ? 'Nothing was lost, nothing counted twice, nothing left behind.'
        : `${String(this.problems.length)} problems.`,
    );
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(random: () => number, of: readonly T[]): T | undefined {
  return of[Math.floor(random() * of.length)];
}
