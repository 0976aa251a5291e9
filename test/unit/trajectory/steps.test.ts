import { appendFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentStep } from '../../../src/runner/agents/agent';
import { createRunner } from '../../../src/runner/index';
import type { Runner } from '../../../src/runner/index';
import { emptyRunState, noUsage } from '../../../src/runner/model';
import { EventLog } from '../../../src/runner/run/eventLog';
import { StepRecorder } from '../../../src/runner/run/stepRecorder';
import { runPaths } from '../../../src/runner/store/runFolder';
import { stepMarkdown } from '../../../src/runner/trajectory/markdown';
import { never, temporaryFolder, testHost } from '../../support/temp';

const trial = 'a_0';
const tool = (output: string, whole?: string): AgentStep => ({
  kind: 'tool',
  call_id: '1',
  tool: 'shell',
  arguments: { command: 'ls "type":"trial.started"' },
  ok: true,
  output,
  output_bytes: Buffer.byteLength(whole ?? output),
  duration_s: 0.25,
  ...(whole === undefined ? {} : { whole }),
});
const steps: readonly AgentStep[] = [
  { kind: 'message', role: 'system', content: 'You are "thorough".\n# Rules\n```\nno fence\n```' },
  {
    kind: 'model',
    model: 'some/model',
    text: 'I will look.\n\n````js\nlet x;\n````\n> quoted',
    reasoning: 'Hm.',
    tool_calls: [{ id: '1', name: 'shell', arguments: '{"command": "ls"}' }],
    end: 'answer',
    detail: null,
    usage: { ...noUsage, prompt_tokens: 10, completion_tokens: 5, cost: 0.001 },
    duration_s: 1,
    cached: false,
    attempts: 1,
  },
  tool('a `````` b\nStraße ΑΒΓ 猫\n'),
  tool('first … last', 'first\n'.repeat(1000)),
  { kind: 'handover', from: 'planner', to: 'coder', content: 'Do it', agent: 'planner' },
  { kind: 'end', exit_status: 'submitted', detail: null },
];

describe('the steps of a trial', () => {
  let folder: { path: string } & AsyncDisposable;
  let runner: Runner;
  let runDir: string;
  let events: EventLog;

  /** One try of the trial, as far as these steps. */
  async function attempt(some: readonly AgentStep[]): Promise<void> {
    await events.emitTrial(trial, { type: 'trial.started' });
    const recorder = new StepRecorder({
      paths: runPaths(runDir).trial(trial),
      emit: (body) => events.emitTrial(trial, body),
      trees: () => null,
    });
    await Promise.all(some.map((step) => recorder.record(step)));
    await recorder.close();
  }

  beforeAll(async () => {
    folder = await temporaryFolder();
    runDir = path.join(folder.path, 'run');
    runner = createRunner(testHost(folder.path));
    await mkdir(runDir);
    const failed = (error: unknown): never => {
      throw error;
    };
    events = new EventLog({
      runDir,
      state: emptyRunState(),
      observer: undefined,
      onFailure: failed,
      log: failed,
    });
    await attempt(steps.slice(0, 2));
    await writeFile(runPaths(runDir).trial(trial).trajectory, ''); // as a trial does that begins anew
    await attempt(steps);
  });
  afterAll(async () => {
    await events.close();
    await runner[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const options = { signal: never };
  const read = (): ReturnType<Runner['readSteps']> => runner.readSteps(runDir, trial, options);

  test('are those of the last try, and come from where one left off', async () => {
    const found = await read();
    expect(found.map(({ step, kind }) => [step, kind])).toEqual(
      steps.map(({ kind }, n) => [n + 1, kind]),
    );
    const later = await runner.readSteps(runDir, trial, { ...options, after: 4 });
    expect(later).toEqual(found.slice(4));
    expect(await runner.readSteps(runDir, 'never_0', options)).toEqual([]);
  });

  test('have their bodies where their summaries say, in any order', async () => {
    const [, second, third, fourth] = await read();
    const places = [fourth!, second!, third!];
    const bodies = await runner.readStepBodies(runDir, trial, places, options);
    expect(bodies.map(({ step, kind }) => [step, kind])).toEqual([
      [4, 'tool'],
      [2, 'model'],
      [3, 'tool'],
    ]);
    expect(bodies[2]).toMatchObject({ output: 'a `````` b\nStraße ΑΒΓ 猫\n', output_file: null });
    const wrong = [{ ...second!, step: 3 }];
    await expect(runner.readStepBodies(runDir, trial, wrong, options)).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('whole outputs are read by name, and nothing else is', async () => {
    expect(await runner.readStepOutput(runDir, trial, 'outputs/4.txt', options)).toBe(
      'first\n'.repeat(1000),
    );
    for (const file of ['outputs/3.txt', '../run.json', 'outputs/../../run.json', 'events.jsonl'])
      await expect(runner.readStepOutput(runDir, trial, file, options)).rejects.toMatchObject({
        code: 'not-found',
      });
    for (const id of ['..', '../run', 'a/b', ''])
      await expect(runner.readSteps(runDir, id, options)).rejects.toMatchObject({
        code: 'not-found',
      });
  });

  test.each([
    ['straße', [3]],
    ['"thorough".\n# rules', [1]],
    ['do IT', [5]],
    ['output_bytes', []],
    ['\\', []],
  ])('searching for %j', async (text, expected) => {
    const found: number[] = [];
    for await (const some of runner.searchSteps(runDir, trial, text, options)) found.push(...some);
    expect(found).toEqual(expected);
  });

  test('as JSON lines they are what was recorded', async () => {
    let text = '';
    for await (const piece of runner.exportTrajectory(runDir, trial, 'jsonl', options))
      text += piece;
    expect(text).toBe(await readFile(runPaths(runDir).trial(trial).trajectory, 'utf8'));
  });

  test('as Markdown no content leaves its place', async () => {
    const bodies = await runner.readStepBodies(runDir, trial, await read(), options);
    const [message = '', model = '', shell = '', long = '', handover = '', end = ''] =
      bodies.map(stepMarkdown);
    expect(message).toBe(
      '## 1. System\n\n> You are "thorough".\n> # Rules\n> ```\n> no fence\n> ```',
    );
    expect(model.split('\n\n')).toEqual([
      '## 2. Model',
      '`some/model` · 1.00 s · 15 tokens · $0.0010',
      'Reasoning:',
      '> Hm.',
      '> I will look.\n>\n> ````js\n> let x;\n> ````\n> > quoted',
      'Calls `shell`:',
      '```json\n{"command": "ls"}\n```',
    ]);
    expect(shell).toContain('```````text\na `````` b\nStraße ΑΒΓ 猫\n```````');
    expect(long).toContain('All 6000 bytes are in `outputs/4.txt`.');
    expect(handover).toBe('## 5. planner → coder (planner)\n\n> Do it');
    expect(end).toBe('## 6. End: submitted');
  });

  test('a line that was being written when the process died takes nothing with it', async () => {
    const paths = runPaths(runDir).trial(trial);
    const whole = await readFile(paths.events, 'utf8');
    const before = await read();
    await appendFile(paths.events, '{"v":1,"seq":99,"type":"agent.step","step":7,"kind":"to');
    await appendFile(paths.trajectory, '{"v":1,"step":7');
    expect(await read()).toEqual(before);
    await truncate(paths.events, Buffer.byteLength(whole) - 10);
    expect(await read()).toEqual(before.slice(0, -1));
    await writeFile(paths.events, whole);
    expect(await read()).toEqual(before);
  });
});
