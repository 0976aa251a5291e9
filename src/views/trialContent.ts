import * as vscode from 'vscode';
import { UserError } from '../presentation/userError';
import type {
  PatchedFile,
  RepositoryTask,
  Runner,
  TrialFiles,
  TrialResult,
  TrialState,
} from '../runner/index';
import type { Core } from './core';
import type { RunEntry, RunsModel } from './runsModel';

/** One trial of a run, as it is named everywhere in the editor. */
export interface TrialRef {
  readonly run: RunEntry;
  readonly trialId: string;
}

/** Whose version of the repository's files: before, as the agent left them, or as the task's author did. */
export type PatchSide = 'trial' | 'gold';

const rememberedPatches = 20;

/** What stands in run folders and mirrors about a trial: patches, both sides of each file, logs. */
export class TrialContent {
  readonly #core: Core;
  readonly #model: RunsModel;
  readonly #abort = new AbortController();
  /** An ended trial does not change, so the files of its patch need no second look. The oldest goes first. */
  readonly #patched = new Map<string, Promise<readonly PatchedFile[]>>();

  constructor(core: Core, model: RunsModel) {
    this.#core = core;
    this.#model = model;
  }

  async byIds(runId: string, trialId: string): Promise<TrialRef> {
    const run = await this.#model.find(runId);
    if (run === undefined)
      throw new UserError(vscode.l10n.t('The run {0} does not exist any more.', runId));
    return { run, trialId };
  }

  async state({ run, trialId }: TrialRef): Promise<TrialState> {
    const trial = (await this.#model.read(run))?.trials.get(trialId);
    if (trial === undefined)
      throw new UserError(vscode.l10n.t('The trial {0} does not exist any more.', trialId));
    return trial;
  }

  /** The result of a trial that ended; tells the user when it did not. */
  async result(trial: TrialRef): Promise<TrialResult> {
    const { result } = await this.state(trial);
    if (result === null) throw new UserError(vscode.l10n.t('The trial has not ended yet.'));
    return result;
  }

  async files(trial: TrialRef): Promise<TrialFiles> {
    return this.#ask(trial, (runner, runDir, signal) =>
      runner.readTrial(runDir, trial.trialId, { signal }),
    );
  }

  async log(trial: TrialRef, stage: string): Promise<string | null> {
    return this.#ask(trial, (runner, runDir, signal) =>
      runner.readTrialLog(runDir, trial.trialId, stage, { signal }),
    );
  }

  /** All that a tool said at a step, by the file that its step names. */
  async stepOutput(trial: TrialRef, file: string): Promise<string> {
    return this.#ask(trial, (runner, runDir, signal) =>
      runner.readStepOutput(runDir, trial.trialId, file, { signal }),
    );
  }

  async task(trial: TrialRef): Promise<RepositoryTask> {
    const { plan } = await this.state(trial);
    const task = await this.#ask(trial, (runner, runDir, signal) =>
      runner.readRunTask(runDir, plan.task_id, { signal }),
    );
    if (task === null) {
      throw new UserError(
        vscode.l10n.t('The run folder does not hold the task {0} any more.', plan.task_id),
      );
    }
    return task;
  }

  /** The patch of a side, as text. Rejects where there is none, and for gold while the trial goes on. */
  async patch(trial: TrialRef, side: PatchSide): Promise<string> {
    // An author's solution that is shown before the end would spoil what a person or an agent is trying.
    await this.result(trial);
    const files = await this.files(trial);
    const patch = side === 'gold' ? files.goldPatch : (files.appliedPatch ?? files.patch);
    if (patch !== null && patch.trim() !== '') return patch;
    throw new UserError(
      side === 'gold'
        ? vscode.l10n.t('The task has no gold patch.')
        : vscode.l10n.t('The trial handed in no patch.'),
    );
  }

  /** Both sides of every file of a patch. Needs a mirror of the repository, so a workspace that is trusted. */
  patched(trial: TrialRef, side: PatchSide): Promise<readonly PatchedFile[]> {
    const key = `${trial.run.listing.runDir}\n${trial.trialId}\n${side}`;
    const known = this.#patched.get(key);
    if (known !== undefined) return known;
    const files = this.#patch(trial, side);
    this.#patched.set(key, files);
    // What failed is tried again when it is asked for again.
    files.catch(() => this.#patched.delete(key));
    const [oldest] = this.#patched.keys();
    if (this.#patched.size > rememberedPatches && oldest !== undefined)
      this.#patched.delete(oldest);
    return files;
  }

  /** A file as the trial's tests saw it: the agent's patch, then the task's own tests. null: not there. */
  async testedFile(trial: TrialRef, path: string): Promise<string | null> {
    const [task, files] = await Promise.all([this.task(trial), this.files(trial)]);
    const own = files.appliedPatch ?? files.patch;
    const patches = [own, files.testPatch].filter((patch) => patch !== null && patch.trim() !== '');
    return this.#ask(trial, (runner, _runDir, signal) =>
      runner.repositoryFile(
        { repo: task.repo, ref: task.ref, path, patches: patches.filter(isText) },
        { signal },
      ),
    );
  }

  dispose(): void {
    this.#abort.abort();
  }

  async #patch(trial: TrialRef, side: PatchSide): Promise<readonly PatchedFile[]> {
    const [task, patch] = await Promise.all([this.task(trial), this.patch(trial, side)]);
    if (!vscode.workspace.isTrusted) {
      throw new UserError(
        vscode.l10n.t('Trust this workspace to see patches beside their repository.'),
      );
    }
    return this.#ask(trial, (runner, _runDir, signal) =>
      runner.patchedFiles({ repo: task.repo, ref: task.ref, patches: [patch] }, { signal }),
    );
  }

  async #ask<T>(
    { run }: TrialRef,
    ask: (runner: Runner, runDir: string, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return ask(await this.#core.runner(), run.listing.runDir, this.#abort.signal);
  }
}

function isText(value: string | null): value is string {
  return value !== null;
}
