import * as vscode from 'vscode';
import type {
  OutputChunk,
  RunConfigInput,
  RunHandle,
  RunObserver,
  RunOutcome,
  RunState,
  Runner,
  TaskSession,
  TaskValidation,
} from '../runner/index';
import { RecentOutput } from '../presentation/recentOutput';
import { setContextKey } from './contextKeys';
import type { Core } from './core';
import type { Disposes } from './disposables';
import { DisposableStore } from './disposables';
import type { RunEntry, RunsModel } from './runsModel';
import type { ShowError } from './showError';

/** A run of this window, from the moment that it was asked for. */
interface Session {
  readonly controller: AbortController;
  entry: RunEntry | undefined;
  handle: RunHandle | undefined;
  /** The last state, told before the run folder was known. */
  early: RunState | undefined;
  ended: Promise<void>;
  readonly recent: RecentOutput;
  readonly onBegin: ((run: RunEntry) => void) | undefined;
}

/** Who waits for a run: calls it off, and wants to know it first. */
interface BeginOptions {
  readonly signal?: AbortSignal;
  readonly onBegin?: (run: RunEntry) => void;
}

type Begin = (
  runner: Runner,
  options: { signal: AbortSignal; observer: RunObserver },
) => Promise<RunHandle>;

/** Starts, goes on with and cancels the runs of this window. */
export class RunControl implements Disposes {
  readonly #core: Core;
  readonly #model: RunsModel;
  readonly #showError: ShowError;
  readonly #store = new DisposableStore();
  readonly #sessions = new Set<Session>();
  readonly #openTasks = new Set<TaskSession>();
  readonly #output = this.#store.add(
    new vscode.EventEmitter<{ run: RunEntry; chunk: OutputChunk }>(),
  );
  readonly #progress = this.#store.add(new vscode.EventEmitter<string>());
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #opened = this.#store.add(new vscode.EventEmitter<TaskSession>());
  readonly #ended = this.#store.add(
    new vscode.EventEmitter<{ run: RunEntry; outcome: RunOutcome | null }>(),
  );

  #closing = false;

  readonly onOutput = this.#output.event;
  /** What is being waited for before trials start; empty: nothing any more. */
  readonly onProgress = this.#progress.event;
  /** A trial of the agent `human` waits for somebody to work on it; also told before the run has its entry. */
  readonly onDidOpenSession = this.#opened.event;
  /** The runs that go on in this window changed. */
  readonly onDidChange = this.#changed.event;
  /** `outcome` null: it could not go on. */
  readonly onDidEnd = this.#ended.event;

  constructor(core: Core, model: RunsModel, showError: ShowError) {
    this.#core = core;
    this.#model = model;
    this.#showError = showError;
  }

  /** The window closes, and its runs are cancelled for that. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Runs that were asked for and have no folder yet. */
  get preparing(): number {
    return [...this.#sessions].filter((session) => session.entry === undefined).length;
  }

  /** Runs of this window that go on. */
  get running(): readonly RunEntry[] {
    return [...this.#sessions].flatMap((session) =>
      session.entry === undefined ? [] : [session.entry],
    );
  }

  /** Trials of this window that wait for somebody to work on them. */
  get openTasks(): readonly TaskSession[] {
    return [...this.#openTasks];
  }

  /** Resolves when the run is going on, with its entry. */
  start(config: RunConfigInput): Promise<RunEntry> {
    return this.#begin((runner, options) => runner.startRun(config, options));
  }

  /**
   * A run that somebody waits for: resolves with what it came to when it ended, as cancelled too. `onBegin` is told its
   * entry before anything else is told of it.
   */
  async run(
    config: RunConfigInput,
    {
      signal,
      onBegin,
    }: { readonly signal: AbortSignal; readonly onBegin: (run: RunEntry) => void },
  ): Promise<{ readonly run: RunEntry; readonly outcome: RunOutcome }> {
    let handle: RunHandle | undefined;
    const run = await this.#begin(
      async (runner, options) => {
        handle = await runner.startRun(config, options);
        return handle;
      },
      { signal, onBegin },
    );
    if (handle === undefined) throw new Error('a run began without its handle');
    return { run, outcome: await handle.done };
  }

  resume(entry: RunEntry, options: { readonly retry?: 'infra' } = {}): Promise<RunEntry> {
    return this.#begin((runner, call) =>
      runner.resumeRun(entry.listing.runDir, { ...call, ...options }),
    );
  }

  /** Tries what tasks are worth by a run like any other; `found` tells it at the run's end, null when it was cancelled. */
  async validate(
    config: RunConfigInput,
    repeat: number,
  ): Promise<{
    readonly run: RunEntry;
    readonly found: Promise<readonly TaskValidation[] | null>;
  }> {
    let found: Promise<readonly TaskValidation[] | null> = Promise.resolve(null);
    const run = await this.#begin(
      (runner, options) =>
        new Promise<RunHandle>((resolve, reject) => {
          const work = runner.validateTasks(config, { ...options, repeat, onStart: resolve });
          work.catch(reject); // before the run began; later this says nothing any more
          found = work.then(
            ({ tasks }) => tasks,
            (error: unknown) => {
              if (options.signal.aborted) return null;
              throw error;
            },
          );
          found.catch(() => undefined); // told to whoever waits for it
        }),
    );
    return { run, found };
  }

  /** Cancels a run of this window; without one, those that have no folder yet. Resolves when it ended. */
  async cancel(entry?: RunEntry): Promise<void> {
    const chosen = [...this.#sessions].filter((session) => session.entry === entry);
    for (const session of chosen) session.controller.abort();
    await Promise.all(chosen.map((session) => session.ended));
  }

  cancelTrial(entry: RunEntry, trialId: string): void {
    const session = [...this.#sessions].find((candidate) => candidate.entry === entry);
    session?.handle?.cancelTrial(trialId);
  }

  /** What a trial's running stage has printed; empty for a run of another process. */
  recentOutput(entry: RunEntry, trialId: string, stage: string): string {
    const session = [...this.#sessions].find((candidate) => candidate.entry === entry);
    return session?.recent.of(trialId, stage) ?? '';
  }

  /** Resolves when no run of this window goes on that was asked for until now. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#sessions].map((session) => session.ended));
  }

  /** Cancels all and waits for their ends, at most so long. */
  async shutdown(limitMs: number): Promise<void> {
    this.#closing = true;
    for (const session of this.#sessions) session.controller.abort();
    const ends = Promise.allSettled([...this.#sessions].map((session) => session.ended));
    const limit = new Promise<void>((resolve) => setTimeout(resolve, limitMs));
    await Promise.race([ends, limit]);
  }

  dispose(): void {
    for (const session of this.#sessions) session.controller.abort();
    this.#store.dispose();
  }

  #begin(begin: Begin, options: BeginOptions = {}): Promise<RunEntry> {
    const session: Session = {
      controller: new AbortController(),
      entry: undefined,
      handle: undefined,
      early: undefined,
      ended: Promise.resolve(),
      recent: new RecentOutput(),
      onBegin: options.onBegin,
    };
    const { signal } = options;
    const abort = (): void => {
      session.controller.abort(signal?.reason);
    };
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.#sessions.add(session);
    this.#tell();
    const started = this.#start(session, begin);
    session.ended = started.then(
      ({ handle, entry }) => this.#finish(session, handle, entry),
      () => {
        this.#remove(session);
      },
    );
    return started.then(({ entry }) => entry);
  }

  async #start(session: Session, begin: Begin): Promise<{ handle: RunHandle; entry: RunEntry }> {
    const runner = await this.#core.runner();
    const { signal } = session.controller;
    const handle = await begin(runner, { signal, observer: this.#observe(session) });
    return { handle, entry: this.#attach(session, handle) };
  }

  #observe(session: Session): RunObserver {
    return {
      onEvent: (event, state) => {
        const trialId = 'trial' in event ? event.trial : undefined;
        if (event.type === 'trial.ended') session.recent.forget(event.trial);
        if (session.entry === undefined) session.early = state;
        else this.#model.update(session.entry, state, trialId);
      },
      onOutput: (chunk) => {
        session.recent.push(chunk);
        if (session.entry !== undefined) this.#output.fire({ run: session.entry, chunk });
      },
      onProgress: (line) => {
        this.#progress.fire(line);
      },
      onSession: (opened) => {
        this.#keepTask(opened);
        this.#opened.fire(opened);
      },
    };
  }

  #keepTask(opened: TaskSession): void {
    this.#openTasks.add(opened);
    const tell = (): void => {
      setContextKey('benchyard.taskOpen', this.#openTasks.size > 0);
    };
    tell();
    void opened.ended.then(() => {
      this.#openTasks.delete(opened);
      tell();
    });
  }

  #attach(session: Session, handle: RunHandle): RunEntry {
    const entry = this.#model.adopt({ runDir: handle.runDir, runId: handle.runId });
    session.entry = entry;
    session.handle = handle;
    session.onBegin?.(entry);
    if (session.early !== undefined) this.#model.update(entry, session.early);
    session.early = undefined;
    this.#progress.fire('');
    this.#tell();
    return entry;
  }

  async #finish(session: Session, handle: RunHandle, entry: RunEntry): Promise<void> {
    try {
      const outcome = await handle.done;
      this.#model.update(entry, outcome.state);
      this.#remove(session);
      this.#model.release(entry);
      this.#ended.fire({ run: entry, outcome });
    } catch (error) {
      this.#remove(session);
      this.#model.release(entry);
      this.#ended.fire({ run: entry, outcome: null });
      this.#showError(error);
      // Its events tell how far it came.
      await this.#model.reread(entry).catch(this.#showError);
    }
  }

  #remove(session: Session): void {
    this.#sessions.delete(session);
    if (this.preparing === 0) this.#progress.fire('');
    this.#tell();
  }

  #tell(): void {
    setContextKey('benchyard.runActive', this.#sessions.size > 0);
    this.#changed.fire();
  }
}
