import path from 'node:path';
import type { OutputChunk, RunEvent, RunEventBody, RunState, TrialEventBody } from '../model';
import { reduceRun } from '../model';
import type { RunObserver } from '../runner';
import { JsonLinesWriter } from '../store/files';
import { runPaths } from '../store/runFolder';

export interface EventLogOptions {
  readonly runDir: string;
  /** What earlier processes left, folded: numbering goes on from there. */
  readonly state: RunState;
  readonly observer: RunObserver | undefined;
  /** Rejects when this process may write to the run folder no longer. Asked before each line. */
  readonly assertHeld?: () => Promise<void>;
  /** Told when an event could not be written: a run that cannot record must stop. */
  readonly onFailure: (error: unknown) => void;
  readonly log: (message: string) => void;
}

/** An event that is to be written: where to, and all of it but its number. */
interface Entry {
  /** A trial, or '' for the run. */
  readonly key: string;
  readonly file: string;
  readonly time: string;
  readonly body: RunEventBody | TrialEventBody;
}

/**
 * The one stream of a run: every event is numbered, written to its file (the run's or its trial's), folded into the
 * state and then shown to the observer, in this order. Events of one file go through all of it one after the other: one
 * that could not be written leaves its number to the next, so that what is in a file has no gap and what is folded is what
 * is there.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #writers = new Map<string, JsonLinesWriter>();
  /** What is done with each file last. Never rejects. */
  readonly #last = new Map<string, Promise<void>>();
  readonly #next = new Map<string, number>();
  #state: RunState;

  constructor(options: EventLogOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  get state(): RunState {
    return this.#state;
  }

  /** Resolves when the event is written. Those who do not wait lose nothing: a failed write stops the run. */
  emitRun(body: RunEventBody): Promise<void> {
    return this.#emit('', runPaths(this.#options.runDir).events, body);
  }

  emitTrial(trial: string, body: TrialEventBody): Promise<void> {
    return this.#emit(trial, runPaths(this.#options.runDir).trial(trial).events, body);
  }

  /** Rejects as a write would: this process no longer holds the run. To be asked before files of a trial are written. */
  async assertHeld(): Promise<void> {
    try {
      await this.#options.assertHeld?.();
    } catch (error) {
      this.#options.onFailure(error);
      throw error;
    }
  }

  /** Takes over an event that another process wrote; one that is known already changes nothing. */
  adopt(event: RunEvent): void {
    const state = reduceRun(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#show(() => this.#options.observer?.onEvent?.(event, this.#state));
  }

  /** Output is shown as it comes and kept in the stage's log file by whoever runs the stage. */
  showOutput(chunk: OutputChunk): void {
    this.#show(() => this.#options.observer?.onOutput?.(chunk));
  }

  /** A trial that ended needs its file no more. */
  async closeTrial(trial: string): Promise<void> {
    const closed = this.#close(trial);
    const last = this.#last.get(trial);
    await closed;
    if (this.#last.get(trial) !== last) return; // somebody wrote again
    this.#last.delete(trial);
    // Another writer of the file would not know that this one may have left half a line.
    if (this.#writers.get(trial)?.isBroken !== true) this.#writers.delete(trial);
  }

  async close(): Promise<void> {
    for (const key of [...this.#last.keys()]) await this.#close(key);
  }

  #emit(key: string, file: string, body: RunEventBody | TrialEventBody): Promise<void> {
    const entry = { key, file, time: new Date().toISOString(), body };
    return this.#inTurn(key, () => this.#write(entry));
  }

  #close(key: string): Promise<void> {
    return this.#inTurn(key, async () => this.#writers.get(key)?.close());
  }

  /** Does what is done with a file when all that came before is over. */
  #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const done = (this.#last.get(key) ?? Promise.resolve()).then(work);
    // A failed write is told to its caller; it must not keep the next one from being tried.
    const over = done.catch(() => undefined);
    this.#last.set(key, over);
    return done;
  }

  async #write({ key, file, time, body }: Entry): Promise<void> {
    // What a worker wrote meanwhile is folded.
    const seq = Math.max(this.#next.get(key) ?? 0, this.#lastSeq(key) + 1);
    const envelope = key === '' ? {} : { trial: key };
    // The union of bodies and the envelope make up a RunEvent again, which the compiler cannot see through `Omit`.
    const event = { v: 1, seq, time, ...envelope, ...body } as RunEvent;
    let writer = this.#writers.get(key);
    if (writer === undefined) {
      writer = new JsonLinesWriter(path.resolve(file), this.#options.assertHeld);
      this.#writers.set(key, writer);
    }
    try {
      await writer.append(event, {
        sync: event.type === 'trial.ended' || event.type === 'run.ended',
      });
    } catch (error) {
      this.#options.onFailure(error);
      throw error;
    }
    this.#next.set(key, seq + 1);
    this.#state = reduceRun(this.#state, event);
    this.#show(() => this.#options.observer?.onEvent?.(event, this.#state));
  }

  #lastSeq(key: string): number {
    return key === '' ? this.#state.lastSeq : (this.#state.trials.get(key)?.lastSeq ?? -1);
  }

  #show(notify: () => void): void {
    try {
      notify();
    } catch (error) {
      this.#options.log(
        `an observer of the run failed: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
      );
    }
  }
}
