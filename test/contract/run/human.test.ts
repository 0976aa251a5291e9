import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { RunHandle, TaskSession } from '../../../src/runner/index';
import type { RunConfigInput, TrajectoryStep } from '../../../src/runner/model';
import {
  calculator,
  fixedCalculator,
  TestRepository,
  writeTasks,
} from '../../support/repositories';
import { Bench, patient } from '../../support/runs';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { never } from '../../support/temp';

const signal = never;

interface Offered {
  readonly handle: RunHandle;
  /** The next session that is offered. */
  readonly next: () => Promise<TaskSession>;
}

describeOnEverySandbox('the agent human', (sandbox) => {
  let repository: TestRepository;
  const bench = Bench.use(sandbox, async ({ folder }) => {
    repository = await TestRepository.make(`${folder}/calculator`, calculator);
  });

  async function offer(
    taskIds: readonly string[],
    config: RunConfigInput = {},
    stop: AbortSignal = never,
  ): Promise<Offered> {
    const ref = await repository.head();
    const patch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
    const rows = taskIds.map((id) => ({
      task_id: id,
      repo: repository.path,
      ref,
      patch,
      problem_statement: `add is wrong (${id}).`,
      timeouts: patient,
    }));
    const offered: TaskSession[] = [];
    const waiting: ((session: TaskSession) => void)[] = [];
    const handle = await bench.runner.startRun(
      {
        tasks: [await writeTasks(bench.folder, rows)],
        sandbox,
        agent: 'human',
        out: `${bench.folder}/runs`,
        concurrency: 2,
        ...config,
      },
      {
        signal: stop,
        observer: {
          onSession: (session) => {
            const taker = waiting.shift();
            if (taker === undefined) offered.push(session);
            else taker(session);
          },
        },
      },
    );
    return {
      handle,
      next: () => {
        const there = offered.shift();
        return there === undefined
          ? new Promise((resolve) => waiting.push(resolve))
          : Promise.resolve(there);
      },
    };
  }

  async function stepsOf(runDir: string, trialId: string): Promise<readonly TrajectoryStep[]> {
    const summaries = await bench.runner.readSteps(runDir, trialId, { signal });
    return await bench.runner.readStepBodies(runDir, trialId, summaries, { signal });
  }

  const edit = {
    path: 'calc/__init__.py',
    old_text: 'return a - b',
    new_text: 'return a + b',
  };

  test('works with the tools, hands in, and is graded like any agent', async () => {
    const { handle, next } = await offer(['one']);
    const session = await next();
    expect(session).toMatchObject({ runDir: handle.runDir, trialId: 'one_0', taskId: 'one' });
    expect(session.brief.statement).toBe('add is wrong (one).');
    expect(Date.parse(session.deadline)).toBeGreaterThan(Date.now());
    const names = session.tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['read_file', 'edit_file', 'submit']));

    expect(await session.call('edit_file', edit, { signal })).toMatchObject({ ok: true });
    const tests = await session.call('swe_pytest', {}, { signal });
    expect(tests.text).toContain('2 passed');
    expect(await session.call('submit', {}, { signal })).toMatchObject({ ok: true });
    await session.ended;

    const { results } = await handle.done;
    expect(results).toMatchObject([
      { status: 'passed', agent: 'human', exit_status: 'submitted', usage: null },
    ]);
    const steps = await stepsOf(handle.runDir, 'one_0');
    expect(steps.map((step) => (step.kind === 'tool' ? step.tool : step.kind))).toEqual([
      'message',
      'edit_file',
      'swe_pytest',
      'submit',
      'end',
    ]);
    expect(steps[1]?.tree).toMatch(/^[0-9a-f]{40}$/);
  });

  test('what is typed in the sandbox’s own shell counts', async () => {
    const { handle, next } = await offer(['typed']);
    const session = await next();
    await typed(session, "sed -i 's/a - b/a + b/' calc/__init__.py");
    await session.call('submit', undefined, { signal });
    expect((await handle.done).results).toMatchObject([{ status: 'passed' }]);
    // The change was nobody's call, so the step that found it has it.
    const steps = await stepsOf(handle.runDir, 'typed_0');
    const submit = steps.find((step) => step.kind === 'tool' && step.tool === 'submit');
    expect(submit?.tree).toMatch(/^[0-9a-f]{40}$/);
  });

  test('what goes wrong is an answer, and a session that is over says so', async () => {
    const { handle, next } = await offer(['wrong']);
    const session = await next();
    const call = (name: string, args: unknown): ReturnType<TaskSession['call']> =>
      session.call(name, args, { signal });
    expect(await call('fly', {})).toMatchObject({
      ok: false,
      text: expect.stringContaining('There is no tool "fly"') as string,
    });
    expect(await call('edit_file', { path: 3 })).toMatchObject({ ok: false });
    expect(await call('edit_file', 'no object')).toMatchObject({ ok: false });
    expect(await call('shell', { command: 'exit 3' })).toMatchObject({ ok: false });
    const reason = new Error('changed my mind');
    const aborted = session.call('read_file', edit, { signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
    await call('submit', {});
    await session.ended;
    expect(await call('read_file', edit)).toMatchObject({
      ok: false,
      text: expect.stringContaining('over') as string,
    });
    expect((await handle.done).results).toMatchObject([{ status: 'empty_patch' }]);
  });

  test('a call that is cancelled midway leaves the session usable', async () => {
    const { handle, next } = await offer(['cancel']);
    const session = await next();
    const stop = new AbortController();
    const reason = new Error('enough');
    const endless = session.call('shell', { command: 'touch /tmp/began; sleep 300' }, stop);
    await typed(session, 'until test -e /tmp/began; do sleep 0.02; done');
    stop.abort(reason);
    await expect(endless).rejects.toBe(reason);
    expect(await session.call('edit_file', edit, { signal })).toMatchObject({ ok: true });
    await session.call('submit', {}, { signal });
    expect((await handle.done).results).toMatchObject([{ status: 'passed' }]);
  });

  test('when the time is over, what is there is handed in', async () => {
    const { handle, next } = await offer(['late'], { timeouts: { agent: 3 } });
    const session = await next();
    await session.call('edit_file', edit, { signal });
    const cutOff = session.call('shell', { command: 'sleep 300', timeout_s: 300 }, { signal });
    await session.ended;
    expect(await cutOff).toMatchObject({ ok: false });
    expect((await handle.done).results).toMatchObject([{ status: 'passed', exit_status: 'time' }]);
  });

  test('two sessions at once do not meet', async () => {
    const { handle, next } = await offer(['left', 'right']);
    const sessions = [await next(), await next()];
    const [left, right] = ['left', 'right'].map((id) =>
      sessions.find((session) => session.taskId === id),
    );
    if (left === undefined || right === undefined) throw new Error('a session is missing');
    await Promise.all([
      left.call('edit_file', edit, { signal }),
      right.call('shell', { command: 'echo x > note.txt' }, { signal }),
    ]);
    const there = await left.call('list_files', {}, { signal });
    expect(there.text).not.toContain('note.txt');
    await Promise.all([left.call('submit', {}, { signal }), right.call('submit', {}, { signal })]);
    const { results } = await handle.done;
    expect(Object.fromEntries(results.map(({ task_id: id, status }) => [id, status]))).toEqual({
      left: 'passed',
      right: 'failed',
    });
  });

  test('cancelling the run ends its sessions', async () => {
    const stop = new AbortController();
    const { handle, next } = await offer(['stopped'], {}, stop.signal);
    const session = await next();
    stop.abort(new Error('stop'));
    await session.ended;
    expect(await session.call('submit', {}, { signal })).toMatchObject({ ok: false });
    expect((await handle.done).results).toMatchObject([
      { status: 'cancelled', exit_status: 'cancelled' },
    ]);
  });
});

/** Types into a shell of the session's sandbox, as a person would. */
async function typed(session: TaskSession, lines: string): Promise<void> {
  const [program = '', ...args] = session.shellCommand() ?? [];
  const shell = spawn(
    program,
    args.map((argument) => (argument === '-it' ? '-i' : argument)),
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  shell.stdin.end(`${lines}\n`);
  expect(await once(shell, 'close')).toEqual([0, null]);
}
