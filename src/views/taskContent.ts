import * as vscode from 'vscode';
import { contestStatement, isContestTask } from '../presentation/contestStatement';
import { isRepositoryTask, taskStatement } from '../presentation/taskStatement';
import { UserError } from '../presentation/userError';
import { validationReport } from '../presentation/validationReport';
import type { Task } from '../runner/index';
import type { TasksModel } from './tasksModel';
import type { TaskValidations } from './taskValidations';

/** The author's solution of a task, or the tests that come with it. */
export type TaskPatch = 'gold' | 'test';

/** What stands in task files about a task, as documents. */
export class TaskContent {
  readonly #tasks: TasksModel;
  readonly #validations: TaskValidations;

  constructor(tasks: TasksModel, validations: TaskValidations) {
    this.#tasks = tasks;
    this.#validations = validations;
  }

  /** What the task asks for; never how it is solved. */
  async statement(file: string, taskId: string): Promise<string> {
    const task = await this.#task(file, taskId);
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

  async #task(file: string, taskId: string): Promise<Task> {
    await this.#tasks.loadSource(file);
    const task = this.#tasks.find(file, taskId);
    if (task !== undefined) return task;
    throw new UserError(vscode.l10n.t('The task {0} does not exist any more.', taskId));
  }
}
