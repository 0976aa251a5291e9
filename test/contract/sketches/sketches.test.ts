import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseReplay, replayAgent } from '../../../src/runner/agents/withoutModel';
import type { Agent } from '../../../src/runner/agents/agent';
import type { Benchmark } from '../../../src/runner/benchmarks/benchmark';
import type { RunPlan, Task } from '../../../src/runner/model';
import { emptyRunState, runConfigSchema } from '../../../src/runner/model';
import type { RunOutcome } from '../../../src/runner/index';
import { Run } from '../../../src/runner/run/run';
import { chooseProvider } from '../../../src/runner/sandbox/providers';
import { nodeHost } from '../../../src/nodeHost';
import { never, temporaryFolder } from '../../support/temp';
import type { TechniqueTask } from './techniqueTask';
import { TechniqueSketch } from './techniqueTask';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

/** Any benchmark's task through the product's own pipeline. */
async function runOne(
  name: string,
  task: Task,
  benchmark: Benchmark,
  agent: Agent,
): Promise<RunOutcome> {
  const host = nodeHost({ cwd: folder.path });
  const provider = await chooseProvider('auto', host, {
    signal: never,
    onProgress: () => undefined,
  });
  const runDir = path.join(folder.path, name);
  const { taskId: task_id, benchmark: id, group, repo, ref, source } = task;
  const plan: RunPlan = {
    schema_version: 1,
    run_id: name,
    created_at: new Date().toISOString(),
    agent: agent.name,
    model: null,
    sandbox: provider.name,
    concurrency: 1,
    config: runConfigSchema.parse({}),
    trials: [
      {
        trial_id: `${task_id}_0`,
        index: 0,
        attempt: 0,
        task_id,
        benchmark: id,
        group,
        repo,
        ref,
        source,
      },
    ],
  };
  const run = new Run({
    host,
    runDir,
    plan,
    tasks: new Map([[task_id, task]]),
    agent,
    model: null,
    provider,
    benchmarkOf: () => benchmark,
    state: emptyRunState(),
    observer: undefined,
    signal: never,
    release: () => Promise.resolve(),
  });
  return await (
    await run.start(plan.trials)
  ).done;
}

const common = {
  group: 'g',
  repo: null,
  ref: null,
  dataset: 'sketch',
  version: null,
  difficulty: null,
  size: { patchLines: null, tests: null },
  source: { file: '', line: 0 },
} as const;

describe('a benchmark of files fits the same pipeline', () => {
  test('a technique task: generated data, files handed in, answers only in the grading sandbox', async () => {
    const task: TechniqueTask = { ...common, benchmark: 'mle', taskId: 'imbalance', seed: 7 };
    const script =
      'mkdir -p out && (echo y && tail -n +2 train.csv | cut -d, -f2) > out/submission.csv';
    const agent = replayAgent(
      parseReplay(JSON.stringify({ action: 'shell', command: script }), 'actions.jsonl'),
    );
    const { results } = await runOne('technique', task, new TechniqueSketch(), agent);
    expect(results[0]?.detail).toBeNull();
    expect(results[0]).toMatchObject({
      status: 'passed',
      stages: [{ stage: 'generate' }, { stage: 'agent' }, { stage: 'grade' }],
    });
    expect(results[0]?.tail).toContain('"valid": true');
  });
});
