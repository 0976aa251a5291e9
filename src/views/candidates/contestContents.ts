import * as vscode from 'vscode';
import { contestTestsPage, isContestTask } from '../../presentation/contestStatement';
import { UserError } from '../../presentation/userError';
import type { ContestTask, ContestTest, TestKind, TrialCandidate } from '../../runner/index';
import type { Core } from '../core';
import type { Disposes } from '../disposables';
import type { TasksModel } from '../tasksModel';
import type { TrialRef } from '../trialContent';

const rememberedKinds = 8;

/** Tests and candidates of contest tasks, read when somebody asks for them. */
export class ContestContents implements Disposes {
  readonly #core: Core;
  readonly #tasks: TasksModel;
  readonly #abort = new AbortController();
  /** A dialog asks for one test after the other. The oldest goes first. */
  readonly #tests = new Map<string, Promise<readonly ContestTest[]>>();

  constructor(core: Core, tasks: TasksModel) {
    this.#core = core;
    this.#tasks = tasks;
    this.#tasks.onDidChange(() => {
      this.#tests.clear();
    });
  }

  /** The contest tasks of the workspace's sources. */
  async tasks(): Promise<readonly ContestTask[]> {
    await this.#tasks.loadAll();
    return this.#tasks.tasks.filter(isContestTask);
  }

  async task(file: string, taskId: string): Promise<ContestTask> {
    await this.#tasks.loadSource(file);
    const task = this.#tasks.find(file, taskId);
    if (task !== undefined && isContestTask(task)) return task;
    throw new UserError(vscode.l10n.t('The task {0} does not exist any more.', taskId));
  }

  async tests(task: ContestTask, kind: TestKind): Promise<readonly ContestTest[]> {
    if (task.style === 'program') return [];
    const key = [task.source.file, task.taskId, kind].join('\n');
    const known = this.#tests.get(key);
    if (known !== undefined) return known;
    const read = this.#read(task, kind);
    this.#tests.set(key, read);
    // What failed is tried again when it is asked for again.
    read.catch(() => this.#tests.delete(key));
    const [oldest] = this.#tests.keys();
    if (this.#tests.size > rememberedKinds && oldest !== undefined) this.#tests.delete(oldest);
    return read;
  }

  /** One side of a test, for its document. */
  async testText(
    task: ContestTask,
    { kind, index }: { readonly kind: TestKind; readonly index: number },
    side: 'input' | 'output',
  ): Promise<string> {
    return (await this.tests(task, kind))[index]?.[side] ?? '';
  }

  /** The tests of a kind as a page. */
  async page(place: {
    readonly file: string;
    readonly task: string;
    readonly tests: TestKind;
  }): Promise<string> {
    const task = await this.task(place.file, place.task);
    return contestTestsPage(task, place.tests, await this.tests(task, place.tests));
  }

  /** What a trial handed in, with what became of each; tells the user when it is nothing. */
  async candidates({ run, trialId }: TrialRef): Promise<readonly TrialCandidate[]> {
    const runner = await this.#core.runner();
    const { signal } = this.#abort;
    const candidates = await runner.readCandidates(run.listing.runDir, trialId, { signal });
    if (candidates.length === 0)
      throw new UserError(vscode.l10n.t('The trial handed in no candidate.'));
    return candidates;
  }

  dispose(): void {
    this.#abort.abort();
  }

  async #read(task: ContestTask, kind: TestKind): Promise<readonly ContestTest[]> {
    const runner = await this.#core.runner();
    const { signal } = this.#abort;
    const query = { kinds: [kind], solutions: false, signal };
    return (await runner.readContestContent(task, query)).tests[kind];
  }
}
