import type { Tool } from '../agents/tool';
import type {
  Benchmark,
  Furnishing,
  OpenSandbox,
  Submission,
  TrialContext,
} from '../benchmarks/benchmark';
import type { Task } from '../model';
import type { Sandbox } from '../sandbox/sandbox';
import type { PreparedEnvironment } from './environments';
import type { TreeRecorder } from './stepRecorder';
import type { TrialDependencies } from './trial';
import type { TrialStages } from './trialStages';

export interface WorkplaceParts<T extends Task> {
  readonly benchmark: Benchmark<T>;
  readonly task: T;
  readonly stages: TrialStages;
  readonly environment: PreparedEnvironment;
  readonly open: OpenSandbox;
  readonly recordTrees: TrialDependencies['recordTrees'];
  /** Where the states of the working tree are kept. */
  readonly gitDir: string;
}

interface Opened {
  readonly sandbox: Sandbox;
  readonly baseline: string;
  readonly trees: TreeRecorder | null;
  readonly furnishing: Furnishing | null;
}

/** Where an agent works: a sandbox that is opened when it is first asked for, since some agents need none. */
export class Workplace<T extends Task> {
  readonly #parts: WorkplaceParts<T>;
  #opening: Promise<Opened> | null = null;
  #opened: Opened | null = null;

  constructor(parts: WorkplaceParts<T>) {
    this.#parts = parts;
  }

  readonly sandbox = async (): Promise<Sandbox> => (await this.#enter()).sandbox;

  readonly tools = async (): Promise<readonly Tool[]> => {
    const { benchmark, task, stages } = this.#parts;
    const { sandbox, furnishing } = await this.#enter();
    const { limits, borrow, results: prepared } = stages;
    const tools = benchmark.tools(task, sandbox, { limits, borrow, prepared });
    return [...tools, ...(furnishing?.tools ?? [])];
  };

  /** Of the sandbox, once it is open. */
  readonly trees = (): TreeRecorder | null => this.#opened?.trees ?? null;

  /** What stands there now; null when nobody ever worked here. */
  async collect(): Promise<Submission | null> {
    if (this.#opened === null) return null;
    const { benchmark, task, stages } = this.#parts;
    const { sandbox, baseline } = this.#opened;
    const trial = { ...contextOf(stages), baseline };
    return await benchmark.collect(task, sandbox, trial);
  }

  /** The agent works here no longer. */
  async close(): Promise<void> {
    await this.#opened?.furnishing?.[Symbol.asyncDispose]();
  }

  #enter(): Promise<Opened> {
    return (this.#opening ??= this.#open());
  }

  async #open(): Promise<Opened> {
    const { benchmark, task, stages, environment, open, recordTrees, gitDir } = this.#parts;
    const sandbox = await open('agent');
    const furnishing =
      (await benchmark.furnish?.(task, sandbox, { ...contextOf(stages), open })) ?? null;
    const baseline = await benchmark.baseline(task, sandbox, stages);
    const { note, signal } = stages;
    const trees = await recordTrees({ gitDir, environment, sandbox, note, signal });
    this.#opened = { sandbox, baseline, trees, furnishing };
    return this.#opened;
  }
}

/** What a benchmark is lent, without the pipeline's own side of it. */
function contextOf({
  attempt,
  signal,
  limits,
  stage,
  note,
  keep,
  borrow,
}: TrialStages): TrialContext {
  return { attempt, signal, limits, stage, note, keep, borrow };
}
