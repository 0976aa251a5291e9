import type { ContestLanguage } from '../model';
import type { DatasetManifest } from '../datasets/saved/manifest';
import type { CallOptions } from './calls';

export type { DatasetManifest, RowCounts, SavedSplit } from '../datasets/saved/manifest';

/** A dataset that is to be made of another one, and saved. */
export interface DatasetQuery {
  /** A dataset of the hub (`deepmind/code_contests`, `hub:NAME@REVISION`), a saved one (`data:NAME`), a file or a folder. */
  readonly source: string;
  /** Under which name it is saved. A dataset that has the name already is replaced, when the new one is whole. */
  readonly name: string;
  /** Only these splits. Default: all that the source has. */
  readonly splits?: readonly string[] | undefined;
  /** Solutions in other languages are left out. Default: none is. */
  readonly languages?: readonly ContestLanguage[] | undefined;
  /** Class labels (site, difficulty, languages) are saved by name instead of by number. */
  readonly translateReferences?: boolean | undefined;
  /** A share of the train split, above 0 and up to 1. All other splits stay whole. */
  readonly trainSample?: number | undefined;
  /** Of the sample. Default: 0. */
  readonly seed?: number | undefined;
}

/** How far the making of a dataset is. */
export interface DatasetProgress {
  readonly phase: 'download' | 'rows';
  /** The file, or the split. */
  readonly what: string;
  /** Bytes, or rows; `fresh`: those that this call brought, not what was there before. */
  readonly done: number;
  readonly fresh: number;
  readonly total: number;
}

export interface MakeDatasetOptions extends CallOptions {
  readonly onProgress?: (progress: DatasetProgress) => void;
  /** Called with lines for people: what is waited for, tried again, or worth knowing. */
  readonly onNote?: (line: string) => void;
}

/** Datasets of contest problems that are saved in the cache. */
export interface DatasetCalls {
  /**
   * Downloads or reads a dataset, filters, samples and saves it. Rejects with `invalid-config`, `not-found`,
   * `invalid-task` (a row that cannot be used) or `dataset-unavailable`, and then leaves everything as it was.
   */
  makeDataset(query: DatasetQuery, options: MakeDatasetOptions): Promise<DatasetManifest>;
  /** What every saved dataset holds and how it was made, by name. */
  listDatasets(options: CallOptions): Promise<readonly DatasetManifest[]>;
  /** Rejects with `not-found` when none has the name. Its tasks are the source `data:NAME[:SPLIT]`. */
  readDataset(name: string, options: CallOptions): Promise<DatasetManifest>;
}
