import { lstat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TablePair } from '../../presentation/submissionTable';
import { shownExtras, shownRows, submissionTable } from '../../presentation/submissionTable';
import { UserError } from '../../presentation/userError';
import type { CompetitionConfig } from '../../runner/index';
import { openDiff } from '../diffs';
import type { Disposes } from '../disposables';
import { documentUri } from '../documents';
import type { TrialContent, TrialRef } from '../trialContent';
import type { CompetitionTrials } from './competitionTrials';
import { readTable } from './readTable';

export type TableSide = 'sample' | 'submission';

const rememberedPairs = 10;

/** Submissions beside the sample of their competition, as native diffs of two tables. */
export class SubmissionTables implements Disposes {
  readonly #content: TrialContent;
  readonly #trials: CompetitionTrials;
  readonly #abort = new AbortController();
  /** Both sides are made at once and asked for one after the other. The oldest goes first. */
  readonly #pairs = new Map<string, Promise<TablePair>>();

  constructor(content: TrialContent, trials: CompetitionTrials) {
    this.#content = content;
    this.#trials = trials;
  }

  async text(trial: TrialRef, side: TableSide): Promise<string> {
    return (await this.#pair(trial))[side];
  }

  async open(trial: TrialRef): Promise<void> {
    const { competition } = await this.#content.result(trial);
    if (competition?.submission_exists !== true)
      throw new UserError(vscode.l10n.t('The trial handed in no submission.'));
    const { plan } = await this.#content.state(trial);
    // Made here, so that what keeps it from being made is told rather than shown as an empty document.
    await this.#pair(trial);
    const uri = (side: TableSide): vscode.Uri =>
      documentUri(
        { kind: 'submission', run: trial.run.listing.runId, trial: trial.trialId, side },
        `${plan.task_id} ${side}.txt`,
      );
    const title = vscode.l10n.t('{0}: sample ↔ submission', plan.task_id);
    await openDiff(title, [
      { path: 'submission.csv', left: uri('sample'), right: uri('submission') },
    ]);
  }

  dispose(): void {
    this.#abort.abort();
  }

  #pair(trial: TrialRef): Promise<TablePair> {
    const key = `${trial.run.listing.runDir}\n${trial.trialId}`;
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    const pair = this.#read(trial);
    this.#pairs.set(key, pair);
    // What failed is tried again when it is asked for again.
    pair.catch(() => this.#pairs.delete(key));
    const [oldest] = this.#pairs.keys();
    if (this.#pairs.size > rememberedPairs && oldest !== undefined) this.#pairs.delete(oldest);
    return pair;
  }

  async #read(trial: TrialRef): Promise<TablePair> {
    const { config, data } = await this.#trials.page(trial);
    const { signal } = this.#abort;
    const idColumn = idColumnOf(config);
    let kept = 0;
    const sample = await readTable(path.join(data.public, config.dataset.sample_submission), {
      signal,
      keep: () => kept++ < shownRows,
    });
    const file = this.#trials.submissionFile(trial);
    const found = await lstat(file).catch(() => null);
    // An agent made it: a link in its place would show some other file of this machine.
    if (found?.isFile() !== true)
      throw new UserError(vscode.l10n.t('The trial handed in no submission.'));
    const keep = wantedRows(sample, idColumn);
    const submission = await readTable(file, { signal, keep });
    return submissionTable(sample, submission, { idColumn });
  }
}

function idColumnOf({ grader }: Pick<CompetitionConfig, 'grader'>): string | null {
  return 'metric' in grader ? grader.id_column : null;
}

/** Rows of a submission that the table can show: those of the sample's rows, and some that fit none. */
function wantedRows(
  sample: Awaited<ReturnType<typeof readTable>>,
  idColumn: string | null,
): (row: readonly string[], columns: readonly string[]) => boolean {
  const place = idColumn === null ? -1 : sample.columns.indexOf(idColumn);
  const ids = new Set(sample.rows.map((row) => row[place] ?? ''));
  let others = 0;
  return (row, columns) => {
    const own = idColumn === null ? -1 : columns.indexOf(idColumn);
    if (place !== -1 && own !== -1 && ids.has(row[own] ?? '')) return true;
    const most = place === -1 || own === -1 ? shownRows : shownExtras + 1;
    return others++ < most;
  };
}
