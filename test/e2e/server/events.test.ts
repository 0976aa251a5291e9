import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlacedEvent } from '../../../src/sdk';
import { reduceRun, emptyRunState } from '../../../src/runner/model';
import type { RunEvent, RunPlan } from '../../../src/runner/model';
import { until } from '../../support/cli';
import { Bench } from '../../support/runs';
import type { TestServer } from '../../support/server';
import { anySandbox, describeServer, endless, quick, serve, TinyTasks } from '../../support/server';

describeServer('the events of a run', () => {
  const bench = Bench.use(anySandbox);
  let server: TestServer;
  let tasks: TinyTasks;

  beforeAll(async () => {
    tasks = await TinyTasks.make(bench.folder);
    server = await serve(bench);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const runs = (): string => path.join(bench.folder, 'runs');

  /** Events of a run until it ends, or until there are so many. */
  async function follow(
    id: string,
    { after, most = Infinity }: { readonly after?: string; readonly most?: number } = {},
  ): Promise<readonly PlacedEvent[]> {
    const found: PlacedEvent[] = [];
    const options = after === undefined ? {} : { after };
    for await (const placed of server.client.events(id, options)) {
      found.push(placed);
      if (found.length === most) break;
    }
    return found;
  }

  const namesOf = (events: readonly PlacedEvent[]): readonly string[] =>
    events.map(({ event }) => `${event.trial ?? ''}:${String(event.seq)}`);

  /** A connection that asked for a run's events and reads nothing after the beginning of the answer. */
  async function deafClient(id: string, at = server): Promise<Socket> {
    const { hostname, port } = new URL(at.url);
    for (;;) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      const head = [
        `GET /runs/${id}/events HTTP/1.1`,
        `Host: ${hostname}`,
        `Authorization: Bearer ${at.token ?? ''}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      const answer = await new Promise<Buffer | null>((resolve) => {
        socket.once('data', resolve);
        socket.once('close', () => {
          resolve(null);
        });
      });
      socket.pause();
      // Cut off in the rush: a client comes again then.
      if (answer === null) continue;
      if (answer.toString().startsWith('HTTP/1.1 200')) return socket;
      // Too many follow: it is told to come again.
      expect(answer.toString()).toContain('HTTP/1.1 503');
      socket.destroy();
    }
  }

  /** A run that has ended, with many events. */
  async function longRun(events: number): Promise<string> {
    const config = { ...quick(await tasks.write(1)).config, out: runs() };
    const signal = new AbortController().signal;
    const { runDir, runId } = await bench.runner.planRun(config, { signal });
    const plan = JSON.parse(await readFile(path.join(runDir, 'run.json'), 'utf8')) as RunPlan;
    const trial = plan.trials[0]?.trial_id ?? '';
    const line = (seq: number, body: object): string =>
      `${JSON.stringify({ v: 1, seq, time: plan.created_at, ...body })}\n`;
    const notes = Array.from({ length: events }, (_, n) =>
      line(n, { trial, type: 'trial.note', text: 'x'.repeat(9000) }),
    );
    await mkdir(path.join(runDir, trial));
    await writeFile(path.join(runDir, trial, 'events.jsonl'), notes.join(''));
    const own = [
      line(0, { type: 'run.started', plan }),
      line(1, { type: 'run.ended', end: 'finished' }),
    ];
    await writeFile(path.join(runDir, 'events.jsonl'), own.join(''));
    return runId;
  }

  function heldBytes(): number {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  }

  test('lead to the state that the run folder has', async () => {
    const id = await server.client.run(quick(await tasks.write(3)));
    const live = await follow(id);
    let state = emptyRunState();
    for (const { event } of live) state = reduceRun(state, event as RunEvent);
    const kept = await bench.runner.openRun(path.join(runs(), id), {
      signal: new AbortController().signal,
    });
    expect(state).toEqual(kept);
    expect(state.phase).toBe('finished');
    expect(new Set(namesOf(live)).size).toBe(live.length);
    // Once more, when all is over: the same events, in an order that stays.
    const later = await follow(id);
    expect([...namesOf(later)].sort()).toEqual([...namesOf(live)].sort());
    expect(await follow(id)).toEqual(later);
  });

  test('go on after the last one that a client has', async () => {
    const id = await server.client.run(quick(await tasks.write(1)));
    await server.client.waitForCompletion(id);
    const all = await follow(id);
    for (const [n, { id: place }] of all.entries()) {
      const { body } = await server.raw(`/runs/${id}/events`, {
        headers: { 'last-event-id': place },
      });
      const ids = [...body.matchAll(/^id: (.+)$/gm)].map(([, found]) => found);
      expect(ids).toEqual(all.slice(n + 1).map(({ id: rest }) => rest));
    }
    expect(await follow(id, { after: 'nonsense' })).toEqual(all);
    expect(await follow(id, { after: 'l0123-4' })).toEqual(all);
  });

  test('come without a gap to a client that leaves and comes back again and again', async () => {
    const id = await server.client.run(quick(await tasks.write(2)));
    const pieces: PlacedEvent[] = [];
    while (pieces.at(-1)?.event.type !== 'run.ended') {
      const last = pieces.at(-1);
      pieces.push(
        ...(await follow(id, { most: 3, ...(last === undefined ? {} : { after: last.id }) })),
      );
    }
    expect(pieces).toEqual(await follow(id));
    expect(new Set(namesOf(pieces)).size).toBe(pieces.length);
  });

  test('are waited for while the run is in the queue', async () => {
    const file = await tasks.write(1);
    const blocking = await server.client.run(endless(file));
    const waiting = await server.client.run(quick(file));
    const followed = follow(waiting);
    const { status } = await server.client.getRun(waiting);
    expect(status).toBe('queued');
    await server.client.cancel(blocking);
    expect((await followed).at(-1)?.event).toMatchObject({ type: 'run.ended', end: 'finished' });
    // One that never began has none, and no end to wait for.
    const [again, never] = [
      await server.client.run(endless(file)),
      await server.client.run(quick(file)),
    ];
    const nothing = follow(never);
    await server.client.cancel(never);
    await server.client.cancel(again);
    expect(await nothing).toEqual([]);
  });

  test('reach a hundred clients, each whole', async () => {
    const id = await server.client.run(quick(await tasks.write(2)));
    const followed = await Promise.all(Array.from({ length: 100 }, () => follow(id)));
    const [first = []] = followed;
    expect(first.at(-1)?.event.type).toBe('run.ended');
    for (const events of followed) expect(namesOf(events)).toEqual(namesOf(first));
  });

  test('are held by no client that does not read them', async () => {
    const id = await longRun(2000);
    const before = heldBytes();
    const deaf = await Promise.all(Array.from({ length: 100 }, () => deafClient(id)));
    const events = await follow(id);
    expect(events).toHaveLength(2002);
    const grown = heldBytes() - before;
    expect(grown / 1024 ** 2).toBeLessThan(100);
    // A slow one gets all of it in the end.
    const [slow] = deaf;
    let text = '';
    slow?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    slow?.resume();
    await until(() => text.includes('event: run.ended'));
    expect(text.match(/^id: /gm)).toHaveLength(events.length);
    for (const socket of deaf) socket.destroy();
  });

  test('leave nothing of clients that vanish', async () => {
    await using few = await serve(bench, {
      runsDir: 'few',
      tokenFile: path.join(bench.folder, 'few.json'),
      mostStreams: 10,
    });
    const id = await few.client.run(endless(await tasks.write(1)));
    // Each ten find the places of the ten before them.
    for (let batch = 0; batch < 3; batch += 1) {
      const gone = await Promise.all(Array.from({ length: 10 }, () => deafClient(id, few)));
      const refused = await few.raw(`/runs/${id}/events`);
      expect([refused.status, refused.body]).toEqual([503, expect.stringContaining('busy')]);
      for (const [n, socket] of gone.entries()) {
        if (n % 2 === 0) socket.destroy();
        else socket.resetAndDestroy();
      }
    }
    await few.client.cancel(id);
    expect((await few.client.waitForCompletion(id)).status).toBe('cancelled');
  });

  test('end when the run folder is removed', async () => {
    const id = '2026-02-03T09-15-01-UTC_run-group_gone';
    const runDir = path.join(runs(), id);
    await mkdir(runDir);
    await writeFile(path.join(runDir, 'run.json'), '{}');
    const broken = await server.raw(`/runs/${id}/events`);
    expect(broken.status).toBe(400);
    await rm(runDir, { recursive: true });
    expect((await server.raw(`/runs/${id}/events`)).status).toBe(404);
  });
});
