import type { RunConfigInput, RunState, TaskSession } from '../runner/index';
import { RunnerError } from '../runner/model';

/** A run of the agent `human` that was started for a session. */
export interface SessionRun {
  /** The run's last state. Never rejects while the run can go on; a run that cannot rejects. */
  readonly ended: Promise<RunState>;
  cancel(): void;
}

/** Starts a run as its face does, so that it is seen like any other. `onSession` is called when its task is ready. */
export type StartSessionRun = (
  config: RunConfigInput,
  options: { readonly signal: AbortSignal; readonly onSession: (session: TaskSession) => void },
) => Promise<SessionRun>;

/** A task that is worked on through tools. */
export interface OpenTask {
  /** What tools name it by. */
  readonly id: string;
  readonly session: TaskSession;
  readonly run: SessionRun;
}

/** The tasks that are worked on through tools of one face. */
export class TaskSessions {
  readonly #start: StartSessionRun;
  readonly #open = new Map<string, OpenTask>();
  #count = 0;

  constructor(start: StartSessionRun) {
    this.#start = start;
  }

  get all(): readonly OpenTask[] {
    return [...this.#open.values()];
  }

  isOpen(taskId: string): boolean {
    return this.all.some(({ session }) => session.taskId === taskId);
  }

  /**
   * Starts a run of one task and resolves when it can be worked on.
   *
   * @throws `not-found` when the run ended before (its environment could not be made), `signal.reason` on cancel
   */
  async open(
    config: RunConfigInput,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<OpenTask> {
    let ready: (session: TaskSession) => void = () => undefined;
    const session = new Promise<TaskSession>((resolve) => (ready = resolve));
    const run = await this.#start(config, { signal, onSession: ready });
    const cancel = (): void => {
      run.cancel();
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const first = await Promise.race([session, run.ended]);
      signal.throwIfAborted();
      if ('trials' in first) throw new RunnerError('not-found', whyNotReady(first));
      return this.#keep(first, run);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /**
   * The open task with this id; without one, the only one.
   *
   * @throws `not-found`
   */
  get(id: string | undefined): OpenTask {
    const open = this.all;
    const found = id === undefined ? open : open.filter((task) => task.id === id);
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    const names = open.map((task) => `${task.id} (${task.session.taskId})`).join(', ');
    throw new RunnerError(
      'not-found',
      open.length === 0
        ? 'No task is open. Open one with benchyard_open_task first.'
        : `Name the session: ${names}.`,
    );
  }

  /** Ends what is still open; resolves when its runs ended. */
  async close(): Promise<void> {
    const open = this.all;
    for (const { run } of open) run.cancel();
    await Promise.allSettled(open.map(({ run }) => run.ended));
  }

  #keep(session: TaskSession, run: SessionRun): OpenTask {
    this.#count += 1;
    const task = { id: `task-${this.#count}`, session, run };
    this.#open.set(task.id, task);
    const forget = (): void => {
      this.#open.delete(task.id);
    };
    run.ended.then(forget, forget);
    return task;
  }
}

function whyNotReady(state: RunState): string {
  const [trial] = state.trials.values();
  const why = trial?.result?.detail ?? trial?.result?.cause ?? state.phase;
  return `The task could not be opened: ${why}.`;
}
