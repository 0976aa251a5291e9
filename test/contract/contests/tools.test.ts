import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TaskSession } from '../../../src/runner/index';
import { largest, programs } from '../../support/flowStory';
import type { Answer, ModelServer } from '../../support/modelServer';
import { callTool, say, startModelServer } from '../../support/modelServer';
import { writeTasks } from '../../support/repositories';
import { Bench } from '../../support/runs';
import { describeOn } from '../../support/sandboxes';
import { never } from '../../support/temp';

describeOn('docker', 'tools of contest tasks', () => {
  const bench = Bench.use('docker');
  let script: readonly Answer[] = [];
  let server: ModelServer;
  beforeAll(async () => {
    server = await startModelServer(
      ({ body }) =>
        script[body.messages.filter(({ role }) => role === 'assistant').length] ?? say('no more'),
    );
  });
  afterAll(() => server.close());

  test('an agent writes a program, runs it on the public tests and on its own, and hands it in', async () => {
    script = [
      callTool('contest_statement', {}),
      callTool('contest_run', {}),
      callTool('write_file', { path: 'solution.py', content: programs.fromZero }),
      callTool('contest_run', {}),
      callTool('contest_run', {
        tests: [{ input: '1\n-3\n', output: '-3\n' }, { input: '1\n5\n' }],
      }),
      callTool('contest_run', { source: programs.right, kind: 'public_tests', tests: [] }),
      callTool('contest_run', { path: 'missing.py' }),
      callTool('write_file', { path: 'solution.py', content: programs.right }),
      callTool('submit', {}),
    ];
    const run = await bench.run([largest], {
      agent: 'runner',
      base_url: server.baseUrl,
      model: 'test-model',
    });
    expect(run.of('largest')).toMatchObject({ status: 'passed', exit_status: 'submitted' });
    const options = { signal: never };
    const steps = await bench.runner.readSteps(run.runDir, 'largest_0', options);
    const bodies = await bench.runner.readStepBodies(run.runDir, 'largest_0', steps, options);
    const outputs = bodies.flatMap((step) => (step.kind === 'tool' ? [step.output] : []));
    const [statement, none, , atPublic, own, given, missing] = outputs;
    expect(statement).toContain('Print the largest of n numbers.');
    expect(none).toContain('There is no program: write solution.py, solution.cpp or Solution.java');
    expect(atPublic).toBe(
      [
        '1 of 2 tests passed.',
        'public test 1: passed',
        'public test 2: wrong_answer\ninput:\n    2\n    -5 -2\nexpected:\n    -2\nprinted:\n    0',
      ].join('\n\n'),
    );
    expect(own).toContain('1 of 2 tests passed.');
    expect(own).toContain('own test 1: wrong_answer');
    expect(own).toContain('own test 2: passed\ninput:\n    1\n    5\nprinted:\n    5');
    expect(given).toContain('2 of 2 tests passed.');
    expect(missing).toContain('missing.py cannot be read');
    // What decides is told to nobody.
    const all = JSON.stringify(bodies);
    expect(all).not.toContain('4 4 9 1');
  });

  test('somebody outside works on it with the same tools', async () => {
    let opened: (session: TaskSession) => void = () => undefined;
    const session = new Promise<TaskSession>((resolve) => (opened = resolve));
    const { done, runDir } = await bench.runner.startRun(
      {
        tasks: [await writeTasks(bench.folder, [largest])],
        agent: 'human',
        sandbox: 'docker',
        out: path.join(bench.folder, 'runs'),
      },
      { signal: never, observer: { onSession: opened } },
    );
    const open = await session;
    const { tools, brief } = open;
    expect(tools.map(({ name }) => name)).toEqual([
      ...['contest_statement', 'contest_run', 'list_files', 'read_file', 'search'],
      ...['edit_file', 'write_file', 'shell', 'submit'],
    ]);
    expect(brief.statement).toContain('Public test 2');
    expect(JSON.stringify(brief)).not.toContain('4 4 9 1');
    const options = { signal: never };
    const source = programs.right;
    expect(await open.call('contest_run', { source, language: 'COBOL' }, options)).toMatchObject({
      ok: false,
      text: expect.stringContaining('PYTHON3') as unknown,
    });
    await open.call('write_file', { path: 'solution.py', content: source }, options);
    expect((await open.call('contest_run', {}, options)).text).toContain('2 of 2 tests passed.');
    await open.call('submit', {}, options);
    const { results } = await done;
    expect(results[0]).toMatchObject({ status: 'passed', contest: { n: 1, c: 1 } });
    const handedIn = await readFile(path.join(runDir, 'largest_0', 'candidates.jsonl'), 'utf8');
    expect(JSON.parse(handedIn)).toEqual({ language: 'PYTHON3', source });
  });

  test('a program that cannot end well is told as what it is', async () => {
    const source = (code: string): Answer => callTool('contest_run', { source: code });
    script = [
      source('raise SystemExit(3)'),
      source('import os; os.kill(os.getpid(), 11)'),
      source('print(' /* no program */),
      callTool('contest_run', { source: 'print(1)', tests: [] }),
      callTool('submit', {}),
    ];
    const run = await bench.run([largest], {
      agent: 'runner',
      base_url: server.baseUrl,
      model: 'test-model',
    });
    expect(run.of('largest')).toMatchObject({ status: 'empty_patch' });
    const options = { signal: never };
    const steps = await bench.runner.readSteps(run.runDir, 'largest_0', options);
    const bodies = await bench.runner.readStepBodies(run.runDir, 'largest_0', steps, options);
    const outputs = bodies.flatMap((step) => (step.kind === 'tool' ? [step.output] : []));
    expect(outputs[0]).toContain('public test 1: runtime_error');
    expect(outputs[1]).toContain('public test 1: crash');
    expect(outputs[2]).toMatch(/^The program cannot be compiled\.[\s\S]*SyntaxError/);
    expect(outputs[3]).toContain('give tests of your own');
  });

  test('no program that an agent runs comes near tests that stand behind a candidate', async () => {
    const task = {
      task_id: 'HumanEval/0',
      prompt: 'def double(n):\n',
      entry_point: 'double',
      test: 'def check(candidate):\n    assert candidate(21) == 42, "SECRET"\n',
      canonical_solution: '    return 2 * n\n',
    };
    const wrong = '    return n\n';
    const looks = `${wrong}import sys\nprint(open(sys.argv[0]).read())\nprint(sorted(globals()))\n`;
    script = [
      callTool('contest_run', { source: looks, tests: [{ input: '' }] }),
      callTool('contest_run', {
        source: `${wrong}print(double(1))`,
        tests: [{ input: '', output: '2' }],
      }),
      callTool('submit', {}),
    ];
    const run = await bench.run([task], {
      agent: 'runner',
      base_url: server.baseUrl,
      model: 'test-model',
    });
    const [trial = ''] = [...run.state.trials.keys()];
    const options = { signal: never };
    const steps = await bench.runner.readSteps(run.runDir, trial, options);
    const bodies = await bench.runner.readStepBodies(run.runDir, trial, steps, options);
    const outputs = bodies.flatMap((step) => (step.kind === 'tool' ? [step.output] : []));
    expect(outputs[0]).toMatch(/own test 1: passed[\s\S]*def double/);
    expect(outputs[0]).not.toMatch(/SECRET|check/);
    expect(outputs[1]).toContain('own test 1: wrong_answer');
    expect(JSON.stringify(bodies)).not.toContain('SECRET');
  });
});
