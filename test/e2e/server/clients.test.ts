import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type * as sdk from '../../../src/sdk';
import { Client, serverFileOf } from '../../../src/sdk';
import type * as wire from '../../../src/server/schemas';
import { Bench } from '../../support/runs';
import type { TestServer } from '../../support/server';
import { anySandbox, describeServer, endless, quick, serve, TinyTasks } from '../../support/server';

const pythonFolder = path.resolve('sdk/python');

/** A program that has the Python client at hand. @returns what it printed, as JSON */
async function python(program: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const { stdout } = await promisify(execFile)('python3', ['-c', program], {
    env: {
      PATH: process.env['PATH'],
      PYTHONPATH: pythonFolder,
      PYTHONDONTWRITEBYTECODE: '1',
      ...env,
    },
    maxBuffer: 64 * 1024 ** 2,
  });
  return JSON.parse(stdout) as unknown;
}

/** Both types have the same keys, and what the server sends is what the client says it gets. */
type Agree<Sent, Got> = [keyof Sent, keyof Got] extends [keyof Got, keyof Sent]
  ? Sent extends Got
    ? true
    : never
  : never;

const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
  components: z.object({
    schemas: z.record(
      z.string(),
      z.object({ properties: z.record(z.string(), z.unknown()).optional() }),
    ),
  }),
});

/** Passes requests on and notes them. */
class Recorder {
  readonly asked: string[] = [];
  readonly #server: Server;

  constructor(to: string) {
    const { hostname, port } = new URL(to);
    this.#server = createServer((incoming, outgoing) => {
      this.asked.push(`${incoming.method ?? ''} ${(incoming.url ?? '').split('?')[0] ?? ''}`);
      const { method, url, headers } = incoming;
      const passed = request({ hostname, port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      passed.on('error', () => outgoing.destroy());
      incoming.pipe(passed);
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describeServer('the clients', () => {
  const bench = Bench.use(anySandbox);
  let server: TestServer;
  let tasks: TinyTasks;
  let recorder: Recorder;
  let url: string;
  let token: string;
  let document: z.infer<typeof documentSchema>;

  beforeAll(async () => {
    tasks = await TinyTasks.make(bench.folder);
    server = await serve(bench);
    token = server.token ?? '';
    recorder = new Recorder(server.url);
    url = await recorder.open();
    document = documentSchema.parse(JSON.parse((await server.raw('/openapi.json')).body));
  });
  afterAll(async () => {
    recorder.close();
    await server[Symbol.asyncDispose]();
  });

  /** The operations of the document that requests are of. */
  function operationsOf(asked: readonly string[]): readonly string[] {
    const operations = Object.entries(document.paths).flatMap(([route, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => {
        const pattern = route.replace('{path}', '.+').replaceAll(/\{\w+\}/g, '[^/]+');
        return { operationId, pattern: new RegExp(`^${method.toUpperCase()} ${pattern}$`) };
      }),
    );
    return asked.map((line) => {
      const found = operations.find(({ pattern }) => pattern.test(line));
      if (found === undefined) throw new Error(`${line} is not in the document`);
      return found.operationId;
    });
  }

  const everyOperation = (): readonly string[] =>
    Object.values(document.paths)
      .flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId))
      .sort();
  const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

  test('the one for TypeScript has a call for every operation, and makes no other', async () => {
    recorder.asked.length = 0;
    const client = new Client({ url, token });
    const id = await client.run(quick(await tasks.write(1)));
    const events: sdk.PlacedEvent[] = [];
    for await (const placed of client.events(id)) events.push(placed);
    expect(events.at(-1)?.event.type).toBe('run.ended');
    const run = await client.waitForCompletion(id);
    expect(await client.getRun(id)).toEqual(run);
    expect((await client.getRunSummary(id)).status).toBe('completed');
    const { files } = await client.getRunArtifacts(id);
    const [first] = files;
    const content = await client.getFile(`${id}/${first?.path ?? ''}`);
    expect(content.byteLength).toBe(first?.bytes);
    expect(await client.cancel(id)).toBe('completed');
    expect((await client.listRuns()).map((entry) => entry.run_id)).toContain(id);
    const competitions = await client.listCompetitions();
    expect(competitions.map((entry) => entry.id)).toContain('demo-tabular');
    expect(await client.listTechniqueTasks()).toHaveLength(6);
    expect((await client.health()).version).toBe(bench.host.version);
    expect(unique(operationsOf(recorder.asked))).toEqual(everyOperation());
  });

  test('the one for Python has the same calls, with the same answers', async () => {
    recorder.asked.length = 0;
    const file = await tasks.write(1);
    const program = `
import json, os
from sdk import ApiError, Client

client = Client()
run_id = client.run(config=json.loads(os.environ["CONFIG"]))
told = []
run = client.wait_for_completion(run_id, on_event=told.append)
events = list(client.events(run_id))
artifacts = client.get_run_artifacts(run_id)
first = artifacts["files"][0]
content = client.get_file(run_id + "/" + first["path"])
try:
    client.get_run("nothing")
except ApiError as error:
    missing = [error.status, error.code, str(error)]
try:
    client.run(agent_id="nobody", config=json.loads(os.environ["CONFIG"]))
except ApiError as error:
    invalid = [error.status, error.code]
print(json.dumps({
    "run_id": run_id, "run": run, "summary": client.get_run_summary(run_id), "artifacts": artifacts,
    "told": [event.id for event in told], "events": [event.event for event in events],
    "size": len(content), "cancel": client.cancel(run_id), "runs": client.list_runs(),
    "competitions": client.list_competitions(), "techniques": client.list_technique_tasks(),
    "health": client.health(), "missing": missing, "invalid": invalid,
}))
`;
    const answers = await python(program, {
      BENCHYARD_URL: `${url}/`,
      BENCHYARD_TOKEN: token,
      CONFIG: JSON.stringify(quick(file).config),
    });
    const asked = unique(operationsOf(recorder.asked));
    const { run_id: id } = z.object({ run_id: z.string() }).parse(answers);
    const client = new Client({ url, token });
    const events: sdk.PlacedEvent[] = [];
    for await (const placed of client.events(id)) events.push(placed);
    const artifacts = await client.getRunArtifacts(id);
    expect(answers).toMatchObject({
      run: await client.getRun(id),
      summary: await client.getRunSummary(id),
      artifacts,
      events: events.map(({ event }) => event),
      size: artifacts.files[0]?.bytes,
      cancel: 'completed',
      runs: await client.listRuns(),
      competitions: await client.listCompetitions(),
      techniques: await client.listTechniqueTasks(),
      health: await client.health(),
      missing: [404, 'not-found', expect.stringContaining('nothing')],
      invalid: [400, 'invalid-config'],
    });
    expect(asked).toEqual(everyOperation());
  });

  test('have a document without a gap', async () => {
    const { body } = await server.raw('/openapi.json');
    const whole = JSON.parse(body) as unknown;
    const named = [...body.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, to = '']) => to);
    expect(named).toContain('components/schemas/RunConfig');
    for (const place of unique(named)) {
      const found = place
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], whole);
      expect(found, place).toBeDefined();
    }
    expect(body).toContain('"task_ids"');
    expect(whole).toMatchObject({ security: [{ token: [] }] });
  });

  test('ask for a run in the words of the document', async () => {
    const program = `
import inspect, json
from sdk import Client

print(json.dumps([name for name in inspect.signature(Client.run).parameters if name != "self"]))
`;
    const words = Object.keys(document.components.schemas['RunRequest']?.properties ?? {});
    expect(await python(program)).toEqual(words);
    // The compiler holds TypeScript's to them.
    const agreements: readonly [
      Agree<wire.RunRequest, sdk.RunRequest>,
      Agree<wire.RunEntry, sdk.RunEntry>,
      Agree<wire.RunView, sdk.Run>,
      Agree<wire.RunSummary, sdk.RunSummary>,
      Agree<NonNullable<wire.RunSummary['grading_report']>, sdk.GradingReport>,
      Agree<wire.TrialSummary, sdk.TrialSummary>,
      Agree<wire.Artifacts, sdk.Artifacts>,
      Agree<wire.CompetitionEntry, sdk.Competition>,
      Agree<
        z.infer<typeof wire.techniqueTaskListSchema>['technique_tasks'][number],
        sdk.TechniqueTask
      >,
      Agree<z.infer<typeof wire.healthSchema>, sdk.Health>,
    ] = [true, true, true, true, true, true, true, true, true, true];
    expect(agreements.every(Boolean)).toBe(true);
  });

  test('the one for Python gives up when it is told to, and the run goes on', async () => {
    const program = `
import json, os, time
from sdk import Client

client = Client()
run_id = client.run(config=json.loads(os.environ["CONFIG"]))
ends = []
for on_event in (None, lambda event: None):
    began = time.monotonic()
    try:
        client.wait_for_completion(run_id, timeout=1.5, on_event=on_event)
    except TimeoutError:
        ends.append(time.monotonic() - began)
status = client.get_run(run_id)["status"]
client.cancel(run_id)
print(json.dumps([ends, status, client.wait_for_completion(run_id)["status"]]))
`;
    const file = await tasks.write(1);
    const env = {
      BENCHYARD_TOKEN_FILE: server.tokenFile,
      CONFIG: JSON.stringify(endless(file).config),
    };
    const [ends, status, end] = z
      .tuple([z.array(z.number()), z.string(), z.string()])
      .parse(await python(program, env));
    expect([status, end]).toEqual(['running', 'cancelled']);
    expect(ends).toHaveLength(2);
    // Long before the server says that it is alive.
    for (const seconds of ends) expect(seconds).toBeLessThan(10);
  });

  test('send a token to no server but the one that told it', async () => {
    const file = server.tokenFile;
    const elsewhere = new Client({ url, tokenFile: file });
    await expect(elsewhere.listRuns()).rejects.toMatchObject({ status: 401 });
    expect(await new Client({ url: `${server.url}/`, tokenFile: file }).listRuns()).not.toEqual([]);
    const program = `
import json, os
from sdk import ApiError, Client

found = []
for url in (os.environ["ELSEWHERE"], os.environ["HERE"]):
    try:
        found.append(len(Client(url, token_file=os.environ["FILE"]).list_runs()) > 0)
    except ApiError as error:
        found.append(error.status)
try:
    Client(token_file="/nowhere").health()
except ApiError as error:
    found.append(error.code)
print(json.dumps(found))
`;
    const env = { ELSEWHERE: url, HERE: server.url, FILE: file };
    expect(await python(program, env)).toEqual([401, true, 'no-server']);
  });
});

describe('the package', () => {
  test('has the client for both kinds of module', async () => {
    for (const [kind, program] of [
      [
        'module',
        "import { ApiError, Client } from 'benchyard/sdk'; console.log(new Client() instanceof Client, typeof ApiError)",
      ],
      [
        'commonjs',
        "const { ApiError, Client } = require('benchyard/sdk'); console.log(new Client() instanceof Client, typeof ApiError)",
      ],
    ] as const) {
      const args = [`--input-type=${kind}`, '-e', program];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      expect(stdout.trim(), kind).toBe('true function');
    }
  });

  test('has declarations that stand alone', async () => {
    const file = path.resolve('dist/sdk/index.d.ts');
    expect(await readFile(file, 'utf8')).toContain('Client');
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      types: [],
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    });
    const told = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    expect(told).toEqual([]);
  });
});

describe('the Python client', () => {
  test('needs Python 3.9 and its standard library', async () => {
    const program = `
import ast, json, sys

source = open("${path.join(pythonFolder, 'sdk.py')}").read()
tree = ast.parse(source, feature_version=(3, 9))
names = set()
for node in ast.walk(tree):
    if isinstance(node, ast.Import):
        names.update(alias.name.split(".")[0] for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        names.add(node.module.split(".")[0])
print(json.dumps(sorted(names - set(sys.stdlib_module_names))))
`;
    expect(await python(program)).toEqual([]);
  });

  test('looks for the server where the server says that it is', async () => {
    const program = 'import json, sdk; print(json.dumps(str(sdk._server_file())))';
    const platform = process.platform;
    const homeDir = '/home/somebody';
    for (const more of [
      {},
      { XDG_STATE_HOME: '' },
      { XDG_STATE_HOME: '/state' },
      { BENCHYARD_TOKEN_FILE: '/some/file.json', XDG_STATE_HOME: '/state' },
      { BENCHYARD_TOKEN_FILE: '' },
    ]) {
      const env = { HOME: homeDir, ...more };
      expect(await python(program, env)).toBe(serverFileOf({ platform, homeDir, env }));
    }
  });
});
