import path from 'node:path';
import type { AgentStep } from '../agents/agent';
import type { AgentStats, TrialEventBody, Usage } from '../model';
import { addUsage, countStep, noAgentStats, noUsage } from '../model';
import { JsonLinesWriter, writeWhole } from '../store/files';
import type { trialPaths } from '../store/runFolder';
import type { StepFacts } from './stepSummary';
import { summaryOf } from './stepSummary';

/** Keeps the states of the working tree that an agent's steps lead to. */
export interface TreeRecorder {
  /** Keeps the tree as it is now; null when it is the same as before. */
  commit(step: { readonly step: number; readonly summary: string }): Promise<string | null>;
  /** No more steps follow. */
  close(): Promise<void>;
}

export interface StepRecorderOptions {
  readonly paths: ReturnType<typeof trialPaths>;
  readonly emit: (body: TrialEventBody) => Promise<void>;
  /** The recorder of the sandbox that the agent works in; null while it has none. */
  readonly trees: () => TreeRecorder | null;
}

/**
 * Writes an agent's steps as they happen: first the tree and the whole outputs, then the line of trajectory.jsonl, then
 * the event that tells where it is. So what the event names is always there, whenever the process dies.
 */
export class StepRecorder {
  readonly #options: StepRecorderOptions;
  readonly #trajectory: JsonLinesWriter;
  #stats = noAgentStats;
  #usage = noUsage;
  #last: Promise<void> = Promise.resolve();

  constructor(options: StepRecorderOptions) {
    this.#options = options;
    this.#trajectory = new JsonLinesWriter(options.paths.trajectory);
  }

  /** All steps so far, counted. */
  get stats(): AgentStats {
    return this.#stats;
  }

  /** What the model calls used that the steps so far tell of. */
  get usage(): Usage {
    return this.#usage;
  }

  /** Steps are numbered in the order of the calls. Resolves when the step is on disk. */
  record(step: AgentStep): Promise<void> {
    const facts = summaryOf(step);
    this.#stats = countStep(this.#stats, facts);
    if (facts.usage !== null) this.#usage = addUsage(this.#usage, facts.usage);
    const { steps } = this.#stats;
    const recorded = this.#last.then(() => this.#record(step, { step: steps, facts }));
    this.#last = recorded.catch(() => undefined); // told to its caller
    return recorded;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#trajectory.close();
    await this.#options.trees()?.close();
  }

  async #record(
    { agent, flow, whole, changesFiles = false, ...body }: AgentStep,
    { step, facts }: { readonly step: number; readonly facts: StepFacts },
  ): Promise<void> {
    const time = new Date().toISOString();
    const outputFile = whole === undefined ? null : await this.#keepWhole(step, whole);
    const tree = changesFiles
      ? ((await this.#options.trees()?.commit({ step, summary: facts.summary })) ?? null)
      : null;
    const line = {
      v: 1,
      step,
      time,
      agent: agent ?? null,
      tree,
      ...(flow === undefined ? {} : { flow }),
      ...body,
      ...(body.kind === 'tool' ? { output_file: outputFile } : {}),
    };
    const place = await this.#trajectory.append(line);
    await this.#options.emit({
      type: 'agent.step',
      step,
      agent: agent ?? null,
      tree,
      ...(flow === undefined ? {} : { flow }),
      ...facts,
      ...place,
    });
  }

  async #keepWhole(step: number, whole: string): Promise<string> {
    const name = path.posix.join('outputs', `${String(step)}.txt`);
    await writeWhole(path.join(this.#options.paths.folder, name), whole);
    return name;
  }
}
