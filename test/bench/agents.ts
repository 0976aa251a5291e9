import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import * as z from 'zod';
import type { AgentContext } from '../../src/runner/agents/agent';
import { loadPrompts } from '../../src/runner/agents/prompts';
import { runnerAgent } from '../../src/runner/agents/runnerAgent';
import type { Tool } from '../../src/runner/agents/tool';
import { specOf } from '../../src/runner/agents/toolbox';
import { Budget } from '../../src/runner/llm/budget';
import type { Model } from '../../src/runner/llm/model';
import { openModel } from '../../src/runner/llm/openModel';
import { withBudgets } from '../../src/runner/llm/withBudgets';
import type { RunConfig, Task } from '../../src/runner/model';
import { emptyRunState, resolveStageLimits, runConfigSchema } from '../../src/runner/model';
import { EventLog } from '../../src/runner/run/eventLog';
import { LiveOutput } from '../../src/runner/run/liveText';
import { StageLog } from '../../src/runner/run/stageLog';
import { StepRecorder } from '../../src/runner/run/stepRecorder';
import { runPaths } from '../../src/runner/store/runFolder';
import { nodeHost } from '../../src/nodeHost';
import type { Bench, BenchContext, Row } from './measure';
import { interleave, plainRow, Stopwatch, timed } from './measure';

const turns = 40;
const trials = 100;
const slowTurns = 2;

/** Answers at once, as the harness' own time needs it. */
const quick = [0, 1, 0] as const;
/** Thinks for eight seconds, then says five pieces a second for two. */
const slow = [8000, 10, 200] as const;

interface ModelProcess extends AsyncDisposable {
  readonly baseUrl: string;
}

async function startModel(pace: readonly [number, number, number]): Promise<ModelProcess> {
  const child = fork(path.resolve('test/bench/slowModel.mjs'), pace.map(String), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (child.stdout === null) throw new Error('the model has no output');
  const [port] = (await once(child.stdout, 'data')) as [Buffer]; // no encoding is set
  return {
    baseUrl: `http://127.0.0.1:${port.toString().trim()}/v1`,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** What is measured is everything around it. */
const nothing: Tool = {
  name: 'nothing',
  description: 'Does nothing.',
  parameters: z.object({ note: z.string() }),
  changesFiles: false,
  call: () => Promise.resolve({ ok: true, text: 'nothing was done' }),
};

interface Pipeline {
  readonly runDir: string;
  readonly config: RunConfig;
  readonly model: Model;
  readonly run: Budget;
  readonly events: EventLog;
  readonly context: BenchContext;
}

/** A run without sandboxes: model, cache, budgets, agent, trajectory, events and live output are the product's own. */
async function openRun(
  name: string,
  { baseUrl }: ModelProcess,
  context: BenchContext,
): Promise<Pipeline> {
  const runDir = path.join(context.folder, name);
  const config = runConfigSchema.parse({
    base_url: baseUrl,
    model: 'slow',
    cache: true,
    prices: { slow: { input: 1, output: 1 } },
    max_cost: 1000,
    requests_per_minute: 1_000_000,
  });
  const host = nodeHost({ cacheDir: path.join(context.folder, 'cache') });
  const model = await openModel(config, host, { signal: context.signal, cwd: runDir });
  const fail = (error: unknown): never => {
    throw error;
  };
  const events = new EventLog({
    runDir,
    state: emptyRunState(),
    observer: undefined,
    onFailure: fail,
    log: fail,
  });
  return { runDir, config, model, run: new Budget({ cost: 1000 }), events, context };
}

const limits = resolveStageLimits({}, {});
const task = { taskId: 'bench', benchmark: 'swe' } as Task; // all that is looked at

let attempts = 0;

/** One trial of the agent `runner` until it has had its turns. */
async function runTrial(pipeline: Pipeline, trial: string, most: number): Promise<void> {
  const { runDir, config, model, run, events, context } = pipeline;
  const paths = runPaths(runDir).trial(trial);
  const log = new StageLog(paths.log('agent'));
  await log.open();
  const live = new LiveOutput((text) => {
    log.write(text);
  });
  const recorder = new StepRecorder({
    paths,
    emit: (body) => events.emitTrial(trial, body),
    trees: () => null,
  });
  const own: Partial<AgentContext> = {
    task,
    brief: { statement: 'Do nothing. '.repeat(200), workdir: '/', rules: 'There are none.' },
    attempt: (attempts += 1), // nobody is answered from the cache
    config,
    tools: () => Promise.resolve([nothing]),
    model: withBudgets(model, { trial: new Budget({ turns: most }), run }),
    limits,
    remainingMs: () => 1e9,
    record: async (step) => {
      live.step(step);
      await recorder.record(step);
    },
    show: (text) => {
      live.text(text);
    },
    signal: AbortSignal.any([context.signal]),
  };
  const agent = runnerAgent(await loadPrompts(config, runDir));
  const outcome = await agent.solve(own as AgentContext); // the rest is not for agents with a model
  if (outcome.exitStatus !== 'max_turns') throw new Error(outcome.exitStatus);
  await recorder.close();
  await log.close();
}

/** The same conversation by hand: request, stream, next request. Nothing is kept, counted or told. */
async function byHand({ baseUrl }: ModelProcess, most: number): Promise<void> {
  const messages: object[] = [{ role: 'user', content: 'Do nothing. '.repeat(200) }];
  const { name, description, parameters } = specOf(nothing);
  const tools = [{ type: 'function', function: { name, description, parameters } }];
  for (let turn = 0; turn < most; turn += 1) {
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'slow', stream: true, messages, tools }),
    });
    const lines = (await response.text()).split('\n').filter((line) => line.startsWith('data: {'));
    for (const line of lines) JSON.parse(line.slice('data: '.length));
    messages.push(
      {
        role: 'assistant',
        content: 'a few words',
        tool_calls: [{ id: 'call', type: 'function', function: { name, arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call', content: 'nothing was done' },
    );
  }
}

async function oneTurn(context: BenchContext): Promise<readonly Row[]> {
  await using server = await startModel(quick);
  let round = 0;
  const watches = { ours: new Stopwatch(), plain: new Stopwatch() };
  const { ours, plain } = await interleave(context.rounds, {
    ours: async () => {
      const pipeline = await openRun(`turns-${String((round += 1))}`, server, context);
      const ms = await watches.ours.time(() => runTrial(pipeline, '0', turns));
      await pipeline.events.close();
      return ms / turns;
    },
    plain: async () => (await watches.plain.time(() => byHand(server, turns))) / turns,
  });
  const beyond = (one: readonly number[], other: readonly number[]): readonly number[] =>
    one.map((ms, n) => ms - (other[n] ?? NaN));
  const [cpu, plainCpu] = [watches.ours, watches.plain].map((watch) =>
    watch.cpu.slice(1).map((ms) => ms / turns),
  );
  const target = { of: 'value', limit: 5, direction: 'at most' } as const;
  return [
    {
      ...plainRow('a turn of the agent runner, cached and recorded', ours),
      other: { what: 'fetch and JSON.parse', samples: plain },
    },
    plainRow('  of it ours', beyond(ours, plain), { target }),
    plainRow('  of it ours, processor time', beyond(cpu ?? [], plainCpu ?? []), { target }),
  ];
}

/** Processor time in per cent of a core, and the most memory that the process had. */
async function watched(work: () => Promise<unknown>): Promise<{ cpu: number; rss: number }> {
  let rss = 0;
  const timer = setInterval(() => {
    rss = Math.max(rss, process.memoryUsage.rss());
  }, 100);
  const before = process.cpuUsage();
  const ms = await timed(work);
  clearInterval(timer);
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 10 / ms, rss: rss / 2 ** 20 };
}

async function manyTrials(context: BenchContext): Promise<readonly Row[]> {
  await using server = await startModel(slow);
  let round = 0;
  const rss: number[] = [];
  const many = (work: (trial: string) => Promise<void>): Promise<unknown> =>
    Promise.all(Array.from({ length: trials }, (_, n) => work(String(n))));
  const { ours, plain } = await interleave(Math.min(context.rounds, 3), {
    ours: async () => {
      const pipeline = await openRun(`many-${String((round += 1))}`, server, context);
      const seen = await watched(() => many((trial) => runTrial(pipeline, trial, slowTurns)));
      await pipeline.events.close();
      rss.push(seen.rss);
      return seen.cpu;
    },
    plain: async () => (await watched(() => many(() => byHand(server, slowTurns)))).cpu,
  });
  const what = `${String(trials)} trials that wait for a slow model`;
  return [
    {
      ...plainRow(`${what}: share of a core`, ours, { unit: '%' }),
      other: { what: 'fetch and JSON.parse', samples: plain },
      target: { of: 'value', limit: 10, direction: 'at most' },
    },
    plainRow('  memory of the process', rss.slice(1), {
      unit: 'MiB',
      target: { of: 'value', limit: 1024, direction: 'at most' },
    }),
  ];
}

export const agentsBench: Bench = {
  name: 'agents',
  title: 'turns of an agent, and many agents whose models are slow',
  run: async (context) => [...(await oneTurn(context)), ...(await manyTrials(context))],
};
