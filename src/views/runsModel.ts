import path from 'node:path';
import * as vscode from 'vscode';
import { RunTree } from '../presentation/runTree';
import type { RunListing, RunState, TrialResult, TrialState } from '../runner/index';
import type { Config } from './config';
import { setContextKey } from './contextKeys';
import type { Core } from './core';
import type { Disposes } from './disposables';
import { DisposableStore } from './disposables';
import type { ShowError } from './showError';

/** One run of the list. Its state is read when it is first asked for. */
export interface RunEntry {
  readonly listing: RunListing;
  readonly tree: RunTree;
  readonly state: RunState | null;
  /** This window runs it, and can cancel it. */
  readonly ownedHere: boolean;
}

interface MutableEntry extends RunEntry {
  state: RunState | null;
  ownedHere: boolean;
  /** What was last told of each trial: the fold hands the same map on, so this is how changes are found. */
  told: Map<string, TrialState>;
  reading: Promise<void> | undefined;
  watch: AbortController | undefined;
}

export interface TrialChange {
  readonly run: RunEntry;
  readonly trial: TrialState;
}

/** Runs whose state is read without being asked for: those a person looks at first. */
const readAhead = 20;

/**
 * The runs of the workspace's run folder: those of this window as they go on, those of other processes as their events
 * tell, and what earlier ones came to. A run that no living process holds and that did not end is interrupted.
 */
export class RunsModel implements Disposes {
  readonly #core: Core;
  readonly #config: Config;
  readonly #showError: ShowError;
  readonly #store = new DisposableStore();
  readonly #listChanged = this.#store.add(new vscode.EventEmitter<void>());
  readonly #runChanged = this.#store.add(new vscode.EventEmitter<RunEntry>());
  readonly #trialChanged = this.#store.add(new vscode.EventEmitter<TrialChange>());
  readonly #learned = this.#store.add(new vscode.EventEmitter<string>());
  readonly #entries = new Map<string, MutableEntry>();
  readonly #lastResults = new Map<string, TrialResult & { readonly runId: string }>();
  readonly #abort = new AbortController();
  #watcher: vscode.FileSystemWatcher | undefined;
  #listing: Promise<void> | undefined;

  readonly onDidChangeList = this.#listChanged.event;
  /** A run's phase or counts changed. */
  readonly onDidChangeRun = this.#runChanged.event;
  readonly onDidChangeTrial = this.#trialChanged.event;
  /** The last result of the task with this id changed. */
  readonly onDidLearnResult = this.#learned.event;

  constructor(core: Core, config: Config, showError: ShowError) {
    this.#core = core;
    this.#config = config;
    this.#showError = showError;
    this.#store.add(
      config.onDidChange(['runsFolder'], () => {
        if (this.#listing !== undefined) void this.refresh().catch(showError);
      }),
    );
  }

  /** Where run folders are. */
  get folder(): string {
    return path.resolve(this.#core.cwd, this.#config.run.runsFolder);
  }

  /** Newest first. */
  get entries(): readonly RunEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.listing.runId < b.listing.runId ? 1 : -1));
  }

  get(runDir: string): RunEntry | undefined {
    return this.#entries.get(runDir);
  }

  /** The run with this id; looks for it on disk when it is not listed (a tab that the editor restored). */
  async find(runId: string): Promise<RunEntry | undefined> {
    const listed = (): RunEntry | undefined =>
      this.entries.find((entry) => entry.listing.runId === runId);
    await this.load();
    if (listed() === undefined) await this.refresh();
    return listed();
  }

  /** What the newest trial of a task came to, as far as runs were read. */
  lastResult(taskId: string): TrialResult | undefined {
    return this.#lastResults.get(taskId);
  }

  /** Lists the run folders, once. */
  load(): Promise<void> {
    this.#listing ??= this.refresh();
    return this.#listing;
  }

  refresh(): Promise<void> {
    this.#listing = this.#list();
    return this.#listing;
  }

  async #list(): Promise<void> {
    this.#watch();
    const runner = await this.#core.runner();
    const listings = await runner.listRuns(this.folder, { signal: this.#abort.signal });
    const found = new Set(listings.map((listing) => listing.runDir));
    for (const [runDir, entry] of this.#entries) {
      if (!found.has(runDir) && !entry.ownedHere) this.#forget(runDir);
    }
    for (const listing of listings) this.#entry(listing);
    setContextKey('benchyard.runsLoaded', true);
    this.#listChanged.fire();
    void this.#readAhead().catch(this.#showError);
  }

  /** Reads a run's state, and follows it when another process runs it. */
  async read(entry: RunEntry): Promise<RunState | null> {
    const own = this.#entry(entry.listing);
    if (own.state === null && !own.ownedHere) {
      own.reading ??= this.#read(own).finally(() => {
        own.reading = undefined;
      });
      await own.reading;
    }
    return own.state;
  }

  /** A run that this window starts or goes on with; `update` then tells its states. */
  adopt(listing: RunListing): RunEntry {
    const isNew = !this.#entries.has(listing.runDir);
    const entry = this.#entry(listing);
    entry.watch?.abort();
    entry.ownedHere = true;
    if (isNew) this.#listChanged.fire();
    return entry;
  }

  /** Tells a new state of a run. `trialId`: the only trial that changed; without it all are compared. */
  update(entry: RunEntry, state: RunState, trialId?: string): void {
    const own = this.#entry(entry.listing);
    const phaseChanged = own.state?.phase !== state.phase || own.state.plan !== state.plan;
    own.state = state;
    let countsChanged = false;
    for (const id of trialId === undefined ? state.trials.keys() : [trialId]) {
      const trial = state.trials.get(id);
      if (trial === undefined) continue;
      const before = own.told.get(id);
      // A state that was read again has other objects for the same events.
      if (before?.lastSeq === trial.lastSeq) continue;
      own.told.set(id, trial);
      countsChanged ||= before?.phase !== trial.phase;
      this.#remember(own, trial);
      if (before !== undefined) this.#trialChanged.fire({ run: own, trial });
    }
    if (phaseChanged || countsChanged) this.#runChanged.fire(own);
  }

  /** This window does not run it any more. */
  release(entry: RunEntry): void {
    const own = this.#entry(entry.listing);
    own.ownedHere = false;
    this.#runChanged.fire(own);
  }

  /** Reads a run's events anew. */
  async reread(entry: RunEntry): Promise<void> {
    const runner = await this.#core.runner();
    const { signal } = this.#abort;
    this.update(entry, await runner.openRun(entry.listing.runDir, { signal }));
  }

  /**
   * Reads again a run whose events another process wrote on. What is known of it stays until then: a row must not lose
   * its trials meanwhile. A run that this window follows anyway is left to that.
   */
  async changedOnDisk(runDir: string): Promise<void> {
    const entry = this.#entries.get(runDir);
    if (entry === undefined || entry.ownedHere || entry.watch !== undefined) return;
    await entry.reading;
    await this.#read(entry);
  }

  async delete(entry: RunEntry): Promise<void> {
    const runner = await this.#core.runner();
    this.#entries.get(entry.listing.runDir)?.watch?.abort();
    await runner.deleteRun(entry.listing.runDir, { signal: this.#abort.signal });
    this.#forget(entry.listing.runDir);
    this.#listChanged.fire();
  }

  dispose(): void {
    this.#abort.abort();
    for (const entry of this.#entries.values()) entry.watch?.abort();
    this.#watcher?.dispose();
    this.#store.dispose();
  }

  #entry(listing: RunListing): MutableEntry {
    const known = this.#entries.get(listing.runDir);
    if (known !== undefined) return known;
    const entry: MutableEntry = {
      listing,
      tree: new RunTree(listing),
      state: null,
      ownedHere: false,
      told: new Map(),
      reading: undefined,
      watch: undefined,
    };
    this.#entries.set(listing.runDir, entry);
    return entry;
  }

  #forget(runDir: string): void {
    this.#entries.get(runDir)?.watch?.abort();
    this.#entries.delete(runDir);
  }

  async #readAhead(): Promise<void> {
    for (const entry of this.entries.slice(0, readAhead)) {
      if (this.#abort.signal.aborted) return;
      await this.read(entry);
    }
  }

  async #read(entry: MutableEntry): Promise<void> {
    const runner = await this.#core.runner();
    const state = await runner.openRun(entry.listing.runDir, { signal: this.#abort.signal });
    if (entry.ownedHere) return;
    this.update(entry, state);
    if (state.phase === 'running' && entry.watch === undefined) void this.#follow(entry);
  }

  /** Follows a run of another process to its end, which may be that the process died. */
  async #follow(entry: MutableEntry): Promise<void> {
    const watch = new AbortController();
    entry.watch = watch;
    try {
      const runner = await this.#core.runner();
      await runner.watchRun(entry.listing.runDir, {
        signal: watch.signal,
        onState: (state) => {
          if (!watch.signal.aborted) this.update(entry, state);
        },
      });
      if (!watch.signal.aborted) await this.reread(entry);
    } catch (error) {
      if (!watch.signal.aborted) this.#showError(error);
    } finally {
      if (entry.watch === watch) entry.watch = undefined;
    }
  }

  /** Run folders that other processes make, remove or go on with. */
  #watch(): void {
    this.#watcher?.dispose();
    const pattern = new vscode.RelativePattern(
      vscode.Uri.file(this.folder),
      '*/{run.json,events.jsonl}',
    );
    this.#watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const listAgain = (uri: vscode.Uri): void => {
      if (uri.path.endsWith('/run.json')) void this.refresh().catch(this.#showError);
    };
    this.#watcher.onDidCreate(listAgain);
    this.#watcher.onDidDelete(listAgain);
    this.#watcher.onDidChange((uri) => {
      void this.changedOnDisk(path.dirname(uri.fsPath)).catch(this.#showError);
    });
  }

  #remember(entry: RunEntry, { plan, result }: TrialState): void {
    if (result === null || result.status === 'cancelled') return;
    const { runId } = entry.listing;
    const known = this.#lastResults.get(plan.task_id);
    if (known === undefined || known.runId <= runId)
      this.#lastResults.set(plan.task_id, { ...result, runId });
    this.#learned.fire(plan.task_id);
  }
}
