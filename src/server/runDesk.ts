import path from 'node:path';
import PQueue from 'p-queue';
import type { Runner, RunObserver } from '../runner/index';
import type { RunConfigInput, RunState } from '../runner/model';
import { RunnerError } from '../runner/model';
import { Busy } from './problems';
import type { RunRecord } from './runRecord';
import { isOpen, readRecord, writeRecord } from './runRecord';
import type { RunRequest } from './schemas';

/** Runs that are looked at or planned at the same time: both wait for the disk. */
const width = 4;

export interface RunDeskParts {
  readonly runner: Runner;
  /** Absolute. */
  readonly runsDir: string;
  /** Runs that go on at the same time; the others wait for their turn. */
  readonly runsAtOnce: number;
  /** What a request comes to. */
  readonly configOf: (request: RunRequest, signal: AbortSignal) => Promise<RunConfigInput>;
  readonly log: (line: string) => void;
}

/** A run that this server is not done with. */
export interface OpenRun {
  readonly runId: string;
  readonly runDir: string;
  record: RunRecord;
  /** null: it waits for its turn. */
  stop: AbortController | null;
  /** What its events came to so far; null before the first one. */
  state: RunState | null;
}

/**
 * Accepts runs and brings them to their end, so many at a time and in the order of acceptance. An accepted run is a folder
 * before the client hears of it, and this keeps nothing else that matters: whoever opens a desk on the same folder later
 * goes on with what is left, and a process that is killed loses the trials in flight at most.
 */
export class RunDesk implements AsyncDisposable {
  readonly #parts: RunDeskParts;
  readonly #open = new Map<string, OpenRun>();
  readonly #planning = new PQueue({ concurrency: width });
  readonly #accepting = new PQueue({ concurrency: 1 });
  readonly #running: PQueue;
  readonly #closing = new AbortController();
  #order = 0;

  constructor(parts: RunDeskParts) {
    this.#parts = parts;
    this.#running = new PQueue({ concurrency: parts.runsAtOnce, autoStart: false });
  }

  /**
   * Takes over what earlier servers accepted and did not bring to its end, before anybody may ask for it.
   *
   * @returns how many runs that are
   */
  async takeOver(): Promise<number> {
    const { runner, runsDir } = this.#parts;
    const { signal } = this.#closing;
    const found: OpenRun[] = [];
    const listed = (await runner.listRuns(runsDir, { signal })).values();
    const look = async (): Promise<void> => {
      for (const { runId, runDir } of listed) {
        const record = await readRecord(runDir);
        if (record !== null && isOpen(record))
          found.push({ runId, runDir, record, stop: null, state: null });
      }
    };
    await Promise.all(Array.from({ length: width }, look));
    for (const run of found.sort((a, b) => a.record.order - b.record.order)) this.#enqueue(run);
    return found.length;
  }

  /** Begins to run what waits. */
  start(): void {
    this.#running.start();
  }

  /**
   * Makes a run of a request and puts it at the end of the queue. When this resolves the run is on the disk.
   *
   * @throws what `planRun` throws, and `invalid-config` for an agent that nobody here could be
   */
  async accept(request: RunRequest): Promise<OpenRun> {
    const { runner, configOf } = this.#parts;
    const { signal } = this.#closing;
    const planned = await this.#planning.add(async () => {
      signal.throwIfAborted();
      const config = await configOf(request, signal);
      if (config.agent === 'human')
        throw new RunnerError(
          'invalid-config',
          'The agent "human" needs somebody at a terminal or in the editor: use `benchyard run` there.',
        );
      return await runner.planRun(config, { signal });
    });
    return await this.#accepting.add(() => this.#record(planned, request));
  }

  /** null: the server is done with it, or never had it. */
  find(runId: string): OpenRun | null {
    return this.#open.get(runId) ?? null;
  }

  /** How many runs begin before this one; null: it is not waiting. */
  positionOf(runId: string): number | null {
    const waiting = [...this.#open.values()].filter(({ stop }) => stop === null);
    const position = waiting.findIndex((run) => run.runId === runId);
    return position === -1 ? null : position;
  }

  /** Takes a run out of the queue, or stops it; it ends as cancelled. @returns whether the desk had it */
  async cancel(runId: string): Promise<boolean> {
    const run = this.#open.get(runId);
    if (run === undefined) return false;
    // Kept first: a run that was cancelled stays so whatever happens to this process.
    await this.#keep(run, { state: 'cancelled' });
    if (run.stop === null) this.#open.delete(runId);
    else run.stop.abort(new Error('cancelled'));
    return true;
  }

  /** Stops what runs, so that the next server goes on with it, and waits until it has stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Busy('The server is shutting down. Ask the next one.'));
    this.#running.clear();
    await Promise.all([this.#planning.onIdle(), this.#accepting.onIdle()]);
    await this.#running.onIdle();
  }

  async #record(
    { runId, runDir }: { readonly runId: string; readonly runDir: string },
    request: RunRequest,
  ): Promise<OpenRun> {
    const record: RunRecord = {
      v: 1,
      accepted_at: new Date().toISOString(),
      order: this.#order,
      request,
      state: 'queued',
      error: null,
    };
    await writeRecord(runDir, record);
    const run: OpenRun = { runId, runDir: path.resolve(runDir), record, stop: null, state: null };
    this.#enqueue(run);
    return run;
  }

  #enqueue(run: OpenRun): void {
    this.#order = Math.max(this.#order, run.record.order) + 1;
    this.#open.set(run.runId, run);
    void this.#running.add(() => this.#execute(run));
  }

  async #execute(run: OpenRun): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted || !isOpen(run.record)) return;
    run.stop = new AbortController();
    try {
      if (run.record.state === 'running' && (await this.#isFinished(run))) return;
      await this.#keep(run, { state: 'running' });
      await this.#work(run, AbortSignal.any([signal, run.stop.signal]));
    } catch (error) {
      await this.#failed(run, error);
    } finally {
      this.#open.delete(run.runId);
    }
  }

  async #work(run: OpenRun, signal: AbortSignal): Promise<void> {
    const { runner, log } = this.#parts;
    const observer: RunObserver = {
      onEvent: (_, state) => {
        run.state = state;
      },
      onProgress: (line) => {
        log(`${run.runId}: ${line}`);
      },
    };
    const handle = await runner.resumeRun(run.runDir, { signal, observer });
    const { state } = await handle.done;
    const isLeft = this.#closing.signal.aborted && state.phase !== 'finished';
    if (isOpen(run.record) && !isLeft) await this.#keep(run, { state: 'ended' });
  }

  /** A process may die between a run's last word and that in its record. */
  async #isFinished(run: OpenRun): Promise<boolean> {
    const { signal } = this.#closing;
    const { phase } = await this.#parts.runner.readRunHeader(run.runDir, { signal });
    if (phase === 'finished') await this.#keep(run, { state: 'ended' });
    return phase === 'finished';
  }

  async #failed(run: OpenRun, error: unknown): Promise<void> {
    // The next server goes on with it; or it was cancelled while it began.
    if (this.#closing.signal.aborted || !isOpen(run.record)) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#parts.log(`${run.runId}: ${message}`);
    // Somebody else went on with it: what becomes of it is told by its events.
    const taken = RunnerError.is(error, 'locked');
    const code = RunnerError.is(error) ? error.code : 'unexpected';
    await this.#keep(run, { state: 'ended', error: taken ? null : { code, message } });
  }

  /** What cannot be kept (a folder that was removed, a full disk) is told and changes nothing: events decide. */
  async #keep(run: OpenRun, change: Partial<Pick<RunRecord, 'state' | 'error'>>): Promise<void> {
    run.record = { ...run.record, ...change };
    try {
      await writeRecord(run.runDir, run.record);
    } catch (error) {
      this.#parts.log(`${run.runId}: its record cannot be written: ${String(error)}`);
    }
  }
}
