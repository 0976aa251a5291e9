import { open, readdir } from 'node:fs/promises';
import type { RunEvent, RunState, TrialState } from '../model';
import { classOf, emptyRunState, reduceRun, runEventSchema } from '../model';
import { isNotFound, parseJsonLines } from './files';
import { readPlan, runPaths } from './runFolder';

/** Files that are read at a time: reading is waiting, above all on a network file system. */
const width = 16;

/**
 * The state of a run as the files of its folder tell it, brought up to date by reading what was added since. Trials that
 * did not change keep their identity.
 */
export class RunReader {
  readonly #runDir: string;
  /** Of every file that was read: the bytes up to the end of its last whole line. */
  readonly #offsets = new Map<string, number>();
  #state = emptyRunState();

  constructor(runDir: string) {
    this.#runDir = runDir;
  }

  /** @throws `not-found` when the folder is not a run's */
  async refresh(): Promise<RunState> {
    const paths = runPaths(this.#runDir);
    this.#fold(await this.#added(paths.events));
    if (this.#state.plan === null) {
      // Killed between writing the plan and the first event.
      const plan = await readPlan(this.#runDir);
      this.#fold([{ v: 1, seq: 0, time: plan.created_at, type: 'run.started', plan }]);
    }
    const folders = new Set(await readdir(this.#runDir));
    const trials = [...this.#state.trials.values()]
      .filter(mayGoOn)
      .map(({ plan }) => plan.trial_id)
      .filter((id) => folders.has(id))
      .values();
    const work = async (): Promise<void> => {
      for (const id of trials) this.#fold(await this.#added(paths.trial(id).events));
    };
    await Promise.all(Array.from({ length: width }, work));
    // The fold goes on with its map; whoever got an earlier state keeps what it was.
    return { ...this.#state, trials: new Map(this.#state.trials) };
  }

  #fold(events: readonly RunEvent[]): void {
    for (const event of events) this.#state = reduceRun(this.#state, event);
  }

  /**
   * Events that were added to a file since it was read last. An unfinished line is read again the next time: half of one
   * says nothing yet, and a whole one that lacks only its end is folded once, as its number tells.
   */
  async #added(file: string): Promise<readonly RunEvent[]> {
    const offset = this.#offsets.get(file) ?? 0;
    const bytes = await readFrom(file, offset);
    this.#offsets.set(file, offset + bytes.lastIndexOf('\n') + 1);
    return parseJsonLines(bytes.toString('utf8'), runEventSchema);
  }
}

/** Every event that a run and its trials left, folded. */
export async function readRunState(runDir: string): Promise<RunState> {
  return await new RunReader(runDir).refresh();
}

/** A trial that came to a verdict is left alone; one that was stopped may be run again. */
function mayGoOn({ result }: TrialState): boolean {
  if (result === null) return true;
  const kind = classOf(result.status);
  return kind === 'incomplete' || kind === 'infra_failure';
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size <= offset) return Buffer.alloc(0);
      const bytes = Buffer.alloc(size - offset);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isNotFound(error)) return Buffer.alloc(0);
    throw error;
  }
}
