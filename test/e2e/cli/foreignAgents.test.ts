import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { TrialResult } from '../../../src/runner/model';
import { CliProcess, cliJson } from '../../support/cli';
import { callTool, say, startModelServer } from '../../support/modelServer';
import { describeOnEverySandbox, testCache, warmUp } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';

const samples = path.join(import.meta.dirname, '../../../samples');
const taskId = 'rollstats__last-frame';
const patience = ['clone', 'install', 'apply', 'test', 'total'].flatMap((stage) => [
  `--timeout-${stage}`,
  stage === 'total' ? '900' : '120',
]);
const key = 'planted-key-0123456789-abcdef';

interface Outcome {
  readonly trials: readonly TrialResult[];
}

describeOnEverySandbox('agents that are not ours, on the command line', (sandbox) => {
  let folder: { path: string } & AsyncDisposable;
  let env: Record<string, string>;
  let gold = '';

  beforeAll(async () => {
    folder = await temporaryFolder();
    env = { BENCHYARD_CACHE: await testCache(folder.path), BENCHYARD_API_KEY: key };
    await warmUp(sandbox, testHost(folder.path));
    await cp(samples, path.join(folder.path, 'samples'), { recursive: true });
    const rows = await readFile(path.join(samples, 'seed_tasks.jsonl'), 'utf8');
    const row = rows.split('\n').find((line) => line.includes(taskId)) ?? '';
    gold = z.object({ patch: z.string() }).parse(JSON.parse(row)).patch;
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const run = (agent: readonly string[]): readonly string[] => [
    ...['run', '--tasks', 'samples/seed_tasks.jsonl', '--task-id', taskId],
    ...['--sandbox', sandbox, ...agent, ...patience],
  ];

  test('command solves a sample task with the model that the host serves', async () => {
    const answers = [
      callTool('sh', { command: `git apply - <<'PATCH'\n${gold}\nPATCH` }),
      callTool('sh', { command: 'python3 -m pytest -q 2>&1 | tail -1' }),
      say('It is mended.'),
    ];
    await using server = await startModelServer(answers, { key });
    const program = await readFile(
      path.join(import.meta.dirname, '../../support/foreignAgent.py'),
      'utf8',
    );
    const command = `cat > /tmp/agent.py <<'PROGRAM'\n${program}\nPROGRAM\npython3 /tmp/agent.py`;
    const model = ['--base-url', server.baseUrl, '--model', 'test-model'];
    const args = run(['--agent', 'command', '--command', command, ...model]);
    // The document is the program's own.
    const { trials } = (await cliJson(args, { cwd: folder.path, env })) as Outcome;
    expect(trials).toMatchObject([
      {
        task_id: taskId,
        status: 'passed',
        agent: 'command',
        model: 'test-model',
        exit_status: 'submitted',
        agent_stats: { turns: 3, tool_calls: 3 },
      },
    ]);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 3 }, () => `Bearer ${key}`),
    );
  });

  test('human works in the sandbox’s own shell and hands in with a file', async () => {
    const started = new CliProcess(run(['--agent', 'human']), { cwd: folder.path, env });
    const [, shell = ''] = await started.says(/in another terminal:\n {2}(.+)\n/);
    const [, submit = ''] = await started.says(/touch (\S+submit)\n/);
    const typing = spawn('/bin/sh', ['-c', shell.replace(' -it ', ' -i ')], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    typing.stdin.end(`git apply - <<'PATCH'\n${gold}\nPATCH\n`);
    expect(await once(typing, 'close')).toEqual([0, null]);
    await writeFile(path.resolve(folder.path, submit), '');
    const { status, stdout, stderr } = await started.ended;
    expect(stderr).toContain('handed in; now it is tested');
    expect(stdout).toContain('1 of 1 resolved');
    expect(status).toBe(0);
  });
});
