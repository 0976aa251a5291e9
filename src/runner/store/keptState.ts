import { readdir, stat } from 'node:fs/promises';
import type { RunState, TrialState } from '../model';
import { isNotFound, readIfThere, writeWhole } from './files';
import { runPaths } from './runFolder';

/** To be raised with every change of what the fold makes of events. */
const version = 2;
/** Smaller runs are read from their events as quickly. */
const fewestTrials = 100;
const width = 16;

/** The first line: the run itself, and the file of its own events as it was. */
interface Head {
  readonly version: number;
  /** 0: it was kept while the run went on, so all of its own events are read again. */
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly run: Omit<RunState, 'trials'>;
}

/** A line for each trial; its plan stands in the run's. `bytes`: of its event file as it ended, 0 before, null where it has none. */
interface TrialLine {
  readonly bytes: number | null;
  readonly trial: Omit<TrialState, 'plan'>;
}

/** A state that was kept, with how far each event file is folded into it. */
export interface KeptState {
  readonly state: RunState;
  readonly offsets: ReadonlyMap<string, number>;
}

/**
 * Keeps the state of a run, folded, so that thousands of event files need not be read to show it. It says nothing that they
 * do not, and may be removed at any time. While the run goes on, files of trials that have not ended count as unread: what
 * is read again changes nothing, as the numbers of events tell.
 */
export async function keepState(runDir: string, state: RunState): Promise<void> {
  if (state.trials.size < fewestTrials) return;
  const paths = runPaths(runDir);
  const { trials: moving, ...run } = state;
  // The map goes on with the run.
  const trials = [...moving.values()];
  const lines: string[] = [];
  const left = trials.entries();
  const work = async (): Promise<void> => {
    for (const [n, known] of left) {
      // Left out of the text.
      const trial = { ...known, plan: undefined };
      const size = (await statOf(paths.trial(known.plan.trial_id).events))?.size ?? null;
      const bytes = size === null || known.result !== null ? size : 0;
      lines[n] = JSON.stringify({ bytes, trial });
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  const own = await statOf(paths.events);
  if (own === null) return;
  const bytes = run.phase === 'running' ? 0 : own.size;
  const head: Head = { version, bytes, mtimeMs: own.mtimeMs, run };
  await writeWhole(paths.state, `${[JSON.stringify(head), ...lines].join('\n')}\n`);
}

/**
 * The state as it was kept; null when there is none, or when files lost what it was made from: event files only grow, and
 * one that a repair writes anew takes what was kept with it. A trial whose folder is gone is noticed as well.
 */
export async function readKeptState(runDir: string): Promise<KeptState | null> {
  const paths = runPaths(runDir);
  const own = await statOf(paths.events);
  const text = own === null ? null : await readIfThere(paths.state);
  if (own === null || text === null) return null;
  try {
    const [first = '', ...lines] = text.trimEnd().split('\n');
    // This program wrote the file whole, so its lines are believed.
    const head = JSON.parse(first) as Head;
    if (head.version !== version || own.size < head.bytes || own.mtimeMs < head.mtimeMs)
      return null;
    const folders = new Set(await readdir(runDir));
    const plans = head.run.plan?.trials ?? [];
    if (plans.length !== lines.length) return null;
    const offsets = new Map([[paths.events, head.bytes]]);
    const trials = new Map<string, TrialState>();
    for (const [n, plan] of plans.entries()) {
      const { bytes, trial } = JSON.parse(lines[n] ?? '') as TrialLine;
      if (bytes !== null && !folders.has(plan.trial_id)) return null;
      offsets.set(paths.trial(plan.trial_id).events, bytes ?? 0);
      trials.set(plan.trial_id, { plan, ...trial });
    }
    return { state: { ...head.run, trials }, offsets };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null; // not what was written
    throw error;
  }
}

async function statOf(
  file: string,
): Promise<{ readonly size: number; readonly mtimeMs: number } | null> {
  try {
    return await stat(file);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
