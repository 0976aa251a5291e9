import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { PlacedEvent } from '../../../src/sdk';
import { Client } from '../../../src/sdk';
import { cli, CliProcess, leftBehind, until } from '../../support/cli';
import { anySandbox, describeServer, endless, quick, TinyTasks } from '../../support/server';
import { testCache, warmUp } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';

/** Servers as programs, which are ended in every way. */
describeServer('runs survive their server', () => {
  let folder: { path: string } & AsyncDisposable;
  let tasks: TinyTasks;
  let client: Client;
  let tokenFile: string;
  let env: Record<string, string>;
  const running = new Set<CliProcess>();

  beforeAll(async () => {
    folder = await temporaryFolder();
    tokenFile = path.join(folder.path, 'state/server.json');
    env = { BENCHYARD_CACHE: await testCache(folder.path), BENCHYARD_TOKEN_FILE: tokenFile };
    await warmUp(anySandbox, testHost(folder.path));
    tasks = await TinyTasks.make(folder.path);
    client = new Client({ tokenFile });
  });
  afterEach(async () => {
    for (const process of running) await end(process, 'SIGKILL');
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  async function start(...args: readonly string[]): Promise<CliProcess> {
    const process = new CliProcess(['serve', '--port', '0', ...args], { cwd: folder.path, env });
    running.add(process);
    await process.says(/^told to clients in /m);
    return process;
  }

  async function end(process: CliProcess, signal: NodeJS.Signals): Promise<number | null> {
    process.child.kill(signal);
    running.delete(process);
    return (await process.ended).status;
  }

  const isRunning = async (id: string): Promise<boolean> =>
    (await client.getRun(id)).totals.running > 0;
  const startedAt = async (id: string): Promise<number> =>
    Date.parse((await client.getRun(id)).started_at ?? '');

  test('that is killed: what ran goes on first, then what waited, in its order', async () => {
    const first = await start();
    const file = await tasks.write(3);
    const interrupted = await client.run(endless(file));
    const queued = [await client.run(quick(file)), await client.run(quick(file))] as const;
    const cancelled = await client.run(quick(file));
    await client.cancel(cancelled);
    // A run that a person stopped is not the server's.
    const byHand = await runAndStop(file);
    await until(() => isRunning(interrupted));

    const asked = vi.spyOn(globalThis, 'fetch');
    const waited = client.waitForCompletion(queued[1]);
    // Only who has found the run waits beyond the end of the server.
    const events = `/runs/${queued[1]}/events`;
    await until(() =>
      asked.mock.calls.some(([url]) => typeof url === 'string' && url.endsWith(events)),
    );
    asked.mockRestore();
    expect(await end(first, 'SIGKILL')).toBeNull();
    const second = await start();
    await second.says(/going on with 3 run/);
    await until(() => isRunning(interrupted));
    expect(await client.getRun(queued[0])).toMatchObject({ status: 'queued', queue_position: 0 });
    expect((await client.getRun(cancelled)).status).toBe('cancelled');
    expect((await client.getRun(byHand)).status).toBe('cancelled');

    await client.cancel(interrupted);
    expect((await waited).status).toBe('completed');
    expect((await client.waitForCompletion(interrupted)).status).toBe('cancelled');
    const { totals } = await client.getRun(queued[0]);
    expect(totals).toMatchObject({ total: 3, resolved: 3 });
    expect(await startedAt(queued[0])).toBeLessThan(await startedAt(queued[1]));
    expect(await end(second, 'SIGTERM')).toBe(0);
    // Nothing is left to go on with, and of the killed one no sandbox.
    const third = await start();
    expect(third.stderr).not.toContain('going on');
    expect((await client.getRun(byHand)).status).toBe('cancelled');
    expect(await leftBehind(anySandbox, first.pid, { cwd: folder.path, env })).toEqual([]);
  });

  /** A run of the command line in the server's folder that is stopped by Ctrl+C. */
  async function runAndStop(file: string): Promise<string> {
    const { config } = endless(file);
    const args = ['--agent', 'command', '--command', String(config['command'])];
    const process = new CliProcess(
      ['run', '--tasks', file, '--out', 'runs', '--sandbox', anySandbox, ...args],
      { cwd: folder.path, env },
    );
    const id = path.basename(await process.runFolder());
    await until(() => isRunning(id));
    process.child.kill('SIGINT');
    expect((await process.ended).status).toBe(130);
    return id;
  }

  test('that is stopped: it ends its streams, and clients follow the next one', async () => {
    const first = await start('--runs-at-once', '2');
    const file = await tasks.write(2);
    const id = await client.run(endless(file));
    await until(() => isRunning(id));
    const seen: PlacedEvent[] = [];
    const waiting = client.waitForCompletion(id, { onEvent: (placed) => seen.push(placed) });
    const listening = (async () => {
      const all: PlacedEvent[] = [];
      for await (const placed of client.events(id)) all.push(placed);
      return all;
    })();
    await until(() => seen.length > 3);
    expect(await end(first, 'SIGTERM')).toBe(0);
    await expect(client.health()).rejects.toMatchObject({ code: 'no-server' });

    const second = await start();
    await second.says(/going on with 1 run/);
    await until(() => isRunning(id));
    await client.cancel(id);
    expect((await waiting).status).toBe('cancelled');
    const all = await listening;
    for (const events of [seen, all]) {
      // What came twice counts once.
      const named = new Map(
        events.map(({ event }) => [`${event.trial ?? ''}:${event.seq}`, event]),
      );
      const own = [...named.values()].filter((event) => event.trial === undefined);
      expect(own.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(own.map((_, n) => n));
      const types = own.map(({ type }) => type);
      expect(types.filter((type) => type === 'run.started')).toHaveLength(1);
      expect(types.filter((type) => type === 'run.resumed')).toHaveLength(1);
      expect(types.filter((type) => type === 'run.ended')).toHaveLength(2);
    }
    expect(await end(second, 'SIGINT')).toBe(0);
  });

  test('though a second one wants the folder', async () => {
    const first = await start();
    const refused = await cli(['serve', '--port', '0'], { cwd: folder.path, env });
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(
      new RegExp(
        `served by process ${String(first.pid)} on .*--runs-dir|served by process ${String(first.pid)}`,
      ),
    );
    expect((await client.health()).status).toBe('ok');
    // The refused one has not taken its place in the file that clients read.
    expect(JSON.parse(await readFile(tokenFile, 'utf8'))).toMatchObject({ pid: first.pid });
    // A dead one holds nothing.
    await end(first, 'SIGKILL');
    await start();
    expect((await client.health()).status).toBe('ok');
  });

  test('says how it can be used', async () => {
    const { status, stdout } = await cli(['serve', '--help'], { cwd: folder.path });
    expect(status).toBe(0);
    for (const flag of [
      '--port',
      '--host',
      '--runs-dir',
      '--token-file',
      '--no-auth',
      '--runs-at-once',
      '--data-dir',
    ])
      expect(stdout).toContain(flag);
    const wrong = await cli(['serve', '--port', 'x'], { cwd: folder.path });
    expect(wrong.status).toBe(2);
  });
});
