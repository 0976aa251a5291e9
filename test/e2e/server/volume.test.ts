import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../support/cli';
import { Bench } from '../../support/runs';
import type { TestServer } from '../../support/server';
import { anySandbox, describeServer, endless, quick, serve, TinyTasks } from '../../support/server';

const queued = 1000;
const clients = 100;

function heldMegabytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 ** 2;
}

/** Does something for each, a hundred at a time. */
async function byHundreds<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [n, item] of left) done[n] = await work(item);
  };
  await Promise.all(Array.from({ length: clients }, worker));
  return done;
}

describeServer('a server with a thousand runs in its queue', () => {
  const bench = Bench.use(anySandbox);
  let server: TestServer;
  let tasks: TinyTasks;

  beforeAll(async () => {
    tasks = await TinyTasks.make(bench.folder);
    server = await serve(bench);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('loses none, holds little, and goes on with all of them', { timeout: 300_000 }, async () => {
    const { client } = server;
    const file = await tasks.write(1);
    const blocking = await client.run(endless(file));
    await until(async () => (await client.getRun(blocking)).totals.running === 1);
    const before = heldMegabytes();

    // Asked for by many at the same time.
    const asked = Array.from({ length: queued }, (_, n) => n);
    const accepted = await byHundreds(asked, () => client.run(quick(file)));
    expect(new Set(accepted).size).toBe(queued);
    const listed = await client.listRuns();
    const waiting = listed.filter(({ status }) => status === 'queued').map((run) => run.run_id);
    expect([...waiting].sort()).toEqual([...accepted].sort());

    // A hundred clients wait, each for a run of its own.
    const stop = new AbortController();
    const followed = accepted.slice(0, clients);
    const streams = followed.map(async (id) => {
      const seen: string[] = [];
      for await (const { event } of client.events(id, { signal: stop.signal }))
        seen.push(event.type);
      return seen;
    });
    const settled = Promise.allSettled(streams);
    const runs = await byHundreds(accepted, (id) => client.getRun(id));
    const positions = runs.map((run) => run.queue_position);
    expect([...positions].sort((a, b) => Number(a) - Number(b))).toEqual(accepted.map((_, n) => n));
    expect(heldMegabytes() - before).toBeLessThan(60);

    // The next server goes on with the same runs in the same order.
    const order = [...accepted].sort(
      (a, b) => Number(positions[accepted.indexOf(a)]) - Number(positions[accepted.indexOf(b)]),
    );
    await server[Symbol.asyncDispose]();
    server = await serve(bench);
    expect(server.resumed).toBe(queued + 1);
    const [first = '', second = '', ...rest] = order;
    expect((await client.getRun(first)).queue_position).toBe(0);
    expect((await client.getRun(rest.at(-1) ?? '')).queue_position).toBe(queued - 1);

    // Most are taken out again; the clients of those that run see them to their end.
    await byHundreds(rest, (id) => client.cancel(id));
    expect((await client.getRun(second)).queue_position).toBe(1);
    await client.cancel(blocking);
    for (const id of [first, second])
      expect((await client.waitForCompletion(id)).status).toBe('completed');
    for (const [n, end] of (await settled).entries()) {
      if (end.status === 'rejected') throw end.reason;
      const ran = [first, second].includes(followed[n] ?? '');
      expect(end.value.at(-1)).toBe(ran ? 'run.ended' : undefined);
    }
    stop.abort(new Error('done'));
    const statuses = new Map((await client.listRuns()).map((run) => [run.run_id, run.status]));
    const counts = order.map((id) => statuses.get(id));
    expect(counts.filter((status) => status === 'completed')).toHaveLength(2);
    expect(counts.filter((status) => status === 'cancelled')).toHaveLength(queued - 2);
  });

  test('takes no notice of a run folder that was removed', async () => {
    const { client } = server;
    const file = await tasks.write(1);
    const blocking = await client.run(endless(file));
    const [gone, after] = [await client.run(quick(file)), await client.run(quick(file))];
    await rm(path.join(bench.folder, 'runs', gone), { recursive: true });
    await client.cancel(blocking);
    expect((await client.waitForCompletion(after)).status).toBe('completed');
    await expect(client.getRun(gone)).rejects.toMatchObject({ status: 404 });
  });
});
