import { randomBytes } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import * as z from 'zod';
import type { RunEvent } from '../model';
import { runEventSchema } from '../model';
import type { RecordedEvent } from '../runner';
import { runPaths } from '../store/runFolder';
import { wholeLines } from '../store/wholeLines';

/** What the order needs to know of a line; the rest is checked when somebody reads it. */
const markSchema = z.object({
  type: z.string(),
  seq: z.int(),
  time: z.string(),
  plan: z.object({ trials: z.array(z.object({ trial_id: z.string() })) }).optional(),
});
type Mark = z.infer<typeof markSchema>;

/** A line that was found, and what it is ordered by. */
interface Found {
  readonly file: number;
  readonly offset: number;
  readonly bytes: number;
  readonly time: number;
  readonly rank: number;
}

interface LogFile {
  readonly path: string;
  /** End of the last whole line that was read. */
  end: number;
  last: Mark | null;
  /** After how many resumes of the run its trial was seen to end; it goes on with the next one at the earliest. */
  endedAt: number | null;
}

/**
 * One total order of a run's events, which stand in many files. Kept are places only (file, offset, length), so that a
 * run of any length costs a few bytes an event, however many read it and however slow they are.
 *
 * The order goes by time; within a file it is always that of the file, whatever the clock did. While a run goes on, events
 * keep the place at which they were first seen, and the order is told by a name of its own (the epoch). The order of a
 * run that has ended is the same whenever it is made, and so is its epoch.
 */
export class EventIndex {
  readonly #runDir: string;
  readonly #files: LogFile[];
  #trials: readonly string[] = [];
  readonly #file: number[] = [];
  readonly #offset: number[] = [];
  readonly #bytes: number[] = [];
  #resumes = 0;
  #epoch: string | null = null;

  constructor(runDir: string) {
    this.#runDir = runDir;
    this.#files = [logFile(runPaths(runDir).events)];
  }

  get size(): number {
    return this.#file.length;
  }

  /** Whether the run's last word is that it ended. */
  get isOver(): boolean {
    return this.#files[0]?.last?.type === 'run.ended';
  }

  /** Reads what was added to the files. @returns whether anything was */
  async refresh(): Promise<boolean> {
    const found: Found[] = [];
    // The run's own file first: it names the trials, and when it says that the run ended, their files are whole.
    await this.#readFile(0, found);
    if (!this.isOver || found.length > 0) await this.#readTrials(found);
    found.sort((a, b) => a.time - b.time || a.rank - b.rank || a.file - b.file);
    for (const { file, offset, bytes } of found) {
      this.#file.push(file);
      this.#offset.push(offset);
      this.#bytes.push(bytes);
    }
    this.#epoch ??= this.isOver ? `e${String(this.#files[0]?.last?.seq)}` : newEpoch();
    return found.length > 0;
  }

  /** Where to go on after an event. Whoever comes with a place of another order begins anew: to see an event twice changes nothing. */
  placeAfter(id: string | undefined): number {
    const [, epoch, n] = /^(\w+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    const place = Number(n) + 1;
    return epoch === this.#epoch && place <= this.size ? place : 0;
  }

  /** Events from a place on, up to `count` of them or `bytes` of text (but one at least), and the place after them. */
  async read(
    place: number,
    { count, bytes }: { readonly count: number; readonly bytes: number },
  ): Promise<{ readonly events: readonly RecordedEvent[]; readonly next: number }> {
    const events: RecordedEvent[] = [];
    let next = place;
    let room = bytes;
    while (next < this.size && next - place < count && (next === place || room > 0)) {
      const to = this.#runOfLines(next, { last: place + count, room });
      const text = await this.#text(next, to);
      room -= Buffer.byteLength(text);
      for (const line of text.split('\n')) {
        const event = parsed(line);
        if (event !== null) events.push({ id: `${this.#epoch ?? ''}-${String(next)}`, event });
        next += 1;
      }
    }
    return { events, next };
  }

  /** The place after the lines that follow each other in one file, so that one read gets them all. */
  #runOfLines(
    from: number,
    { last, room }: { readonly last: number; readonly room: number },
  ): number {
    let to = from + 1;
    let size = this.#bytes[from] ?? 0;
    while (to < Math.min(last, this.size) && this.#follows(to)) {
      size += this.#bytes[to] ?? 0;
      if (size > room) break;
      to += 1;
    }
    return to;
  }

  #follows(place: number): boolean {
    const end = (this.#offset[place - 1] ?? 0) + (this.#bytes[place - 1] ?? 0) + 1;
    return this.#file[place] === this.#file[place - 1] && this.#offset[place] === end;
  }

  /** The text of the lines from one place to another, without the last one's end. */
  async #text(from: number, to: number): Promise<string> {
    const start = this.#offset[from] ?? 0;
    const end = (this.#offset[to - 1] ?? 0) + (this.#bytes[to - 1] ?? 0);
    const handle = await open(this.#files[this.#file[from] ?? 0]?.path ?? '');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, null, start);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async #readTrials(found: Found[]): Promise<void> {
    // Nothing of a trial means anything before the plan is known.
    if (this.#trials.length === 0) return;
    const folders = new Set(await readdir(this.#runDir));
    for (const [n, id] of this.#trials.entries()) {
      const ended = this.#files[n + 1]?.endedAt === this.#resumes;
      if (!ended && folders.has(id)) await this.#readFile(n + 1, found);
    }
  }

  async #readFile(n: number, found: Found[]): Promise<void> {
    const file = this.#files[n];
    if (file === undefined) return;
    let [time, rank] = [0, 0];
    for await (const { text, offset, bytes } of wholeLines(file.path, file.end)) {
      file.end = offset + bytes + 1;
      const mark = markOf(text);
      if (mark === null) continue;
      file.last = mark;
      if (mark.plan !== undefined) this.#planned(mark.plan.trials.map((trial) => trial.trial_id));
      if (mark.type === 'run.resumed') this.#resumes += 1;
      const ended = mark.type === 'trial.ended' || mark.type === 'trial.skipped';
      file.endedAt = ended ? this.#resumes : null;
      // A clock that was set back does not turn the order of a file around.
      const at = Math.max(time, Date.parse(mark.time) || 0);
      rank = at > time ? rankOf(mark) : Math.max(rank, rankOf(mark));
      time = at;
      found.push({ file: n, offset, bytes, time, rank });
    }
  }

  #planned(trials: readonly string[]): void {
    if (this.#trials.length > 0) return;
    this.#trials = trials;
    for (const id of trials) {
      this.#files.push(logFile(runPaths(this.#runDir).trial(id).events));
    }
  }
}

function logFile(path: string): LogFile {
  return { path, end: 0, last: null, endedAt: null };
}

function newEpoch(): string {
  return `l${randomBytes(6).toString('hex')}`;
}

/** Among events of one moment, the run begins before its trials and ends after them. */
function rankOf({ type }: Mark): number {
  if (type === 'run.ended') return 2;
  return type.startsWith('run.') ? 0 : 1;
}

function markOf(line: string): Mark | null {
  try {
    return markSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null; // torn by a process that died
  }
}

function parsed(line: string): RunEvent | null {
  try {
    return runEventSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
