import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Host } from '../host';
import type { RunEvent, RunPlan, RunState, TrialResult, TrialState } from '../model';
import { attemptKey, runEventSchema, trialResultSchema } from '../model';
import {
  isNotFound,
  JsonLinesWriter,
  parseJsonLines,
  readIfThere,
  writeJson,
  writeWhole,
} from './files';
import { livingOwner } from './ownerLock';
import { readResults, runPaths } from './runFolder';
import { readRunState } from './runReader';
import { cutTornTail } from './tornTail';

/** Trials that are looked at at a time: looking is waiting, above all on a network file system. */
const width = 16;

/**
 * Brings the files of a run that nobody works on to agree, whatever ended the work on it: a kill at any moment, a full
 * disk, lost power. To be called by the process that holds the run, before it goes on.
 *
 * - Half a line or zeros at the end of an event file are cut off.
 * - A run whose own events are gone while its trials' are there gets its first event back from `run.json`.
 * - A result without its event gets the event: `result.json` is the last thing that a trial writes before it. So does a
 *   line of `results.jsonl` whose trial lost its folder; what the trial's files said is gone, its result is not.
 * - A result that only the events have is written to `result.json` again.
 *
 * `results.jsonl` is then made anew from the events (`writeResults`).
 *
 * @returns what was repaired, a line each, for people
 */
export async function repairRun(
  runDir: string,
  plan: RunPlan,
  host: Host,
): Promise<readonly string[]> {
  const notes: string[] = [];
  await removeUnfinished(runDir);
  const results = new Map<string, TrialResult>();
  const counted = new Set<string>();
  let twice = 0;
  for (const result of await readResults(runDir)) {
    const id = attemptKey(result);
    if (counted.has(id)) twice += 1;
    counted.add(id);
    results.set(id, result);
  }
  if (await repairOwnEvents(runDir, plan)) notes.push('events.jsonl had lost its beginning');
  const state = await readRunState(runDir);
  const done = await repairTrials(runDir, { state, results, host });
  const missing = [...state.trials.values()].filter(
    ({ plan: trial, result }) => result !== null && !counted.has(attemptKey(trial)),
  ).length;
  const torn = done.torn + (await cutTornTail(runPaths(runDir).results));
  if (torn > 0) notes.push(`${torn} bytes behind the last whole line of a file were cut off`);
  notes.push(...told('had a result without its event', done.adopted));
  notes.push(
    ...told('had lost their folders; their results stood in results.jsonl', done.restored),
  );
  notes.push(...told('had lost their result.json', done.rewritten));
  if (missing > 0)
    notes.push(`results.jsonl lacked ${missing} ${missing === 1 ? 'line' : 'lines'}`);
  if (twice > 0)
    notes.push(`results.jsonl had ${twice} ${twice === 1 ? 'line' : 'lines'} of a trial twice`);
  // It was folded from files as they were before.
  if (notes.length > 0) await rm(runPaths(runDir).state, { force: true });
  return notes;
}

/** results.jsonl as the events have it: a line for each trial that ended, in the order of the plan. */
export async function writeResults(
  runDir: string,
  state: RunState,
  /** Trials that are about to run again. */
  leftOut: ReadonlySet<string>,
): Promise<void> {
  const lines: string[] = [];
  for (const { plan, result } of state.trials.values())
    if (result !== null && !leftOut.has(plan.trial_id)) lines.push(`${JSON.stringify(result)}\n`);
  const text = lines.join('');
  const { results } = runPaths(runDir);
  if (((await readIfThere(results)) ?? '') !== text) await writeWhole(results, text);
}

/** Temporary files of writes that were cut off: `report.json.1234567890`. */
async function removeUnfinished(runDir: string): Promise<void> {
  for (const entry of await readdir(runDir, { withFileTypes: true }))
    if (entry.isFile() && /\.jsonl?\.\d+$/.test(entry.name))
      await rm(path.join(runDir, entry.name), { force: true });
}

/** @returns whether the run's first event had to be written again */
async function repairOwnEvents(runDir: string, plan: RunPlan): Promise<boolean> {
  const { events: file } = runPaths(runDir);
  await cutTornTail(file);
  const own = parseJsonLines((await readIfThere(file)) ?? '', runEventSchema);
  if (own.some(({ type }) => type === 'run.started')) return false;
  if (own.length === 0 && !(await hasTrials(runDir, plan))) return false; // planned, and never begun
  const started: RunEvent = {
    v: 1,
    seq: 0,
    time: plan.created_at,
    type: 'run.started',
    plan,
  };
  await writeWhole(file, [started, ...own].map((event) => `${JSON.stringify(event)}\n`).join(''));
  return true;
}

async function hasTrials(runDir: string, { trials }: RunPlan): Promise<boolean> {
  const names = new Set(await readdir(runDir));
  return names.has('results.jsonl') || trials.some(({ trial_id: id }) => names.has(id));
}

interface Repaired {
  torn: number;
  readonly adopted: string[];
  readonly restored: string[];
  readonly rewritten: string[];
}

async function repairTrials(
  runDir: string,
  {
    state,
    results,
    host,
  }: {
    readonly state: RunState;
    readonly results: ReadonlyMap<string, TrialResult>;
    readonly host: Host;
  },
): Promise<Repaired> {
  const done: Repaired = { torn: 0, adopted: [], restored: [], rewritten: [] };
  const folders = new Set(await readdir(runDir));
  const trials = state.trials.values();
  const work = async (): Promise<void> => {
    for (const trial of trials) {
      const { trial_id: id } = trial.plan;
      // A worker of an engine may still be at it.
      if (folders.has(id) && (await livingOwner(path.join(runDir, id), host)) !== null) continue;
      await repairTrial(runDir, trial, {
        listed: results.get(attemptKey(trial.plan)) ?? null,
        done,
      });
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return done;
}

async function repairTrial(
  runDir: string,
  { plan, phase, result, lastSeq }: TrialState,
  { listed, done }: { readonly listed: TrialResult | null; readonly done: Repaired },
): Promise<void> {
  if (phase === 'skipped') return;
  const { trial_id: id } = plan;
  const paths = runPaths(runDir).trial(id);
  const kept = await keptResult(paths.result);
  if (result !== null) {
    if (isDeepStrictEqual(kept, result)) return;
    await writeJson(paths.result, result);
    done.rewritten.push(id);
    return;
  }
  done.torn += await cutTornTail(paths.events);
  // Of a trial that began again its earlier result is out of date, and so is the line.
  const found = kept ?? (lastSeq === -1 ? listed : null);
  if (found === null || attemptKey(found) !== attemptKey(plan)) return;
  if (kept === null) await writeJson(paths.result, found);
  const writer = new JsonLinesWriter(paths.events);
  const time = new Date().toISOString();
  const ended: RunEvent = {
    v: 1,
    seq: lastSeq + 1,
    time,
    trial: id,
    type: 'trial.ended',
    result: found,
  };
  try {
    await writer.append(ended, { sync: true });
  } finally {
    await writer.close();
  }
  (kept === null ? done.restored : done.adopted).push(id);
}

async function keptResult(file: string): Promise<TrialResult | null> {
  try {
    const text = await readIfThere(file);
    return text === null ? null : (trialResultSchema.safeParse(JSON.parse(text)).data ?? null);
  } catch (error) {
    if (error instanceof SyntaxError || isNotFound(error)) return null; // torn, or zeros
    throw error;
  }
}

function told(what: string, trials: readonly string[]): readonly string[] {
  if (trials.length === 0) return [];
  const some = [...trials].sort().slice(0, 3).join(', ');
  const more = trials.length > 3 ? ` and ${trials.length - 3} more` : '';
  return [`${some}${more} ${what}`];
}
