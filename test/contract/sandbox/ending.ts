import { expect, test } from 'vitest';
import type { Sandbox } from '../../../src/runner/sandbox/sandbox';
import { never } from '../../support/temp';
import { living, python, run, sh } from './setup';

/** Started by hostile programs to outlive their time: each writes the pids of what it leaves behind to `pids`. */
const escapes = {
  'a background child': 'sleep 300 & echo $! >> pids; sleep 300',
  'a grandchild': 'sh -c "sh -c \'echo \\$\\$ >> pids; sleep 300; true\'; true"; true',
  'a child that ignores SIGTERM':
    '(trap "" TERM HUP INT; echo $$ >> pids; while :; do sleep 1; done)',
  'a session of its own (setsid)': "setsid sh -c 'echo $$ >> pids; sleep 300; true' & sleep 300",
  'a stopped child': 'sleep 300 & echo $! >> pids; kill -STOP $!; sleep 300',
};

const doubleFork = [
  'import os, time',
  'if os.fork() == 0:',
  '    os.setsid()',
  '    if os.fork() == 0:',
  '        os.setsid()',
  '        open("pids", "a").write("%d\\n" % os.getpid())',
  '        for fd in range(3): os.close(fd)',
  '        time.sleep(300)',
  '    os._exit(0)',
  'os.wait()',
  'time.sleep(300)',
].join('\n');

/** How commands are ended: by their limit, by cancelling, by memory. */
export function endingContract(box: () => Sandbox): void {
  test('the time limit is a result of its own, with the output until then', async () => {
    const result = await sh(box(), 'echo before; sleep 300; echo after', { timeoutMs: 400 });
    expect(result).toMatchObject({ cause: 'timeout', exitCode: null, out: 'before\n' });
    expect(result.durationMs).toBeGreaterThanOrEqual(400);
  });

  for (const [name, script] of Object.entries(escapes)) {
    test(`the time limit also ends ${name}`, async () => {
      await sh(box(), 'rm -f pids');
      expect((await sh(box(), script, { timeoutMs: 600 })).cause).toBe('timeout');
      expect((await sh(box(), 'cat pids')).out).toMatch(/\d/);
      expect(await living(box(), 'pids')).toEqual([]);
    });
  }

  test('the time limit also ends a daemon that forked twice', async () => {
    await sh(box(), 'rm -f pids');
    expect((await python(box(), doubleFork, { timeoutMs: 1000 })).cause).toBe('timeout');
    expect((await sh(box(), 'cat pids')).out).toMatch(/\d/);
    expect(await living(box(), 'pids')).toEqual([]);
  });

  test('the time limit of one command spares what an earlier one left in the background', async () => {
    await sh(box(), 'setsid sleep 300 & echo $! > server.pid; sleep 0.1');
    expect((await sh(box(), 'sleep 300', { timeoutMs: 200 })).cause).toBe('timeout');
    expect(await living(box(), 'server.pid')).toHaveLength(1);
    await sh(box(), 'kill -9 $(cat server.pid)');
  });

  test('the time limit of one command spares those that run beside it', async () => {
    const [beside, ended] = await Promise.all([
      sh(box(), 'sleep 1; echo whole'),
      sh(box(), 'sleep 300', { timeoutMs: 300 }),
    ]);
    expect(ended.cause).toBe('timeout');
    expect(beside).toMatchObject({ cause: 'exited', out: 'whole\n' });
  });

  test('a flood ends the whole tree', async () => {
    await sh(box(), 'rm -f pids');
    const script = 'sleep 300 & echo $! >> pids; yes';
    expect((await sh(box(), script, { floodLimitBytes: 100_000 })).cause).toBe('output_limit');
    expect(await living(box(), 'pids')).toEqual([]);
  });

  test('cancelling rejects with the reason, and what ran is dead by then', async () => {
    await sh(box(), 'rm -f pids');
    const stop = new AbortController();
    const reason = new Error('enough');
    const running = sh(box(), 'setsid sleep 300 & echo $! >> pids; echo up; sleep 300', {
      signal: stop.signal,
      onOutput: () => {
        stop.abort(reason);
      },
    });
    await expect(running).rejects.toBe(reason);
    expect((await sh(box(), 'cat pids')).out).toMatch(/\d/);
    expect(await living(box(), 'pids')).toEqual([]);
  });

  test('a command whose signal is aborted already does not run', async () => {
    const reason = new Error('too late');
    await expect(sh(box(), 'touch ran', { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect((await sh(box(), 'test -e ran')).exitCode).toBe(1);
  });

  test('cancelling one command spares those that run beside it', async () => {
    const stop = new AbortController();
    const cancelled = sh(box(), 'echo up; sleep 300', {
      signal: stop.signal,
      onOutput: () => {
        stop.abort();
      },
    });
    const beside = sh(box(), 'sleep 0.7; echo whole');
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect(await beside).toMatchObject({ cause: 'exited', out: 'whole\n' });
  });

  test('the sandbox is as good as before after every kind of end', async () => {
    expect(await run(box(), ['echo', 'fine'])).toMatchObject({ cause: 'exited', out: 'fine\n' });
  });

  test('exit code 137 and a SIGKILL of its own are not called out of memory', async () => {
    expect(await sh(box(), 'exit 137')).toMatchObject({ cause: 'exited', exitCode: 137 });
    expect(await sh(box(), 'kill -9 $$')).toMatchObject({ cause: 'signalled', signal: 'SIGKILL' });
  });

  test('stdin that is still being sent does not keep a cancelled command', async () => {
    const stop = new AbortController();
    const running = sh(box(), 'echo up; sleep 300', {
      stdin: new Uint8Array(8 * 1024 ** 2),
      signal: stop.signal,
      onOutput: () => {
        stop.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect((await box().exec(['true'], { timeoutMs: 5000, signal: never })).exitCode).toBe(0);
  });
}
