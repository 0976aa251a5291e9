import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrialResult } from '../../../src/runner/model';
import { cli, cliJson } from '../../support/cli';
import { readJsonLines } from '../../support/files';
import type { ModelServer } from '../../support/modelServer';
import { callTool, startModelServer } from '../../support/modelServer';
import {
  calculator,
  fixedCalculator,
  TestRepository,
  writeTasks,
} from '../../support/repositories';
import { recordedSamples } from '../../support/samples';
import { describeOn, testCache, warmUp } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';

const samples = path.join(import.meta.dirname, '../../../samples');
const patience = ['clone', 'install', 'apply', 'test', 'total'].flatMap((stage) => [
  `--timeout-${stage}`,
  stage === 'total' ? '900' : '120',
]);
const key = 'planted-key-0123456789-abcdef';
const source = 'calc/__init__.py';

interface Outcome {
  readonly run_dir: string;
  readonly trials: readonly TrialResult[];
}

describeOn('docker', 'agents on the command line', () => {
  let folder: { path: string } & AsyncDisposable;
  let server: ModelServer;
  let env: Record<string, string>;
  let tasks: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    env = { BENCHYARD_CACHE: await testCache(folder.path), BENCHYARD_LOG: '1' };
    await warmUp('docker', testHost(folder.path));
    const script = [
      callTool('read_file', { path: source }),
      callTool('edit_file', { path: source, old_text: 'a - b', new_text: 'a + b' }),
      callTool('swe_pytest', {}),
      callTool('submit', {}),
    ];
    server = await startModelServer(
      ({ body }) => script[body.messages.filter(({ role }) => role === 'assistant').length]!,
      { key },
    );
    const repository = await TestRepository.make(path.join(folder.path, 'calc'), calculator);
    tasks = await writeTasks(folder.path, [
      {
        task_id: 'add',
        repo: repository.path,
        ref: await repository.head(),
        problem_statement: 'add(1, 2) is -1.',
        patch: await repository.patch({ [source]: fixedCalculator }),
      },
    ]);
  });
  afterAll(async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  });

  /** `run` on the calculator with the model server. */
  async function run(args: readonly string[], status = 0): Promise<Outcome> {
    const model = ['--base-url', server.baseUrl, '--model', 'test-model'];
    const all = ['run', '--tasks', tasks, '--agent', 'runner', ...model, ...patience, ...args];
    const options = { cwd: folder.path, env: { ...env, BENCHYARD_API_KEY: key }, status };
    return (await cliJson(all, options)) as Outcome;
  }

  test('runner solves six of the samples by recorded answers, its tools performed for real', async () => {
    const args = [
      ...[
        'run',
        '--tasks',
        path.join(samples, 'seed_tasks.jsonl'),
        '--task-id',
        ...recordedSamples,
      ],
      ...['--agent', 'runner', '--model', `scripted:${path.join(samples, 'answers.jsonl')}`],
    ];
    const outcome = (await cliJson([...args, ...patience], { cwd: folder.path, env })) as Outcome;
    expect(outcome.trials.map(({ task_id, status }) => `${task_id} ${status}`).sort()).toEqual(
      recordedSamples.map((id) => `${id} passed`),
    );
    for (const trial of outcome.trials) {
      expect(trial).toMatchObject({
        exit_status: 'submitted',
        agent: 'runner',
        usage: { cost: 0 },
      });
      expect(trial.agent_stats?.turns).toBeGreaterThanOrEqual(4);
    }
    // The run folder stands alone: it has the answers too, and resuming what is done does nothing.
    expect(await readdir(path.join(outcome.run_dir, 'inputs'))).toEqual(['answers.jsonl']);
    const again = (await cliJson(['resume', outcome.run_dir], {
      cwd: folder.path,
      env,
    })) as Outcome;
    expect(again.trials.map(({ status }) => status)).toEqual(recordedSamples.map(() => 'passed'));
  });

  test('team solves a sample: planned, changed wrongly, sent back, mended, tested', async () => {
    const file = 'pixelbin/levels.py';
    const call = (name: string, args: object): object => ({
      tool_calls: [{ name, arguments: args }],
    });
    const edit = (old_text: string, new_text: string): object =>
      call('edit_file', { path: file, old_text, new_text });
    const answers = [
      call('read_file', { path: file }),
      call('hand_over', { to: 'coder', message: 'Take the means over height and width.' }),
      edit('image.mean(axis=(1, 2))', 'image.mean(axis=(0, 1))'),
      call('hand_over', { to: 'tester', message: 'Done.' }),
      call('swe_pytest', {}),
      call('shell', {
        command: `python3 -c "
import numpy as np
from pixelbin.levels import white_balance
print(white_balance(np.full((2, 5, 3), (120, 60, 90), dtype=np.uint8))[0, 0])"`,
      }),
      call('hand_over', { to: 'coder', message: 'It does not broadcast along the channels.' }),
      edit('image * gains[:, np.newaxis, np.newaxis]', 'image * gains'),
      call('hand_over', { to: 'tester', message: 'Now it does.' }),
      call('swe_pytest', {}),
      call('submit', {}),
    ];
    const script = path.join(folder.path, 'team.jsonl');
    await writeFile(script, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
    const args = [
      ...['run', '--tasks', path.join(samples, 'seed_tasks.jsonl')],
      ...['--task-id', 'pixelbin__white-balance-axis', '--agent', 'team'],
      ...['--model', `scripted:${script}`, ...patience],
    ];
    const { trials, run_dir } = (await cliJson(args, { cwd: folder.path, env })) as Outcome;
    expect(trials).toMatchObject([
      { status: 'passed', agent: 'team', exit_status: 'submitted', agent_stats: { turns: 11 } },
    ]);
    const told = await cli(['trajectory', run_dir, 'pixelbin__white-balance-axis_0'], {
      cwd: folder.path,
      env,
    });
    for (const role of ['planner', 'coder', 'tester']) expect(told.stdout).toContain(role);
  });

  test('a model behind HTTP; the key is in nothing that was written', async () => {
    const { run_dir, trials } = await run([]);
    expect(trials).toMatchObject([{ status: 'passed', model: 'test-model' }]);
    expect(server.requests.every(({ headers }) => headers.authorization === `Bearer ${key}`)).toBe(
      true,
    );
    const wrong = await cli(
      ['run', '--tasks', tasks, '--agent', 'runner', '--base-url', server.baseUrl, '--model', 'm'],
      { cwd: folder.path, env: { ...env, BENCHYARD_API_KEY: `${key}-but-wrong` } },
    );
    expect(wrong.status).toBe(3);
    expect(wrong.stdout + wrong.stderr).toContain('BENCHYARD_API_KEY');
    expect(wrong.stdout + wrong.stderr).not.toContain(key);
    const files = await readdir(folder.path, { recursive: true, withFileTypes: true });
    const holding: string[] = [];
    for (const file of files.filter((entry) => entry.isFile())) {
      const whole = path.join(file.parentPath, file.name);
      if ((await readFile(whole)).includes(key)) holding.push(whole);
    }
    expect(files.length).toBeGreaterThan(20);
    expect(holding).toEqual([]);
    expect(run_dir.startsWith(folder.path)).toBe(true);
  });

  test('a run from the cache asks nothing, costs nothing and comes to the same', async () => {
    const first = await run(['--cache', '--attempts', '2']);
    const asked = server.requests.length;
    const second = await run(['--cache', '--attempts', '2']);
    expect(server.requests.length).toBe(asked);
    expect(second.trials.map(({ usage }) => usage?.cost)).toEqual([0, 0]);
    const patches = async ({ run_dir }: Outcome): Promise<readonly string[]> =>
      await Promise.all(
        ['add_0', 'add_1'].map((trial) =>
          readFile(path.join(run_dir, trial, 'patch.diff'), 'utf8'),
        ),
      );
    expect(await patches(second)).toEqual(await patches(first));
    expect(second.trials.map(({ status }) => status)).toEqual(['passed', 'passed']);
  });

  test('what it did can be printed, replayed as answers, and stands in the report', async () => {
    const { run_dir } = await run([]);
    const markdown = await cli(['trajectory', run_dir, 'add_0'], { cwd: folder.path, env });
    expect(markdown.stdout).toContain('add(1, 2) is -1.');
    expect(markdown.stdout).toContain('edit_file');
    const jsonl = await cli(['trajectory', run_dir, 'add_0', '--json'], { cwd: folder.path, env });
    const lines = jsonl.stdout.trim().split('\n');
    expect(lines).toEqual(
      (await readFile(path.join(run_dir, 'add_0', 'trajectory.jsonl'), 'utf8')).trim().split('\n'),
    );
    const recording = path.join(folder.path, 'recording.jsonl');
    await cp(path.join(run_dir, 'add_0', 'trajectory.jsonl'), recording);
    const replayed = (await cliJson(
      [
        'run',
        '--tasks',
        tasks,
        '--agent',
        'runner',
        '--model',
        `scripted:${recording}`,
        ...patience,
      ],
      { cwd: folder.path, env },
    )) as Outcome;
    expect(replayed.trials).toMatchObject([{ status: 'passed', agent_stats: { turns: 4 } }]);
    const report = await cliJson(['report', run_dir], { cwd: folder.path, env });
    expect(report).toMatchObject({
      runs: [
        { metrics: { exit_statuses: { submitted: 1 }, agent_stats: { turns: 4, tool_calls: 4 } } },
      ],
    });
    const results = await readJsonLines(path.join(run_dir, 'results.jsonl'));
    expect(results).toHaveLength(1);
  });

  test.each([
    [['--max-cost', '1'], /price of test-model is not known/],
    [['--agent', 'nobody'], /There is no agent "nobody"/],
    [['--prompt', 'runner.system=missing.md'], /missing\.md cannot be read/],
    [['--prompt', 'nonsense'], /expected NAME=FILE/],
    [['--end-when-tests-pass', '('], /regular expression/],
    [['--provider', 'openai'], /base_url belongs to the provider custom/],
  ])('%s cannot work and is said before anything begins', async (args, message) => {
    const before = server.requests.length;
    const all = ['run', '--tasks', tasks, '--agent', 'runner', '--base-url', server.baseUrl];
    const end = await cli([...all, '--model', 'test-model', ...args], { cwd: folder.path, env });
    expect(end.status).toBe(2);
    expect(end.stderr).toMatch(message);
    expect(server.requests.length).toBe(before);
  });
});
