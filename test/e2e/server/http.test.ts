import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client } from '../../../src/sdk';
import { RunnerError } from '../../../src/runner/model';
import { until } from '../../support/cli';
import { Bench } from '../../support/runs';
import type { TestServer } from '../../support/server';
import { anySandbox, describeServer, endless, quick, serve, TinyTasks } from '../../support/server';

const json = { 'content-type': 'application/json' };

describeServer('a server', () => {
  const bench = Bench.use(anySandbox);
  let server: TestServer;
  let tasks: TinyTasks;

  beforeAll(async () => {
    tasks = await TinyTasks.make(bench.folder);
    server = await serve(bench);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const runs = (): string => path.join(bench.folder, 'runs');
  /** What the body of a refusal says. */
  const codeOf = (body: string): unknown => (JSON.parse(body) as { code: unknown }).code;

  test('runs what it is asked to, and tells what came of it', async () => {
    const { client } = server;
    const file = await tasks.write(2);
    const id = await client.run(quick(file));
    const seen: string[] = [];
    const run = await client.waitForCompletion(id, {
      onEvent: ({ event }) => seen.push(event.type),
    });
    expect(run).toMatchObject({
      run_id: id,
      status: 'completed',
      agent_id: 'gold',
      trials: 2,
      error: null,
      queue_position: null,
      totals: { total: 2, completed: 2, resolved: 2, resolved_rate: 1 },
      progress: { time_left_s: null, cost: null, failures: [] },
    });
    expect([seen[0], seen.at(-1)]).toEqual(['run.started', 'run.ended']);
    expect(seen.filter((type) => type === 'trial.ended')).toHaveLength(2);

    const summary = await client.getRunSummary(id);
    expect(
      summary.trials.map(({ task_id, status, phase }) => ({ task_id, status, phase })),
    ).toEqual(['tiny0', 'tiny1'].map((task_id) => ({ task_id, status: 'passed', phase: 'ended' })));
    expect([summary.grading_report, summary.technique_grades]).toEqual([null, null]);

    const { files, truncated } = await client.getRunArtifacts(id);
    const names = files.map((file) => file.path);
    expect(truncated).toBe(false);
    expect(names).toEqual(
      expect.arrayContaining(['run.json', 'results.jsonl', 'tiny0_0/result.json']),
    );
    expect(names.filter((name) => /\.lock|owner|trees\.git/.test(name))).toEqual([]);
    for (const { path: name, bytes } of files) {
      const content = await client.getFile(`${id}/${name}`);
      expect(content.byteLength, name).toBe(bytes);
    }
    const onDisk = await readFile(path.join(runs(), id, 'tiny0_0/result.json'));
    expect(Buffer.from(await client.getFile(`${id}/tiny0_0/result.json`)).equals(onDisk)).toBe(
      true,
    );
  });

  test('tells where it is in a file that only its user can read', async () => {
    const { mode } = await stat(server.tokenFile);
    expect(mode & 0o777).toBe(0o600);
    const told: unknown = JSON.parse(await readFile(server.tokenFile, 'utf8'));
    expect(told).toEqual({ url: server.url, token: server.token, pid: process.pid });
    expect(server.token?.length).toBeGreaterThan(30);
  });

  test('asks for its token everywhere but where nothing is told', async () => {
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer wrong',
      `Basic ${server.token ?? ''}`,
    ]) {
      for (const target of ['/runs', '/runs/x', '/competitions', '/files/x', '/nowhere']) {
        const { status, headers, body } = await server.raw(target, { headers: { authorization } });
        expect(status, `${target} ${String(authorization)}`).toBe(401);
        expect(headers['www-authenticate']).toContain('Bearer');
        expect(headers['content-type']).toBe('application/problem+json');
        expect(codeOf(body)).toBe('unauthorized');
      }
      const request = { method: 'POST', headers: { ...json, authorization }, body: '{}' };
      expect((await server.raw('/runs', request)).status).toBe(401);
      expect((await server.raw('/health', { headers: { authorization } })).status).toBe(200);
    }
    expect((await server.raw('/nowhere')).status).toBe(404);
  });

  test('is reached by addresses and by names that cannot be made to lead here', async () => {
    const status = async (host: string): Promise<number> =>
      (await server.raw('/health', { headers: { host } })).status;
    for (const host of ['localhost:1', '127.0.0.1', '[::1]:80', '10.0.0.1', 'a.localhost'])
      expect(await status(host), host).toBe(200);
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:8000'])
      expect(await status(host), host).toBe(421);
    await using other = await serve(bench, {
      runsDir: 'other',
      tokenFile: path.join(bench.folder, 'other.json'),
      allowHosts: ['Bench.Example'],
    });
    const named = { headers: { host: 'bench.example:8000' } };
    expect((await other.raw('/health', named)).status).toBe(200);
  });

  test('answers no page of another origin, and lets none read', async () => {
    for (const origin of ['http://evil.example', 'null', 'http://localhost:1']) {
      const { status, headers } = await server.raw('/runs', { headers: { origin } });
      expect(status).toBe(403);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    const preflight = await server.raw('/runs', {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(403);
    const { host } = new URL(server.url);
    expect((await server.raw('/runs', { headers: { origin: `http://${host}` } })).status).toBe(200);
  });

  test('keeps what it sends from being kept, and from being run', async () => {
    await writeFile(path.join(runs(), 'page.html'), '<script>alert(1)</script>');
    const { headers } = await server.raw('/files/page.html');
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain('sandbox');
    expect(headers['cache-control']).toBe('no-store');
  });

  test('serves nothing outside of its folder', async () => {
    await writeFile(path.join(bench.folder, 'secret.txt'), 'secret');
    await mkdir(path.join(runs(), 'inside'), { recursive: true });
    await writeFile(path.join(runs(), 'inside/a file.txt'), 'fine');
    await symlink('../secret.txt', path.join(runs(), 'link.txt'));
    await symlink('..', path.join(runs(), 'up'));
    await symlink('inside/a file.txt', path.join(runs(), 'alias.txt'));
    await symlink(runs(), path.join(runs(), 'inside/self'));
    const outside = [
      '../secret.txt',
      '%2e%2e/secret.txt',
      '%2E%2E%2Fsecret.txt',
      '..%2fsecret.txt',
      '..%5csecret.txt',
      'inside/../../secret.txt',
      'inside/%2e%2e/%2e%2e/secret.txt',
      './../secret.txt',
      'inside/..',
      '/etc/passwd',
      '%2fetc%2fpasswd',
      'C:%5cWindows',
      'link.txt',
      'up/secret.txt',
      'up/secret.txt?x=/files/inside',
      'inside/self/../../secret.txt',
      '',
    ];
    for (const target of outside) {
      const { status, body } = await server.raw(`/files/${target}`);
      expect(status, target).toBe(403);
      expect(body).not.toContain('root:');
      expect(body).not.toBe('secret');
    }
    for (const target of [
      'nothing.txt',
      'inside',
      'inside/a%20file.txt/',
      'page.html/x',
      '%252e%252e/secret.txt',
    ])
      expect((await server.raw(`/files/${target}`)).status, target).toBe(404);
    for (const target of ['%', '%zz', 'a%00b'])
      expect((await server.raw(`/files/${target}`)).status, target).toBe(400);
    for (const target of ['inside/a%20file.txt', 'alias.txt', 'inside/self/inside/a%20file.txt']) {
      const answer = await server.raw(`/files/${target}`);
      expect([answer.status, answer.body], target).toEqual([200, 'fine']);
    }
    const head = await server.raw('/files/alias.txt', { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '4', '']);
  });

  test('says what is wrong with a request', async () => {
    const post = async (body: string, headers: object = json): Promise<[number, unknown]> => {
      const answer = await server.raw('/runs', { method: 'POST', headers: { ...headers }, body });
      return [answer.status, codeOf(answer.body)];
    };
    expect(await post('{')).toEqual([400, 'invalid-request']);
    expect(await post('[]')).toEqual([400, 'invalid-request']);
    expect(await post('{"agent":"gold"}')).toEqual([400, 'invalid-request']);
    expect(await post('{"n_seeds":0}')).toEqual([400, 'invalid-request']);
    expect(await post('{"tasks":["nonsense"]}')).toEqual([400, 'invalid-request']);
    expect(await post('{}', { 'content-type': 'text/plain' })).toEqual([415, 'not-json']);
    expect(await post('{"config":{"tasks":[],"nonsense":1}}')).toEqual([400, 'invalid-config']);
    expect(await post('{"config":{"engine":"swarm","direct":{"repo":".","ref":"x"}}}')).toEqual([
      400,
      'invalid-config',
    ]);
    expect(await post('{"config":{"tasks":["missing.jsonl"]}}')).toEqual([422, expect.any(String)]);
    expect(await post('{}')).toEqual([400, 'invalid-config']);
    const file = await tasks.write(1);
    const human = JSON.stringify({ agent_id: 'human', config: { tasks: [file] } });
    expect(await post(human)).toEqual([400, 'invalid-config']);
    const strange = JSON.stringify({ agent_id: 'nobody', config: { tasks: [file] } });
    expect(await post(strange)).toEqual([400, 'invalid-config']);
    for (const query of ['limit=0', 'limit=1001', 'limit=x'])
      expect((await server.raw(`/runs?${query}`)).status).toBe(400);
    expect((await server.raw('/runs?before=nothing')).status).toBe(404);
    for (const id of ['nothing', '..', '.hidden', 'a%2fb', '%2e%2e', 'inside']) {
      const found = await server.raw(`/runs/${id}`);
      expect(found.status, id).toBe(404);
    }
    for (const part of ['summary', 'artifacts', 'events'])
      expect((await server.raw(`/runs/nothing/${part}`)).status).toBe(404);
    expect((await server.raw('/runs/nothing/cancel', { method: 'POST' })).status).toBe(404);
    expect((await server.raw('/runs', { method: 'DELETE' })).status).toBe(404);
  });

  test('takes no more than a megabyte', async () => {
    const body = JSON.stringify({ agent_id: 'x'.repeat(1024 ** 2) });
    const whole = await server.raw('/runs', { method: 'POST', headers: json, body });
    expect([whole.status, codeOf(whole.body)]).toEqual([413, 'too-large']);
    const chunked = { ...json, 'transfer-encoding': 'chunked' };
    const streamed = await server.raw('/runs', { method: 'POST', headers: chunked, body });
    expect([streamed.status, codeOf(streamed.body)]).toEqual([411, 'no-length']);
    const small = JSON.stringify({ agent_id: 'x'.repeat(1024 ** 2 - 100) });
    const fits = await server.raw('/runs', { method: 'POST', headers: json, body: small });
    expect(fits.status).toBe(400);
  });

  test('lists runs page by page, the newest first, whoever made them', async () => {
    const file = await tasks.write(1);
    const { runDir, done } = await bench.runner.startRun(
      { ...quick(file).config, out: runs() },
      { signal: new AbortController().signal },
    );
    await done;
    const all = await server.client.listRuns();
    const own = all.find(({ run_id: id }) => id === path.basename(runDir));
    expect(own).toMatchObject({ status: 'completed', agent_id: 'gold', trials: 1 });
    const paged: unknown[] = [];
    let next: string | null = '';
    while (next !== null) {
      const query: string = next === '' ? '' : `&before=${next}`;
      const { body } = await server.raw(`/runs?limit=1${query}`);
      const page = JSON.parse(body) as { runs: unknown[]; next: string | null };
      expect(page.runs.length).toBeLessThanOrEqual(1);
      paged.push(...page.runs);
      next = page.next;
    }
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThan(1);
    expect((await server.client.getRun(path.basename(runDir))).accepted_at).toBeNull();
  });

  test('runs one after another, and cancels what waits and what runs', async () => {
    const { client } = server;
    const file = await tasks.write(1);
    const [first, second, third] = [
      await client.run(endless(file)),
      await client.run(quick(file)),
      await client.run(quick(file)),
    ];
    await until(async () => (await client.getRun(first)).totals.running === 1);
    expect(await client.getRun(second)).toMatchObject({ status: 'queued', queue_position: 0 });
    expect(await client.getRun(third)).toMatchObject({ status: 'queued', queue_position: 1 });
    expect(await client.cancel(second)).toBe('cancelled');
    expect(await client.getRun(third)).toMatchObject({ status: 'queued', queue_position: 0 });
    expect(await client.cancel(first)).toBe('running');
    expect((await client.waitForCompletion(first)).status).toBe('cancelled');
    expect((await client.waitForCompletion(third)).status).toBe('completed');
    const cancelled = await client.waitForCompletion(second);
    expect(cancelled).toMatchObject({ status: 'cancelled', started_at: null, error: null });
    expect(await client.cancel(third)).toBe('completed');
  });

  test('leaves a run of another process to it', async () => {
    const file = await tasks.write(1);
    const stop = new AbortController();
    const { runDir, done } = await bench.runner.startRun(
      { ...endless(file).config, out: runs() },
      { signal: stop.signal },
    );
    const id = path.basename(runDir);
    expect((await server.client.getRun(id)).status).toBe('running');
    await expect(server.client.cancel(id)).rejects.toMatchObject({ status: 409, code: 'locked' });
    stop.abort(new Error('enough'));
    await done;
    expect((await server.client.getRun(id)).status).toBe('cancelled');
  });

  test('tells why a run could not be run', async () => {
    const file = await tasks.write(1);
    const blocked = await server.client.run(endless(file));
    const id = await server.client.run({ config: { ...endless(file).config, prompts: {} } });
    // What the run needs is gone when its turn comes.
    await writeFile(path.join(runs(), id, 'tasks.jsonl'), '');
    await server.client.cancel(blocked);
    const run = await server.client.waitForCompletion(id);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'invalid-config' } });
    expect(run.error?.message).toContain('tiny0');
  });

  test('has its folder for itself', async () => {
    await expect(serve(bench)).rejects.toSatisfy(
      (error) =>
        RunnerError.is(error, 'locked') && error.message.includes(`process ${process.pid}`),
    );
    // The first one goes on.
    expect((await server.client.health()).status).toBe('ok');
  });

  test('says when its address cannot be had, and gives the folder back', async () => {
    const port = Number(new URL(server.url).port);
    const elsewhere = { runsDir: 'elsewhere', tokenFile: path.join(bench.folder, 'e.json') };
    await expect(serve(bench, { ...elsewhere, port })).rejects.toMatchObject({
      code: 'invalid-config',
    });
    await using free = await serve(bench, elsewhere);
    expect((await free.client.health()).status).toBe('ok');
  });

  test('answers everybody only when that is said, and warns', async () => {
    await using open = await serve(bench, {
      runsDir: 'open',
      tokenFile: path.join(bench.folder, 'open.json'),
      auth: false,
    });
    expect(open.token).toBeNull();
    expect(open.logged.join('\n')).toMatch(/warning: .*--no-auth/);
    const { status } = await open.raw('/runs', { headers: { authorization: undefined } });
    expect(status).toBe(200);
    const foreign = { headers: { origin: 'http://evil.example', authorization: undefined } };
    expect((await open.raw('/runs', foreign)).status).toBe(403);
  });

  test('takes a token that clients elsewhere know', async () => {
    const known = 'a token that is long enough';
    const other = Bench.with(anySandbox, bench, { ...bench.host.env, BENCHYARD_TOKEN: known });
    const place = { runsDir: 'known', tokenFile: path.join(bench.folder, 'known.json') };
    await using set = await serve(other, place);
    const client = new Client({ url: set.url, token: known });
    expect(await client.listRuns()).toEqual([]);
    await expect(new Client({ url: set.url, token: 'x' }).listRuns()).rejects.toMatchObject({
      status: 401,
    });
    const short = Bench.with(anySandbox, bench, { BENCHYARD_TOKEN: 'short' });
    await expect(serve(short, { ...place, runsDir: 'short' })).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });

  test('removes what it told of itself when it ends', async () => {
    const tokenFile = path.join(bench.folder, 'gone.json');
    const gone = await serve(bench, { runsDir: 'gone', tokenFile });
    await gone[Symbol.asyncDispose]();
    await expect(stat(tokenFile)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(gone.client.health()).rejects.toMatchObject({ code: 'no-server' });
  });
});
