import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Host, RunHandle, Runner, RunObserver, RunOutcome } from '../../src/runner/index';
import { createRunner } from '../../src/runner/index';
import type {
  EnvironmentSource,
  RunConfigInput,
  RunState,
  TrialResult,
} from '../../src/runner/model';
import { testCache, warmUp } from './sandboxes';
import type { SandboxName } from './sandboxes';
import { never, temporaryFolder, testHost } from './temp';
import { writeTasks } from './repositories';

/** A run that ended, for looking things up in. */
export interface EndedRun {
  readonly runDir: string;
  readonly state: RunState;
  readonly results: readonly TrialResult[];
  /** The result of a task's first attempt. */
  of(taskId: string): TrialResult;
}

/** Limits that a busy machine does not reach, so that only tests about limits see one. */
export const patient = { clone: 60, install: 120, apply: 60, test: 60, total: 600 } as const;

/** What a bench's host has of its own, and the environment that is made ready for its tests (default: the usual one). */
export interface BenchOptions extends Partial<Host> {
  readonly environment?: EnvironmentSource | null;
}

/** A folder, a cache and a runner for the tests of one file (or one `describe`). */
export class Bench {
  #folder: { path: string } | null = null;
  #runner: Runner | null = null;
  #host: Host | null = null;
  readonly sandbox: SandboxName;

  constructor(sandbox: SandboxName) {
    this.sandbox = sandbox;
  }

  get folder(): string {
    if (this.#folder === null) throw new Error('no test runs now');
    return this.#folder.path;
  }

  get runner(): Runner {
    if (this.#runner === null) throw new Error('no test runs now');
    return this.#runner;
  }

  get host(): Host {
    if (this.#host === null) throw new Error('no test runs now');
    return this.#host;
  }

  /** Registers set-up and tear-down with the test runner; `prepare` fills the folder. */
  static use(
    sandbox: SandboxName,
    prepare: (bench: Bench) => Promise<void> = () => Promise.resolve(),
    { environment = null, ...overrides }: BenchOptions = {},
  ): Bench {
    const bench = new Bench(sandbox);
    let folder: ({ path: string } & AsyncDisposable) | null = null;
    beforeAll(async () => {
      folder = await temporaryFolder();
      bench.#folder = folder;
      bench.#host = testHost(folder.path, { cacheDir: await testCache(folder.path), ...overrides });
      bench.#runner = createRunner(bench.#host);
      await warmUp(sandbox, bench.#host, environment);
      await prepare(bench);
    });
    afterAll(async () => {
      await bench.#runner?.[Symbol.asyncDispose]();
      await folder?.[Symbol.asyncDispose]();
    });
    return bench;
  }

  /** A core in a folder that is the test's own care. */
  static at(sandbox: SandboxName, folder: string, overrides: Partial<Host> = {}): Bench {
    const bench = new Bench(sandbox);
    bench.#folder = { path: folder };
    bench.#host = testHost(folder, overrides);
    bench.#runner = createRunner(bench.#host);
    return bench;
  }

  /** A second core beside another one, in the same folder and with its cache, that sees these variables. */
  static with(sandbox: SandboxName, other: Bench, env: Host['env']): Bench {
    const bench = new Bench(sandbox);
    bench.#folder = { path: other.folder };
    bench.#host = { ...other.host, env };
    bench.#runner = createRunner(bench.#host);
    return bench;
  }

  async start(
    rows: readonly object[],
    config: RunConfigInput = {},
    signal: AbortSignal = never,
    observer: RunObserver = {},
  ): Promise<RunHandle> {
    return await this.runner.startRun(
      {
        tasks: [await writeTasks(this.folder, rows)],
        sandbox: this.sandbox,
        out: path.join(this.folder, 'runs'),
        concurrency: 2,
        ...config,
      },
      { signal, observer },
    );
  }

  /** Runs one trial after the other and stops with the first one's end, before the next can have begun. */
  async stoppedAfterOne(rows: readonly object[], config: RunConfigInput = {}): Promise<RunOutcome> {
    const stop = new AbortController();
    const { done } = await this.start(rows, { ...config, concurrency: 1 }, stop.signal, {
      onEvent: ({ type }) => {
        if (type === 'trial.ended') stop.abort(new Error('stopped by the test'));
      },
    });
    return await done;
  }

  /** Waits until the run's events say so, however long that takes (the test's own limit ends it). */
  async until(runDir: string, reached: (state: RunState) => boolean): Promise<void> {
    const enough = new AbortController();
    await this.runner.watchRun(runDir, {
      signal: enough.signal,
      onState: (state) => {
        if (reached(state)) enough.abort();
      },
    });
    if (!enough.signal.aborted) throw new Error('the run ended before that');
  }

  async resume(runDir: string): Promise<RunOutcome> {
    return await (
      await this.runner.resumeRun(runDir, { signal: never })
    ).done;
  }

  /** Runs these tasks to the end. Rows without limits of their own get patient ones. */
  async run(
    rows: readonly object[],
    config: RunConfigInput = {},
    signal: AbortSignal = never,
  ): Promise<EndedRun> {
    const unhurried = rows.map((row) => ({ timeouts: patient, ...row }));
    const { runDir, done } = await this.start(unhurried, config, signal);
    const { state, results } = await done;
    return {
      runDir,
      state,
      results,
      of(taskId): TrialResult {
        const result = results.find((found) => found.task_id === taskId);
        if (result === undefined) throw new Error(`${taskId} has no result`);
        return result;
      },
    };
  }
}
