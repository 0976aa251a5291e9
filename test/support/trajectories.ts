import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { Host, TrialResult } from '../../src/runner/index';
import { emptyRunState, runConfigSchema } from '../../src/runner/model';
import type { RunPlan, Task, Usage } from '../../src/runner/model';
import type { AgentStep } from '../../src/runner/agents/agent';
import { EventLog } from '../../src/runner/run/eventLog';
import { StepRecorder } from '../../src/runner/run/stepRecorder';
import { summaryOf } from '../../src/runner/run/stepSummary';
import { runPaths, safeName, trialPaths, writePlan } from '../../src/runner/store/runFolder';
import { writeJson } from '../../src/runner/store/files';
import { lockRun } from '../../src/runner/store/ownerLock';
import { TreeStore } from '../../src/runner/trajectory/treeStore';
import { passedResult } from './results';

const taskId = 'textkit__slugify-unicode';
const trialId = `${taskId}_0`;
const runId = '2026-02-03T09-15-00-UTC_run-group_runner';
const { signal } = new AbortController();

/** Files of a working tree by their path. */
export type Tree = Readonly<Record<string, string>>;

/** A step, and the working tree that it leads to when it is another one. */
export interface ToldStep {
  readonly step: AgentStep;
  readonly tree?: Tree;
}

export interface RecordingOptions {
  readonly host: Host;
  /** Folder of runs. */
  readonly out: string;
  readonly base: Tree;
  readonly model: string | null;
  /** Default: a repository's task, on which the agent `runner` worked. */
  readonly work?: { readonly task: Task; readonly agent: string };
}

/**
 * A run of one trial, recorded as a real one is: by the recorder of steps, the event log and the store of trees. What an
 * agent, a sandbox and a model would do is told by the test. Until its end this process holds the run, so that it is alive.
 */
export class Recording {
  readonly runDir: string;
  readonly runId = runId;
  readonly trialId: string;
  readonly #plan: RunPlan;
  readonly #events: EventLog;
  readonly #recorder: StepRecorder;
  readonly #store: TreeStore;
  #tree: Tree;
  #commit: string;
  /** The tree that the step which is being recorded leads to. */
  #next: Tree | null = null;
  #release: () => Promise<void> = () => Promise.resolve();

  private constructor(
    { out, host, model, base, work }: RecordingOptions,
    store: { readonly trees: TreeStore; readonly commit: string },
  ) {
    this.runDir = path.join(out, runId);
    this.#plan = planOf(model, work);
    this.trialId = this.#plan.trials[0]?.trial_id ?? trialId;
    this.#store = store.trees;
    this.#commit = store.commit;
    this.#tree = base;
    this.#events = new EventLog({
      runDir: this.runDir,
      state: emptyRunState(),
      observer: undefined,
      onFailure: (error) => {
        host.log('error', String(error));
      },
      log: () => undefined,
    });
    this.#recorder = new StepRecorder({
      paths: runPaths(this.runDir).trial(this.trialId),
      emit: (body) => this.#events.emitTrial(this.trialId, body),
      trees: () => ({
        commit: ({ summary }) => this.#keepTree(summary),
        close: () => Promise.resolve(),
      }),
    });
  }

  static async begin(options: RecordingOptions): Promise<Recording> {
    const own = planOf(options.model, options.work).trials[0]?.trial_id ?? trialId;
    const folder = path.join(options.out, runId, own);
    await mkdir(folder, { recursive: true });
    const trees = new TreeStore(options.host, trialPaths(folder).trees);
    await trees.create();
    const files = Object.entries(options.base);
    const commit = await trees.importBase(
      files.map(([name, text]) => ({
        path: name,
        mode: '100644',
        content: Buffer.from(text),
      })),
      { signal },
    );
    const recording = new Recording(options, { trees, commit });
    recording.#release = await lockRun(recording.runDir, options.host);
    await writePlan(recording.runDir, recording.#plan, [options.work?.task ?? taskOf()]);
    await recording.#events.emitRun({ type: 'run.started', plan: recording.#plan });
    await recording.#events.emitTrial(own, { type: 'trial.started' });
    return recording;
  }

  async record(steps: readonly ToldStep[]): Promise<void> {
    for (const { step, tree } of steps) {
      this.#next = tree ?? null;
      await this.#recorder.record({ ...step, changesFiles: tree !== undefined });
    }
  }

  async end(result: Partial<TrialResult> = {}): Promise<void> {
    await this.#recorder.close();
    const whole = resultOf(this.#plan, result);
    await writeJson(runPaths(this.runDir).trial(this.trialId).result, whole);
    await this.#events.emitTrial(this.trialId, { type: 'trial.ended', result: whole });
    await this.#events.emitRun({ type: 'run.ended', end: 'finished' });
    await this.#events.close();
    await this.#release();
  }

  async #keepTree(message: string): Promise<string | null> {
    const [before, after] = [this.#tree, this.#next];
    if (after === null) return null;
    const written = Object.entries(after).filter(([name, text]) => before[name] !== text);
    const removed = Object.keys(before).filter((name) => after[name] === undefined);
    if (written.length + removed.length === 0) return null;
    this.#tree = after;
    this.#commit = await this.#store.commit(
      {
        from: this.#commit,
        message,
        removed,
        written: written.map(([name, text]) => ({
          path: name,
          mode: '100644',
          content: Buffer.from(text),
        })),
      },
      { signal },
    );
    return this.#commit;
  }
}

export interface LargeTrajectory {
  readonly steps: number;
  readonly bytes: number;
}

/** The folder of a run whose trajectory has so many steps and bytes; written at once, since only its size matters. */
export async function writeLargeTrajectory(
  out: string,
  { steps, bytes }: LargeTrajectory,
): Promise<{ readonly runDir: string; readonly trialId: string }> {
  const runDir = path.join(out, runId);
  const folder = path.join(runDir, trialId);
  await mkdir(folder, { recursive: true });
  const plan = planOf('example/model-1');
  await writePlan(runDir, plan, [taskOf()]);
  const time = '2026-02-03T09:15:00.000Z';
  const filler = 'collected 12 items, and every line of this output says a little more\n';
  // Every second step is a tool's, and has an output.
  const perStep = Math.max(1, Math.round((2 * bytes) / steps / filler.length));
  const trajectory = await open(trialPaths(folder).trajectory, 'w');
  const events: unknown[] = [{ v: 1, seq: 0, time, trial: trialId, type: 'trial.started' }];
  let offset = 0;
  for (let step = 1; step <= steps; step += 1) {
    const body = largeStep(step, filler.repeat(perStep));
    const own = body.kind === 'tool' ? { ...body, output_file: null } : body;
    const line = `${JSON.stringify({ v: 1, step, time, agent: null, tree: null, ...own })}\n`;
    await trajectory.write(line);
    const place = { offset, bytes: Buffer.byteLength(line) - 1 };
    offset += place.bytes + 1;
    const facts = { ...summaryOf(body), ...place };
    const head = { v: 1, seq: step, time, trial: trialId, type: 'agent.step', step };
    events.push({ ...head, agent: null, tree: null, ...facts });
  }
  await trajectory.close();
  events.push({
    v: 1,
    seq: steps + 1,
    time,
    trial: trialId,
    type: 'trial.ended',
    result: resultOf(plan, {}),
  });
  await writeLines(trialPaths(folder).events, events);
  await writeLines(runPaths(runDir).events, [
    { v: 1, seq: 0, time, type: 'run.started', plan },
    { v: 1, seq: 1, time, type: 'run.ended', end: 'finished' },
  ]);
  return { runDir, trialId };
}

async function writeLines(file: string, lines: readonly unknown[]): Promise<void> {
  await using handle = await open(file, 'w');
  await handle.writeFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function largeStep(step: number, output: string): AgentStep {
  return step % 2 === 1
    ? said(`Step ${String(step)}: the next test says more about what is wrong.`, ['shell'])
    : ran(
        'shell',
        { command: `python -m pytest tests/test_${String(step)}.py` },
        { output, ok: step % 50 !== 0 },
      );
}

export const usage = (more: Partial<Usage> = {}): Usage => ({
  prompt_tokens: 3120,
  cached_tokens: 2048,
  completion_tokens: 142,
  reasoning_tokens: 0,
  cost: 0.0021,
  estimated: false,
  ...more,
});

/** A model's answer. */
export function said(
  text: string,
  calls: readonly string[] = [],
  more: Partial<Extract<AgentStep, { kind: 'model' }>> = {},
): AgentStep {
  return {
    kind: 'model',
    model: 'example/model-1',
    text,
    reasoning: null,
    tool_calls: calls.map((name, index) => ({
      id: `call-${String(index)}`,
      name,
      arguments: '{}',
    })),
    end: 'answer',
    detail: null,
    usage: usage(),
    duration_s: 2.4,
    cached: false,
    attempts: 1,
    ...more,
  };
}

/** A tool's call with what it answered. */
export function ran(
  tool: string,
  args: unknown,
  answer: { readonly output: string; readonly ok?: boolean; readonly whole?: string },
): AgentStep {
  const { output, ok = true, whole } = answer;
  return {
    kind: 'tool',
    call_id: 'call-0',
    tool,
    arguments: args,
    ok,
    output,
    output_bytes: Buffer.byteLength(whole ?? output),
    duration_s: 0.3,
    ...(whole === undefined ? {} : { whole }),
  };
}

function planOf(model: string | null, work?: RecordingOptions['work']): RunPlan {
  const task = work?.task ?? taskOf();
  return {
    schema_version: 1,
    run_id: runId,
    created_at: '2026-02-03T09:15:00.000Z',
    agent: work?.agent ?? 'runner',
    model,
    sandbox: 'docker',
    concurrency: 1,
    config: runConfigSchema.parse({}),
    trials: [
      {
        trial_id: `${safeName(task.taskId)}_0`,
        index: 0,
        attempt: 0,
        task_id: task.taskId,
        benchmark: task.benchmark,
        group: task.group,
        repo: task.repo,
        ref: task.ref,
        source: task.source,
      },
    ],
  };
}

function taskOf(): Task {
  return {
    benchmark: 'swe',
    dataset: 'seed_tasks.jsonl',
    version: null,
    difficulty: null,
    size: { patchLines: null, tests: null },
    taskId,
    group: 'textkit',
    repo: 'https://example.org/textkit',
    ref: '0123456789abcdef0123456789abcdef01234567',
    source: { file: 'seed_tasks.jsonl', line: 1 },
  };
}

function resultOf(plan: RunPlan, more: Partial<TrialResult>): TrialResult {
  const { agent, model } = plan;
  const [trial] = plan.trials;
  return passedResult({
    task_id: trial?.task_id ?? taskId,
    duration_s: 74.2,
    agent,
    model,
    ...more,
  });
}
