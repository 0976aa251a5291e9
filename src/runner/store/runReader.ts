import { readdir } from 'node:fs/promises';
import type { RunEvent, RunState, TrialState } from '../model';
import { classOf, emptyRunState, reduceRun } from '../model';
import { EventFiles } from './eventFiles';
import { readKeptState } from './keptState';
import { readPlan, runPaths } from './runFolder';

/**
 * The state of a run as the files of its folder tell it, brought up to date by reading what was added since. Trials that
 * did not change keep their identity.
 */
export class RunReader {
  readonly #runDir: string;
  readonly #files = new EventFiles();
  #state = emptyRunState();
  #begun = false;
  #looksForKept: boolean;

  /** `keptFirst`: begins with what was kept of a run that ended (`keepState`), where that still holds. */
  constructor(runDir: string, { keptFirst = false }: { readonly keptFirst?: boolean } = {}) {
    this.#runDir = runDir;
    this.#looksForKept = keptFirst;
  }

  /** Whether the files had any event of the run, as far as they were read; before that it is only planned. */
  get hasBegun(): boolean {
    return this.#begun;
  }

  /** @throws `not-found` when the folder is not a run's */
  async refresh(): Promise<RunState> {
    if (this.#looksForKept) await this.#takeKept();
    await this.refreshOwn();
    const paths = runPaths(this.#runDir);
    const folders = new Set(await readdir(this.#runDir));
    const files = [...this.#state.trials.values()]
      .filter(mayGoOn)
      .map(({ plan }) => plan.trial_id)
      .filter((id) => folders.has(id))
      .map((id) => paths.trial(id).events);
    await this.#files.addedToEach(files, (events) => {
      this.#fold(events);
    });
    // The fold goes on with its map; whoever got an earlier state keeps what it was.
    return { ...this.#state, trials: new Map(this.#state.trials) };
  }

  /** As `refresh`, without the trials' files. */
  async refreshOwn(): Promise<RunState> {
    const own = await this.#files.added(runPaths(this.#runDir).events);
    this.#begun ||= own.length > 0;
    if (this.#state.plan === null && !own.some(({ type }) => type === 'run.started')) {
      // Planned only, killed between writing the plan and the first event, or its first event is gone.
      const plan = await readPlan(this.#runDir);
      this.#fold([{ v: 1, seq: 0, time: plan.created_at, type: 'run.started', plan }]);
    }
    this.#fold(own);
    return this.#state;
  }

  async #takeKept(): Promise<void> {
    this.#looksForKept = false;
    const kept = await readKeptState(this.#runDir);
    if (kept === null || this.#begun) return;
    this.#state = kept.state;
    this.#begun = true;
    for (const [file, offset] of kept.offsets) this.#files.goOnFrom(file, offset);
  }

  #fold(events: readonly RunEvent[]): void {
    for (const event of events) this.#state = reduceRun(this.#state, event);
  }
}

/** Every event that a run and its trials left, folded. */
export async function readRunState(
  runDir: string,
  options: { readonly keptFirst?: boolean } = {},
): Promise<RunState> {
  return await new RunReader(runDir, options).refresh();
}

/** A trial that came to a verdict is left alone; one that was stopped may be run again. */
function mayGoOn({ result }: TrialState): boolean {
  if (result === null) return true;
  const kind = classOf(result.status);
  return kind === 'incomplete' || kind === 'infra_failure';
}
