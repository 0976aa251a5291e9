/** Times of one side of a comparison, one per round, in milliseconds unless the row says otherwise. */
export type Samples = readonly number[];

/** What a row must come to. Told in the table, never asserted: times belong to the machine they were taken on. */
export interface Target {
  /** `ratio` looks at ours / other, `value` at ours. */
  readonly of: 'ratio' | 'value';
  readonly limit: number;
  readonly direction: 'at most' | 'at least';
}

/** One line of a result. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: Samples;
  /** What ours is compared with, taken in the same rounds; null for a plain number. */
  readonly other: { readonly what: string; readonly samples: Samples } | null;
  readonly target: Target | null;
}

export interface BenchContext {
  readonly rounds: number;
  /** Sample tasks of the comparison of concurrencies. */
  readonly samples: number;
  /** Removed when the benchmarks are done. */
  readonly folder: string;
  /** Kept between runs: mirrors, so that only the first one makes them. */
  readonly cacheDir: string;
  /** A repository given by the user for the checkout, or null for the generated one. */
  readonly repository: string | null;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly run: (context: BenchContext) => Promise<readonly Row[]>;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(samples: Samples): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
  return { median, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

/** Ours over other, round by round: a disturbance that hits a whole round cancels out. */
export function ratiosOf(row: Row): Samples | null {
  const { other } = row;
  if (other === null) return null;
  return row.ours.map((own, round) => own / (other.samples[round] ?? NaN));
}

/** Null when the row has no target. */
export function meetsTarget(row: Row): boolean | null {
  const { target } = row;
  if (target === null) return null;
  const samples = target.of === 'ratio' ? ratiosOf(row) : row.ours;
  if (samples === null) return null;
  const { median } = spreadOf(samples);
  return target.direction === 'at most' ? median <= target.limit : median >= target.limit;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Time and processor time of work in this process. The second one hardly depends on who else uses the machine. */
export class Stopwatch {
  readonly cpu: number[] = [];

  readonly time = async (work: () => Promise<unknown>): Promise<number> => {
    const before = process.cpuUsage();
    const ms = await timed(work);
    const { user, system } = process.cpuUsage(before);
    this.cpu.push((user + system) / 1000);
    return ms;
  };

  /** The processor times without the round that warms up. */
  cpuRow(options: Partial<Row> = {}): Row {
    return plainRow('  processor time', this.cpu.slice(1), options);
  }
}

/**
 * Runs the sides of a comparison in turn, round after round, every other round backwards, so that none always runs
 * first. A side returns its own time. `warmUp`: a first round that does not count.
 */
export async function interleave<Name extends string>(
  rounds: number,
  sides: Readonly<Record<Name, () => Promise<number>>>,
  { warmUp }: { readonly warmUp: boolean } = { warmUp: true },
): Promise<Readonly<Record<Name, Samples>>> {
  const names = Object.keys(sides) as Name[]; // the keys of the record are its names
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = warmUp ? 0 : 1; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) {
      const time = await sides[name]();
      if (round > 0) samples.get(name)?.push(time);
    }
  }
  return Object.fromEntries(samples) as Record<Name, number[]>; // one entry a name
}

/** A row without something to compare with. */
export function plainRow(what: string, ours: Samples, options: Partial<Row> = {}): Row {
  return { what, unit: 'ms', ours, other: null, target: null, ...options };
}
