import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunConfigInput, StepSummary, TrajectoryStep } from '../../../src/runner/model';
import type { Answer, ModelServer, ServedRequest } from '../../support/modelServer';
import {
  callTool,
  callTools,
  contextOverflow,
  refuse,
  say,
  serverError,
  silence,
  startModelServer,
} from '../../support/modelServer';
import { calculator, fixedCalculator, TestRepository } from '../../support/repositories';
import type { EndedRun } from '../../support/runs';
import { Bench } from '../../support/runs';
import { describeOn } from '../../support/sandboxes';
import { never } from '../../support/temp';

const source = 'calc/__init__.py';
const edit = callTool('edit_file', {
  path: source,
  old_text: 'return a - b',
  new_text: 'return a + b',
});
const submit = callTool('submit', {});

describeOn('docker', 'agents', () => {
  let repository: TestRepository;
  let answers: (request: ServedRequest, n: number) => Answer;
  let server: ModelServer;
  const bench = Bench.use('docker', async ({ folder }) => {
    repository = await TestRepository.make(`${folder}/calculator`, calculator);
  });
  beforeAll(async () => {
    server = await startModelServer((request, n) => answers(request, n - first));
  });
  afterAll(() => server.close());
  let first = 0;

  /** Runs an agent on the calculator with these answers of its model. */
  async function solve(
    script: readonly Answer[] | ((request: ServedRequest, n: number) => Answer),
    config: RunConfigInput = {},
  ): Promise<EndedRun> {
    first = server.requests.length;
    answers = (request, n) =>
      typeof script === 'function'
        ? script(request, n)
        : (script[n] ?? say('there are no more answers'));
    const row = {
      task_id: 'add',
      repo: repository.path,
      ref: await repository.head(),
      problem_statement: 'add(1, 2) is -1. It must be 3.',
      patch: await repository.patch({ [source]: fixedCalculator }),
    };
    return await bench.run([row], {
      agent: 'runner',
      base_url: server.baseUrl,
      model: 'scripted-model',
      ...config,
    });
  }

  async function steps({ runDir }: EndedRun): Promise<readonly StepSummary[]> {
    return await bench.runner.readSteps(runDir, 'add_0', { signal: never });
  }

  async function bodies(run: EndedRun): Promise<readonly TrajectoryStep[]> {
    const { runDir } = run;
    return await bench.runner.readStepBodies(runDir, 'add_0', await steps(run), { signal: never });
  }

  test('runner reads, edits, tests and submits; all of it can be read afterwards', async () => {
    const run = await solve([
      callTools([
        { name: 'read_file', arguments: { path: source } },
        { name: 'list_files', arguments: {} },
      ]),
      { ...edit, reasoning: 'It subtracts.' },
      callTool('swe_pytest', {}),
      submit,
    ]);
    const result = run.of('add');
    expect(result).toMatchObject({
      status: 'passed',
      agent: 'runner',
      model: 'scripted-model',
      exit_status: 'submitted',
      agent_stats: { turns: 4, tool_calls: 5, tool_errors: 0 },
    });
    expect(result.usage?.prompt_tokens).toBeGreaterThan(100);
    expect(result.usage?.cost).toBeNull();
    const recorded = await bodies(run);
    expect(recorded.map(({ kind }) => kind)).toEqual([
      'message',
      'message',
      'model',
      'tool',
      'tool',
      'model',
      'tool',
      'model',
      'tool',
      'model',
      'tool',
      'end',
    ]);
    expect(recorded[5]).toMatchObject({ reasoning: 'It subtracts.' });
    expect(recorded[6]).toMatchObject({ tool: 'edit_file', ok: true });
    expect(recorded[6]?.tree).toMatch(/^[0-9a-f]{40}$/);
    const asked = server.requests[first]?.body;
    expect(asked?.messages[0]?.content).toContain('100 answers');
    expect(asked?.messages[1]?.content).toContain('add(1, 2) is -1');
  });

  test('what cannot be understood is answered, and the agent goes on', async () => {
    const run = await solve([
      callTool('edit_file', '{"path": "calc/__init__.py", "old_te'),
      callTool('no_such_tool', {}),
      callTool('edit_file', { path: source, old_text: 'not in the file', new_text: '' }),
      edit,
      say('Now I am done.'),
      submit,
    ]);
    expect(run.of('add')).toMatchObject({
      status: 'passed',
      exit_status: 'submitted',
      agent_stats: { turns: 6, tool_errors: 3 },
    });
    const told = server.requests.at(-1)?.body.messages.map(({ content }) => content ?? '') ?? [];
    expect(told.some((text) => text.includes('The arguments are not JSON'))).toBe(true);
    expect(told.some((text) => text.includes('There is no tool "no_such_tool"'))).toBe(true);
    expect(told.some((text) => text.includes('You called no tool'))).toBe(true);
  });

  test.each<
    [name: string, exit: string, script: Parameters<typeof solve>[0], config?: RunConfigInput]
  >([
    ['a model that writes TERMINATE for ever', 'submitted', () => say('TERMINATE')],
    ['a model that only talks', 'format_error', () => say('I would edit the file.')],
    ['a model that calls what is not there', 'format_error', () => callTool('nothing', {})],
    ['a model that repeats itself', 'no_progress', () => callTool('list_files', {})],
    ['a model that refuses', 'refused', [refuse('I will not.')]],
    ['a conversation that never fits', 'context_overflow', () => contextOverflow()],
    [
      'more turns than allowed',
      'max_turns',
      (_, n) => callTool('shell', { command: `echo ${String(n)}` }),
      { max_turns: 3 },
    ],
    [
      'more tokens than allowed',
      'max_tokens',
      (_, n) => callTool('shell', { command: `echo ${String(n)}` }),
      { budget: { trial: { tokens: 60_000 } } },
    ],
    [
      'more cost than allowed',
      'max_cost',
      (_, n) => callTool('shell', { command: `echo ${String(n)}` }),
      {
        budget: { trial: { cost: 0.1 } },
        prices: { 'scripted-model': { input: 1, output: 10 } },
        max_output_tokens: 1000,
      },
    ],
    [
      'more time than allowed',
      'time',
      () => callTool('shell', { command: 'sleep 60' }),
      { timeouts: { agent: 3 } },
    ],
  ])('%s ends as %s', async (_name, exit, script, config) => {
    const run = await solve(script, config);
    expect(run.of('add')).toMatchObject({ status: 'empty_patch', exit_status: exit });
    const last = (await bodies(run)).at(-1);
    expect(last).toMatchObject({ kind: 'end', exit_status: exit });
    expect(server.requests.length - first).toBeLessThan(40);
  });

  test('a call that is cut off counts as what it may have cost', async () => {
    const run = await solve([callTool('list_files', {}), silence], {
      timeouts: { agent: 4 },
      prices: { 'scripted-model': { input: 1, output: 10 } },
    });
    const result = run.of('add');
    expect(result).toMatchObject({ exit_status: 'time', agent_stats: { turns: 1 } });
    expect(run.state.spent).toMatchObject({ turns: 2, cost: result.usage?.cost });
    const told = (await steps(run)).filter(({ usage }) => usage !== null);
    expect(told.map(({ kind }) => kind)).toEqual(['model', 'end']);
  });

  test('passing tests end the episode where that was asked for', async () => {
    const script = [
      edit,
      callTool('swe_pytest', {}),
      callTool('shell', { command: 'git checkout .' }),
    ];
    const run = await solve(script, { end_when_tests_pass: true });
    expect(run.of('add')).toMatchObject({ status: 'passed', exit_status: 'tests_passed' });
  });

  test('work that was done counts, however the episode ended', async () => {
    const run = await solve([edit], { max_turns: 1 });
    expect(run.of('add')).toMatchObject({ status: 'passed', exit_status: 'max_turns' });
  });

  test('a model that cannot be reached is no failure of the agent', async () => {
    const run = await solve(() => serverError(), { model_retries: 1 });
    expect(run.of('add')).toMatchObject({
      status: 'infra_failure',
      cause: 'model_error',
      exit_status: 'model_error',
    });
  });

  test('a run stops at its cap, says so, and goes on with a higher one', async () => {
    const config = {
      agent: 'runner',
      prices: { 'scripted-model': { input: 1, output: 10 } },
      max_output_tokens: 1000,
      attempts: 3,
      concurrency: 1,
      max_cost: 0.035,
    };
    const run = await solve((request) => {
      const turn = request.body.messages.filter(({ role }) => role === 'assistant').length;
      return turn === 0
        ? edit
        : turn < 6
          ? callTool('shell', { command: `echo ${String(turn)}` })
          : submit;
    }, config);
    expect(run.state.phase).toBe('cancelled');
    const stopped = run.results.filter(({ status }) => status === 'cancelled');
    expect(stopped.length).toBeGreaterThan(0);
    expect(stopped.map(({ cause }) => cause)).toEqual(stopped.map(() => 'max_cost'));
    expect(run.state.spent.cost).toBeLessThanOrEqual(0.035);
    const handle = await bench.runner.resumeRun(run.runDir, {
      signal: never,
      budget: { cost: 10 },
    });
    const { state, results } = await handle.done;
    expect(state.phase).toBe('finished');
    expect(results.map(({ status }) => status)).toEqual(['passed', 'passed', 'passed']);
    expect(state.spent.cost).toBeGreaterThan(0.035);
  });

  test('an agent finds neither the solution nor a key', async () => {
    const look =
      'git log --all --oneline | wc -l; env; grep -rn "return a + b" / --include=*.py -l 2>/dev/null; cat /proc/1/environ 2>&1; cat /proc/*/environ 2>/dev/null | tr "\\0" "\\n"; ls / /workspace';
    const run = await solve([callTool('shell', { command: look }), submit]);
    const shown = (await bodies(run)).find(({ kind }) => kind === 'tool');
    const output = shown?.kind === 'tool' ? shown.output : '';
    expect(output).toContain('PATH=');
    expect(output).not.toContain('a planted key');
    expect(output).not.toContain(path.join('workspace', 'project', source));
    expect(output.split('\n')[0]?.trim()).toBe('1');
  });

  test('team: planner, coder and tester hand the work over until the tester submits', async () => {
    const run = await solve(
      [
        callTool('read_file', { path: source }),
        callTool('hand_over', { to: 'coder', message: 'add subtracts: make it add' }),
        callTool('shell', { command: 'true' }),
        callTool('hand_over', { to: 'tester', message: 'done' }),
        callTool('swe_pytest', {}),
        callTool('hand_over', { to: 'coder', message: 'add(1, 2) is still -1' }),
        edit,
        callTools([
          { name: 'hand_over', arguments: { to: 'tester', message: 'now it is' } },
          { name: 'read_file', arguments: { path: source } },
        ]),
        callTool('swe_pytest', {}),
        submit,
      ],
      { agent: 'team' },
    );
    expect(run.of('add')).toMatchObject({
      status: 'passed',
      exit_status: 'submitted',
      agent: 'team',
    });
    const recorded = await steps(run);
    expect(recorded.filter(({ kind }) => kind === 'handover').map(({ agent }) => agent)).toEqual([
      'planner',
      'coder',
      'tester',
      'coder',
    ]);
    const tools = server.requests[first]?.body.tools?.map(({ function: { name } }) => name);
    expect(tools).toEqual(['list_files', 'read_file', 'search', 'hand_over']);
  });
});
