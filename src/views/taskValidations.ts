import * as vscode from 'vscode';
import type { ValidationMark } from '../presentation/taskTree';
import type { Task, TaskState, TaskValidation } from '../runner/index';
import type { Core } from './core';
import type { Disposes } from './disposables';
import { DisposableStore } from './disposables';
import type { ShowError } from './showError';
import type { TasksModel } from './tasksModel';

export interface TaskValidationsOptions {
  readonly core: Core;
  readonly tasks: TasksModel;
  readonly showError: ShowError;
}

/** What validation found of the listed tasks; read when the tasks are, and again when somebody validated some. */
export class TaskValidations implements Disposes {
  readonly #options: TaskValidationsOptions;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  readonly #abort = new AbortController();
  #found: ReadonlyMap<string, TaskValidation> = new Map();
  #reading: Promise<void> = Promise.resolve();
  #wanted = 0;

  readonly onDidChange = this.#changed.event;

  constructor(options: TaskValidationsOptions) {
    this.#options = options;
    this.#store.add(
      options.tasks.onDidChange(() => {
        this.#readAgain();
      }),
    );
    this.#store.add(
      options.tasks.onDidValidate(() => {
        this.#readAgain();
      }),
    );
  }

  /** What was found of the listed tasks, in their order. */
  get all(): readonly TaskValidation[] {
    return this.#options.tasks.tasks.flatMap((task) => this.of(task) ?? []);
  }

  of({ taskId }: Pick<Task, 'taskId'>): TaskValidation | undefined {
    return this.#found.get(taskId);
  }

  markOf(task: Pick<Task, 'taskId'>): ValidationMark {
    return markOf(this.of(task)?.state);
  }

  /** Reads what was found. Calls that come while one goes on are answered by the one that follows it. */
  refresh(): Promise<void> {
    this.#wanted += 1;
    const wanted = this.#wanted;
    this.#reading = this.#reading
      .catch(() => undefined) // was told by whoever waited for it
      .then(() => (wanted === this.#wanted ? this.#read() : undefined));
    return this.#reading;
  }

  dispose(): void {
    this.#abort.abort();
    this.#store.dispose();
  }

  #readAgain(): void {
    this.refresh().catch((error: unknown) => {
      if (!this.#abort.signal.aborted) this.#options.showError(error);
    });
  }

  async #read(): Promise<void> {
    const { core, tasks } = this.#options;
    const runner = await core.runner();
    this.#found = await runner.readValidations(tasks.tasks, { signal: this.#abort.signal });
    this.#changed.fire();
  }
}

function markOf(state: TaskState | undefined): ValidationMark {
  return state === undefined || state === 'unknown' ? 'not validated' : state;
}
