import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DataFile } from '../../presentation/competitionStatement';
import { toRunConfig } from '../../presentation/runSettings';
import type {
  CompetitionListing,
  CompetitionOptions,
  CompetitionPage,
  CompetitionPlace,
  Runner,
} from '../../runner/index';
import type { Config } from '../config';
import type { Core } from '../core';
import type { Disposes } from '../disposables';
import type { ShowError } from '../showError';

/** Files of one folder beyond these are not looked at: a folder of images is no list that anybody reads. */
const listedFiles = 500;

export interface CompetitionsOptions {
  readonly core: Core;
  readonly config: Config;
  readonly showError: ShowError;
}

/** The competitions that are known here, and what of them is prepared. Read when somebody first asks, then kept. */
export class Competitions implements Disposes {
  readonly #options: CompetitionsOptions;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listener: vscode.Disposable;
  readonly #abort = new AbortController();
  #known: ReadonlyMap<string, CompetitionListing> = new Map();
  #reading: Promise<void> | undefined;

  /** What is known of competitions changed. */
  readonly onDidChange = this.#changed.event;

  constructor(options: CompetitionsOptions) {
    this.#options = options;
    this.#listener = options.config.onDidChange(['competitionFolders', 'competitionData'], () => {
      if (this.#reading !== undefined) void this.refresh().catch(options.showError);
    });
  }

  /** Where competitions and their data are, as the settings say. */
  get place(): CompetitionPlace {
    const { folders, data } = this.#options.config.run.competitions;
    return { registry: [...folders], ...(data === '' ? {} : { data_dir: data }) };
  }

  /** What is known of a competition so far. */
  get(id: string): CompetitionListing | undefined {
    return this.#known.get(id);
  }

  /** Reads the list, once. What cannot be read is told, and tried again when it is asked for again. */
  ensure(): void {
    void this.load().catch(this.#options.showError);
  }

  load(): Promise<void> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  refresh(): Promise<void> {
    this.#reading = this.#read();
    return this.#reading;
  }

  /** All of them, by id. */
  async list(): Promise<readonly CompetitionListing[]> {
    await this.load();
    return [...this.#known.values()];
  }

  /** `place`: of a run, whose configuration may name other folders than the settings. */
  page(id: string, place = this.place): Promise<CompetitionPage> {
    return this.ask((runner, options) => runner.readCompetition(id, { ...options, place }));
  }

  /** A call of the core about competitions, where the settings say that they are. */
  async ask<T>(call: (runner: Runner, options: CompetitionOptions) => Promise<T>): Promise<T> {
    const runner = await this.#options.core.runner();
    const { sandbox = 'auto' } = toRunConfig(this.#options.config.run, {});
    return call(runner, { signal: this.#abort.signal, place: this.place, sandbox });
  }

  /** The files of a competition's public folder, by name; folders beside them are counted as one. */
  async publicFiles({ data }: Pick<CompetitionPage, 'data'>): Promise<readonly DataFile[]> {
    const entries = await readdir(data.public, { withFileTypes: true }).catch(() => []);
    const sorted = entries.slice(0, listedFiles).sort((a, b) => a.name.localeCompare(b.name, 'en'));
    return Promise.all(
      sorted.map(async (entry) => ({
        path: entry.isDirectory() ? `${entry.name}/` : entry.name,
        bytes: entry.isDirectory() ? null : (await stat(path.join(data.public, entry.name))).size,
      })),
    );
  }

  dispose(): void {
    this.#abort.abort();
    this.#listener.dispose();
    this.#changed.dispose();
  }

  async #read(): Promise<void> {
    try {
      const all = await this.ask((runner, options) => runner.listCompetitions(options));
      this.#known = new Map(all.map((listing) => [listing.id, listing]));
    } catch (error) {
      this.#reading = undefined;
      throw error;
    }
    this.#changed.fire();
  }
}
