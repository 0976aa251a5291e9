import { describe, expect, it } from 'vitest';
import type { SessionRun } from '../../../src/agentTools/index';
import { TaskSessions } from '../../../src/agentTools/index';
import type { RunState, TaskSession } from '../../../src/runner/index';
import { RunnerError } from '../../../src/runner/model';
import { planOf, Story } from '../presentation/fixtures';

const plan = planOf('repo__a');
const never = new AbortController().signal;

function sessionOf(taskId: string): TaskSession {
  return {
    runDir: `/runs/${taskId}`,
    trialId: `${taskId}_0`,
    taskId,
    brief: { statement: 'Mend it.', workdir: '/w', rules: 'By its tests.' },
    deadline: '2026-01-31T09:00:00.000Z',
    tools: [],
    call: () => Promise.resolve({ ok: true, text: 'done' }),
    shellCommand: () => null,
    ended: new Promise(() => undefined),
  };
}

/** A run that ends when it is told to, or cancelled. */
class Run implements SessionRun {
  end: (state: RunState) => void = () => undefined;
  cancelled = false;
  readonly ended = new Promise<RunState>((resolve) => (this.end = resolve));

  cancel(): void {
    this.cancelled = true;
    this.end(new Story([plan]).state);
  }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('tasks that are worked on through tools', () => {
  it('are open from the moment that they are ready until their run ends', async () => {
    const run = new Run();
    const sessions = new TaskSessions((_config, { onSession }) => {
      onSession(sessionOf('repo__a'));
      return Promise.resolve(run);
    });
    const task = await sessions.open({}, { signal: never });
    expect(sessions.get(undefined)).toBe(task);
    expect(sessions.isOpen('repo__a')).toBe(true);
    expect(sessions.isOpen('repo__b')).toBe(false);
    run.end(new Story([plan]).state);
    await settled();
    expect(sessions.isOpen('repo__a')).toBe(false);
    expect(() => sessions.get(undefined)).toThrow(/No task is open/);
  });

  it('have to be named when there are several', async () => {
    let n = 0;
    const sessions = new TaskSessions((_config, { onSession }) => {
      n += 1;
      onSession(sessionOf(`repo__${n}`));
      return Promise.resolve(new Run());
    });
    await sessions.open({}, { signal: never });
    const second = await sessions.open({}, { signal: never });
    expect(() => sessions.get(undefined)).toThrow(
      'Name the session: task-1 (repo__1), task-2 (repo__2).',
    );
    expect(sessions.get('task-2')).toBe(second);
    expect(() => sessions.get('task-9')).toThrow(/Name the session/);
  });

  it('that cannot be made say why', async () => {
    const state = new Story([plan])
      .start(plan.trial_id)
      .end(plan, { status: 'infra_failure', detail: 'the image is gone' }).state;
    const sessions = new TaskSessions(() => {
      const run = new Run();
      run.end(state);
      return Promise.resolve(run);
    });
    const opened = sessions.open({}, { signal: never });
    await expect(opened).rejects.toThrow('The task could not be opened: the image is gone.');
    await opened.catch((error: unknown) => {
      expect(RunnerError.is(error, 'not-found')).toBe(true);
    });
  });

  it('that nobody waits for any more are cancelled', async () => {
    const run = new Run();
    const controller = new AbortController();
    const sessions = new TaskSessions(() => Promise.resolve(run));
    const opened = sessions.open({}, { signal: controller.signal });
    await settled();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(opened).rejects.toBe(reason);
    expect(run.cancelled).toBe(true);
  });

  it('are all cancelled at the end', async () => {
    const runs: Run[] = [];
    const sessions = new TaskSessions((_config, { onSession }) => {
      const run = new Run();
      runs.push(run);
      onSession(sessionOf(`repo__${runs.length}`));
      return Promise.resolve(run);
    });
    await sessions.open({}, { signal: never });
    await sessions.open({}, { signal: never });
    await sessions.close();
    expect(runs.map(({ cancelled }) => cancelled)).toEqual([true, true]);
    expect(sessions.all).toEqual([]);
  });
});
