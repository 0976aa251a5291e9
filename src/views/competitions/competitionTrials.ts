import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../presentation/userError';
import type { CompetitionPage, CompetitionPlace, MleTask } from '../../runner/index';
import { isMleTask } from '../../runner/model';
import type { RunEntry, RunsModel } from '../runsModel';
import type { TrialContent, TrialRef } from '../trialContent';
import type { Competitions } from './competitions';

/** Which competition a trial is about, and what it handed in. */
export class CompetitionTrials {
  readonly #competitions: Competitions;
  readonly #runs: RunsModel;
  readonly #content: TrialContent;

  constructor(
    competitions: Competitions,
    { runs, content }: { readonly runs: RunsModel; readonly content: TrialContent },
  ) {
    this.#competitions = competitions;
    this.#runs = runs;
    this.#content = content;
  }

  /** The trial's task, as it was when its run started. */
  async task(trial: TrialRef): Promise<MleTask> {
    const { plan } = await this.#content.state(trial);
    const { runDir } = trial.run.listing;
    const tasks = await this.#competitions.ask((runner, { signal }) =>
      runner.readRunTasks(runDir, { signal }),
    );
    const task = tasks.find(({ taskId }) => taskId === plan.task_id);
    if (task !== undefined && isMleTask(task)) return task;
    throw new UserError(vscode.l10n.t('{0} is no task of MLE-bench.', plan.task_id));
  }

  /** Its competition, with the data that its run used. */
  async page(trial: TrialRef): Promise<CompetitionPage> {
    const { competition } = await this.task(trial);
    return this.#competitions.page(competition.id, await this.placeOf(trial.run));
  }

  /** Where a run's competitions and their data were. */
  async placeOf(run: RunEntry): Promise<CompetitionPlace> {
    return (await this.#runs.read(run))?.plan?.config.mle ?? this.#competitions.place;
  }

  submissionFile({ run, trialId }: TrialRef): string {
    return path.join(run.listing.runDir, path.basename(trialId), 'submission', 'submission.csv');
  }
}
