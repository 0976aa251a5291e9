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
  /** Told when an event could not be written: a run that cannot record must stop. */
  readonly onFailure: (error: unknown) => void;
  readonly log: (message: string) => void;
}

/**
 * The one stream of a run: every event is numbered, written to its file (the run's or its trial's), folded into the
 * state and then shown to the observer, in this order.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #writers = new Map<string, JsonLinesWriter>();
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
    return this.#emit('', runPaths(this.#options.runDir).events, body, {});
  }

  emitTrial(trial: string, body: TrialEventBody): Promise<void> {
    return this.#emit(trial, runPaths(this.#options.runDir).trial(trial).events, body, { trial });
  }

  /** Output is shown as it comes and kept in the stage's log file by whoever runs the stage. */
  showOutput(chunk: OutputChunk): void {
    this.#show(() => this.#options.observer?.onOutput?.(chunk));
  }

  /** A trial that ended needs its file no more. */
  async closeTrial(trial: string): Promise<void> {
    const writer = this.#writers.get(trial);
    this.#writers.delete(trial);
    await writer?.close();
  }

  async close(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.close();
    this.#writers.clear();
  }

  async #emit(
    key: string,
    file: string,
    body: RunEventBody | TrialEventBody,
    envelope: { readonly trial?: string },
  ): Promise<void> {
    const seq = this.#next.get(key) ?? this.#lastSeq(key) + 1;
    this.#next.set(key, seq + 1);
    // The union of bodies and the envelope make up a RunEvent again, which the compiler cannot see through `Omit`.
    const event = { v: 1, seq, time: new Date().toISOString(), ...envelope, ...body } as RunEvent;
    let writer = this.#writers.get(key);
    if (writer === undefined) {
      writer = new JsonLinesWriter(path.resolve(file));
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
