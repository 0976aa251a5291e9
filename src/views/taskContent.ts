import * as vscode from 'vscode';
import { contestStatement, isContestTask } from '../presentation/contestStatement';
import { isRepositoryTask, taskStatement } from '../presentation/taskStatement';
import { UserError } from '../presentation/userError';
import { validationReport } from '../presentation/validationReport';
import type { MleTask, Task } from '../runner/index';
import { isMleTask } from '../runner/model';
import type { Competitions } from './competitions/competitions';
import type { TasksModel } from './tasksModel';
import type { TaskValidations } from './taskValidations';

/** The author's solution of a task, or the tests that come with it. */
export type TaskPatch = 'gold' | 'test';

/** What stands in task files about a task, as documents. */
export class TaskContent {
  readonly #tasks: TasksModel;
  readonly #validations: TaskValidations;
  readonly #competitions: Competitions;

  constructor(
    tasks: TasksModel,
    validations: TaskValidations,
    { competitions }: { readonly competitions: Competitions },
  ) {
    this.#tasks = tasks;
    this.#validations = validations;
    this.#competitions = competitions;
  }

  /** What the task asks for; never how it is solved. */
  async statement(file: string, taskId: string): Promise<string> {
    const task = await this.#task(file, taskId);
    if (isMleTask(task)) return this.#competition(task);
    return isContestTask(task)
      ? contestStatement(task)
      : taskStatement(task, this.#validations.of(task));
  }

  async patch(file: string, taskId: string, which: TaskPatch): Promise<string> {
    const task = await this.#task(file, taskId);
    const own = isRepositoryTask(task) ? task : undefined;
    const patch = which === 'gold' ? own?.goldPatch : own?.testPatch;
    if (patch !== null && patch !== undefined && patch.trim() !== '') return patch;
    throw new UserError(
      which === 'gold'
        ? vscode.l10n.t('The task has no gold patch.')
        : vscode.l10n.t('The task has no test patch.'),
    );
  }

  async validationReport(): Promise<string> {
    await this.#tasks.load();
    await this.#validations.refresh();
    return validationReport(this.#tasks.tasks, (task) => this.#validations.of(task));
  }

  /** A competition, or a technique task on its data, as it is described and prepared here now. */
  async #competition({ competition, technique }: MleTask): Promise<string> {
    const [page, { competitionStatement, techniqueStatement }] = await Promise.all([
      this.#competitions.page(competition.id),
      import('../presentation/competitionStatement'),
    ]);
    if (technique === null)
      return competitionStatement(page, await this.#competitions.publicFiles(page));
    const infos = await this.#competitions.ask((runner) =>
      Promise.resolve(runner.listTechniqueTasks()),
    );
    const info = infos.find(({ name }) => name === technique);
    if (info === undefined)
      throw new UserError(vscode.l10n.t('There is no technique task {0}.', technique));
    return techniqueStatement(info, page);
  }

  async #task(file: string, taskId: string): Promise<Task> {
    await this.#tasks.loadSource(file);
    const task = this.#tasks.find(file, taskId);
    if (task !== undefined) return task;
    throw new UserError(vscode.l10n.t('The task {0} does not exist any more.', taskId));
  }
}
