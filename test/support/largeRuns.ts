import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunPlan, TrialPlan, TrialResult } from '../../src/runner/model';
import { noUsage, runConfigSchema } from '../../src/runner/model';
import { lockRun } from '../../src/runner/store/ownerLock';
import { runPaths, writePlan } from '../../src/runner/store/runFolder';
import { officialTasks } from './reportedRuns';
import { passedResult } from './results';
import { toolStep } from './steps';
import { testHost } from './temp';

const nodes = ['node1', 'node2', 'node3'] as const;

/** How trials end, over and over. */
const ends: readonly Partial<TrialResult>[] = [
  { status: 'passed' },
  { status: 'failed' },
  { status: 'passed' },
  { status: 'failed', exit_status: 'max_turns' },
  { status: 'passed' },
  { status: 'timeout', cause: 'agent', exit_status: 'max_time' },
  { status: 'passed' },
  { status: 'infra_failure', cause: 'sandbox-lost', exit_status: null },
  { status: 'passed' },
  { status: 'empty_patch', exit_status: 'no_answer' },
  { status: 'error', cause: 'install_failed', exit_status: null },
];

const details: Readonly<Record<string, (n: number) => string>> = {
  'sandbox-lost': (n) =>
    `The sandbox is gone: container ${(0xabcdef123456 + n * 7919).toString(16)} exited with 137.`,
  install_failed: (n) =>
    `pip could not install the project: /tmp/build-${String(n)}/setup.py exited with 1`,
};

/**
 * A run of thousands of trials that this process holds, as a cluster's would be: some have ended, some are under way, and
 * `goOn` makes it go on. Disposing gives it back: then it was interrupted.
 */
export class LargeRun implements AsyncDisposable {
  readonly runDir: string;
  readonly plan: RunPlan;
  readonly #release: () => Promise<void>;
  readonly #concurrency: number;
  #ended = 0;

  private constructor(
    runDir: string,
    plan: RunPlan,
    { release, concurrency }: { release: () => Promise<void>; concurrency: number },
  ) {
    this.runDir = runDir;
    this.plan = plan;
    this.#release = release;
    this.#concurrency = concurrency;
  }

  static async write(
    out: string,
    { trials, ended, concurrency }: { trials: number; ended: number; concurrency: number },
  ): Promise<LargeRun> {
    const runId = '2026-02-05T09-15-00-UTC_run-group_large';
    const runDir = path.join(out, runId);
    const tasks = officialTasks(trials);
    const planned = tasks.map((task, index): TrialPlan => ({
      trial_id: `${task.taskId}_0`,
      index,
      attempt: 0,
      task_id: task.taskId,
      benchmark: 'swe',
      group: task.group,
      repo: task.repo,
      ref: task.ref,
      source: task.source,
    }));
    const start = Date.now() - ended * 100;
    const plan: RunPlan = {
      schema_version: 1,
      run_id: runId,
      created_at: new Date(start).toISOString(),
      agent: 'large',
      model: 'example/model-1',
      sandbox: 'docker',
      concurrency,
      config: runConfigSchema.parse({ engine: 'slurm', max_cost: 400 }),
      trials: planned,
    };
    await mkdir(runDir, { recursive: true });
    await writePlan(runDir, plan, tasks);
    const release = await lockRun(runDir, testHost(out));
    const run = new LargeRun(runDir, plan, { release, concurrency });
    const begin = { v: 1, seq: 0, time: plan.created_at, type: 'run.started', plan };
    await writeFile(runPaths(runDir).events, `${JSON.stringify(begin)}\n`);
    for (let n = 0; n < concurrency; n += 1) await run.#begin(n, start);
    for (let n = 0; n < ended; n += 1) await run.goOn(start + (n + 1) * 100);
    return run;
  }

  /** The next trial ends, and another begins. */
  async goOn(now = Date.now()): Promise<void> {
    const n = this.#ended;
    this.#ended += 1;
    await this.#end(n, now);
    await this.#begin(n + this.#concurrency, now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#release();
  }

  async #begin(n: number, now: number): Promise<void> {
    const trial = this.plan.trials[n];
    if (trial === undefined) return;
    const { folder, events } = runPaths(this.runDir).trial(trial.trial_id);
    await mkdir(folder, { recursive: true });
    const node = nodes[n % nodes.length];
    await this.#append(events, trial, { now, seq: 0 }, [
      { type: 'trial.started', node },
      { type: 'stage.started', stage: 'agent', limit_s: 600 },
    ]);
  }

  async #end(n: number, now: number): Promise<void> {
    const trial = this.plan.trials[n];
    if (trial === undefined) return;
    const usage = { ...noUsage, prompt_tokens: 9000, completion_tokens: 800, cost: 0.05 };
    const end = ends[n % ends.length] ?? {};
    const seconds = 20 + ((n * 37) % 60);
    const stages = [
      { stage: 'agent', cause: 'done', exit_code: 0, duration_s: seconds * 0.8 } as const,
      { stage: 'after', cause: 'done', exit_code: 0, duration_s: seconds * 0.2 } as const,
    ];
    const { task_id, repo, ref } = trial;
    const result = passedResult({
      task_id,
      repo,
      ref,
      agent: 'large',
      duration_s: seconds,
      stages,
      usage,
      detail: details[end.cause ?? '']?.(n) ?? null,
      ...end,
    });
    const place = runPaths(this.runDir).trial(trial.trial_id);
    if (end.cause === 'sandbox-lost')
      await writeFile(path.join(place.folder, 'after.txt'), 'collected 12 items\n');
    await this.#append(place.events, trial, { now, seq: 2 }, [
      { ...toolStep, type: 'agent.step', step: 1, usage },
      ...stages.map((stage) => ({ type: 'stage.ended', result: stage })),
      { type: 'trial.ended', result },
    ]);
  }

  async #append(
    file: string,
    { trial_id: trial }: TrialPlan,
    { now, seq }: { readonly now: number; readonly seq: number },
    events: readonly object[],
  ): Promise<void> {
    const time = new Date(now).toISOString();
    const lines = events.map((event, n) =>
      JSON.stringify({ v: 1, seq: seq + n, time, trial, ...event }),
    );
    await appendFile(file, `${lines.join('\n')}\n`);
  }
}
