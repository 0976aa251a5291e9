import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunConfigInput } from '../../../src/runner/model';
import type { Answer, ModelServer, ServedRequest } from '../../support/modelServer';
import {
  callTool,
  say,
  serverError,
  startModelServer,
  tooManyRequests,
  wrongKey,
} from '../../support/modelServer';
import { calculator, TestRepository } from '../../support/repositories';
import type { EndedRun } from '../../support/runs';
import { Bench } from '../../support/runs';
import { describeOn } from '../../support/sandboxes';

const keys = {
  BENCHYARD_API_KEY: 'sk-planted-custom-83b1f2',
  CHUTES_API_KEY: 'cpk-planted-chutes-5d09aa',
  OPENAI_API_KEY: 'sk-planted-openai-41c7e0',
};

/** The key, and what it looks like to who tries to hide it. */
function guises(key: string): readonly string[] {
  const bytes = Buffer.from(key);
  return [
    key,
    bytes.toString('base64').slice(0, -4),
    bytes.toString('hex'),
    encodeURIComponent(key),
  ];
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => path.join(one.parentPath, one.name));
}

describeOn('docker', 'planted keys', () => {
  let repository: TestRepository;
  let server: ModelServer;
  let answer: (request: ServedRequest, n: number) => Answer;
  let first = 0;
  const logs: string[] = [];
  const bench = Bench.use(
    'docker',
    async ({ folder }) => {
      repository = await TestRepository.make(`${folder}/calculator`, calculator);
    },
    {
      env: { ...process.env, ...keys, BENCHYARD_LOG: 'debug' },
      log: (level, message) => logs.push(`${level}: ${message}`),
    },
  );
  beforeAll(async () => {
    Object.assign(process.env, keys); // where programs and libraries find them that read it themselves
    server = await startModelServer((request, n) => answer(request, n - first));
  });
  afterAll(async () => {
    for (const name of Object.keys(keys)) Reflect.deleteProperty(process.env, name);
    await server.close();
  });

  async function run(
    script: (request: ServedRequest, n: number) => Answer,
    config: RunConfigInput = {},
  ): Promise<EndedRun> {
    first = server.requests.length;
    answer = script;
    const row = {
      task_id: 'add',
      repo: repository.path,
      ref: await repository.head(),
      problem_statement: 'add(1, 2) is -1. It must be 3.',
    };
    const options = { agent: 'runner', base_url: server.baseUrl, model: 'm', cache: true };
    return await bench.run([row], { ...options, model_retries: 3, ...config });
  }

  /** Every text that a run left anywhere. */
  async function everythingWritten({ runDir, state }: EndedRun): Promise<readonly string[]> {
    const files = [
      ...(await filesBelow(runDir)),
      ...(await filesBelow(path.join(bench.host.cacheDir, 'models')).catch(() => [])),
    ];
    const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
    return [...texts, ...files, ...logs, JSON.stringify([...state.trials.values()])];
  }

  function expectNoKey(texts: readonly string[]): void {
    expect(texts.join('').length).toBeGreaterThan(1000);
    for (const key of Object.values(keys))
      for (const guise of guises(key))
        expect(texts.some((text) => text.includes(guise))).toBe(false);
  }

  test('are in nothing that is written, though the server says them back and the agent looks for them', async () => {
    const script = ({ headers }: ServedRequest, n: number): Answer => {
      const said = `authorization: ${String(headers.authorization)}`;
      const answers: readonly Answer[] = [
        { ...serverError(), body: { error: { message: said } } },
        { ...tooManyRequests('0'), body: said },
        say('half', { errorAfter: { events: 1, message: said } }),
        callTool('shell', {
          command:
            'env; cat /proc/*/environ | tr "\\0" "\\n"; ps auxww; grep -rl planted / --include="*.json" --exclude-dir=proc --exclude-dir=sys',
        }),
        callTool('submit', {}),
      ];
      return answers[n] ?? say('there is nothing more');
    };
    const ended = await run(script);
    expect(ended.of('add')).toMatchObject({ exit_status: 'submitted' });
    const texts = await everythingWritten(ended);
    expect(texts.join('')).toContain('[key]'); // what was said back has come as far as that
    expectNoKey(texts);
    for (const { headers } of server.requests) {
      expect(headers.authorization).toBe(`Bearer ${keys.BENCHYARD_API_KEY}`);
      expect(JSON.stringify(headers)).not.toContain(keys.OPENAI_API_KEY);
      expect(JSON.stringify(headers)).not.toContain(keys.CHUTES_API_KEY);
    }
  });

  test('are in no error of a server that denies them', async () => {
    const ended = await run(
      ({ headers }) => wrongKey(`${String(headers.authorization)} is not a key of ours`),
      { cache: false },
    );
    expect(ended.of('add')).toMatchObject({ status: 'infra_failure', cause: 'model-denied' });
    expect(ended.of('add').detail).toContain('BENCHYARD_API_KEY');
    expectNoKey(await everythingWritten(ended));
  });

  test('are in no error of an address that cannot be', async () => {
    const starting = run(() => say(''), {
      base_url: `http://user:${keys.BENCHYARD_API_KEY}@127.0.0.1:1/v1`,
    });
    await expect(starting).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(starting).rejects.not.toThrow('planted');
    const left = await filesBelow(path.join(bench.folder, 'runs'));
    expectNoKey([...(await Promise.all(left.map((file) => readFile(file, 'latin1')))), ...logs]);
  });
});
