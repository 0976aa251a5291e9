import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { classOf } from '../../src/runner/model';
import { readRunState } from '../../src/runner/store/runReader';
import type { Preloads } from '../support/preloads';
import { preloads } from '../support/preloads';
import type { SandboxName } from '../support/sandboxes';
import { canMount, SmallDisk } from '../support/smallDisk';
import { assertWhole } from '../support/wholeRun';
import { faultsOf } from './faults';
import { pick } from './account';
import type { World } from './world';
import { writeRows } from './world';

/** Whatever goes wrong on the way, a run has come to its end after so many processes. */
const mostProcesses = 80;
const diskSize = '192m';
/** So many lines of a process that broke say where. */
const linesOfCrash = 15;

export interface SoakRunOptions {
  readonly name: string;
  readonly sandbox: SandboxName;
  readonly trials: number;
  /** A model works on the tasks, else the gold patch. */
  readonly hasModel: boolean;
  /** How many faults it gets. 0: it is left in peace, to see what its process holds. */
  readonly faults: number;
}

interface Worker {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<void>;
  readonly isOver: () => boolean;
}

/** One run, with all processes that work on it one after the other and all that happens to them. */
export class SoakRun {
  readonly world: World;
  readonly sandbox: SandboxName;
  readonly out: string;
  readonly hasSmallDisk = canMount;
  /** Bytes that the process held after each trial. */
  readonly heap: number[] = [];
  readonly #options: SoakRunOptions;
  readonly #passed = new Map<string, number>();
  #preloads: Preloads | null = null;
  #process: Worker | null = null;
  #runDir: string | null = null;
  #faultsLeft: number;
  /** Something happened to the process that works now, or worked last. */
  #isTroubled = false;
  /** Only what sums the run up may be missing: nothing more happens to it. */
  #isSettled = false;

  constructor(world: World, options: SoakRunOptions) {
    this.world = world;
    this.sandbox = options.sandbox;
    this.#options = options;
    this.#faultsLeft = options.faults;
    this.out = path.join(world.folder, 'out', options.name);
  }

  get process(): Worker {
    if (this.#process === null) throw new Error('no process works on the run');
    return this.#process;
  }

  /** What its processes' clocks and files can be made to do. */
  get preloads(): Preloads {
    return this.#preloads ?? { env: {} };
  }

  async go(): Promise<void> {
    await mkdir(this.out, { recursive: true });
    const { world } = this;
    if (this.#options.faults > 0)
      this.#preloads = await preloads(
        path.join(world.folder, this.#options.name),
        world.slowLibrary,
      );
    const disk = this.hasSmallDisk ? await SmallDisk.mount(this.out, diskSize) : null;
    try {
      await this.#work();
    } finally {
      await disk?.[Symbol.asyncDispose]();
    }
  }

  async #work(): Promise<void> {
    const { account } = this.world;
    for (let n = 0; n < mostProcesses; n += 1) {
      const asked = await this.#next();
      if (asked === null) {
        await this.#check();
        return;
      }
      account.count(n === 0 ? 'runs' : 'processes that resumed');
      this.#process = this.#start(asked);
      await this.#trouble();
      await this.process.ended;
      this.#read(this.process.lines);
    }
    const said = this.process.lines.slice(-5).join(' | ');
    account.problem(
      `${this.#options.name}: not done after ${String(mostProcesses)} processes; the last one said: ${said}`,
    );
  }

  /** What the next process is asked; null: nothing is left. */
  async #next(): Promise<object | null> {
    if (this.#runDir === null) {
      const { trials, hasModel, sandbox, name } = this.#options;
      return {
        tasks: [await writeRows(this.world, name, trials)],
        sandbox,
        out: this.out,
        tests_before: false,
        concurrency: 3,
        ...(this.world.random() < 0.5 ? { min_free_disk: 1 } : {}),
        ...(hasModel
          ? { agent: 'runner', model: 'scripted', base_url: this.world.model.baseUrl }
          : {}),
      };
    }
    const { trials } = await readRunState(this.#runDir);
    const classes = [...trials.values()].map(({ plan, result }) => {
      if (result?.status === 'passed') this.#once(plan.trial_id, result.duration_s);
      return result === null ? 'incomplete' : classOf(result.status);
    });
    if (classes.includes('incomplete')) return { resume: this.#runDir };
    const lost = classes.filter((one) => one === 'infra_failure').length;
    this.world.account.count('trials that infrastructure failed', lost);
    if (lost > 0) return { resume: this.#runDir, retry: 'infra' };
    // What sums the run up is written last, and again by whoever goes on with it.
    if (!this.#isTroubled) return null;
    this.#isSettled = true;
    return { resume: this.#runDir };
  }

  /** A trial that passed is never run again. */
  #once(trial: string, duration: number): void {
    const before = this.#passed.get(trial);
    if (before !== undefined && before !== duration)
      this.world.account.problem(`${this.#options.name}: ${trial} was run twice`);
    this.#passed.set(trial, duration);
  }

  #start(asked: object): Worker {
    const { folder, cache, worker, docker, random, account } = this.world;
    const calm = this.#options.faults === 0;
    const fewFiles = !calm && !this.#isSettled && random() < 0.15;
    this.#isTroubled = fewFiles;
    if (fewFiles) account.count('fault: few files may be open');
    const args = [
      ...(fewFiles ? ['prlimit', `--nofile=${String(48 + Math.floor(random() * 40))}`] : []),
      process.execPath,
      ...(calm ? ['--expose-gc'] : []),
      ...[worker, folder, cache, JSON.stringify(asked)],
    ];
    const child = spawn(args[0] ?? '', args.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...docker?.env,
        BENCHYARD_API_KEY: 'scripted',
        OPENAI_API_KEY: 'scripted',
        TMPDIR: path.join(folder, 'tmp'),
        ...this.preloads.env,
      },
    });
    const lines: string[] = [];
    const ended = once(child, 'close').then(() => undefined);
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => lines.push(line));
    return {
      child,
      lines,
      ended,
      isOver: () => child.exitCode !== null || child.signalCode !== null,
    };
  }

  /** Lets things happen to the process that works now, until it is over. */
  async #trouble(): Promise<void> {
    const { random, account } = this.world;
    const worker = this.process;
    const faults = this.#faultsLeft > 0 ? faultsOf(this) : [];
    while (!worker.isOver() && this.#faultsLeft > 0 && !this.#isSettled) {
      await Promise.race([delay(300 + random() * 3000), worker.ended]);
      if (worker.isOver() || this.#runDirOf(worker) === null) continue;
      const fault = pick(random, faults);
      if (fault === undefined) return;
      try {
        await fault.inflict(this);
        this.#faultsLeft -= 1;
        this.#isTroubled = true;
        account.count(`fault: ${fault.name}`);
      } catch (error) {
        // What it was to hit may not be there just now; an engine that does not come back is a fault of another kind.
        if (String(error).includes('does not start')) account.problem(String(error));
      }
    }
  }

  #runDirOf({ lines }: Worker): string | null {
    const line = lines.find((each) => each.startsWith('run folder: '));
    this.#runDir ??= line?.slice('run folder: '.length) ?? null;
    return this.#runDir;
  }

  #read(lines: readonly string[]): void {
    this.#runDirOf(this.process);
    for (const line of lines) {
      const heap = /^heap (\d+)$/.exec(line)?.[1];
      if (heap !== undefined) this.heap.push(Number(heap));
    }
    // A process may give up, with a reason that says what to do; one that breaks is a bug.
    const broken = lines.findIndex((line) =>
      /^(TypeError|ReferenceError|RangeError|AssertionError)|Unhandled|node:events/.test(line),
    );
    if (broken === -1) return;
    const said = lines.slice(broken, broken + linesOfCrash).map((line) => line.trim());
    this.world.account.problem(`${this.#options.name}: ${said.join(' | ')}`);
  }

  async #check(): Promise<void> {
    const { account } = this.world;
    if (this.#runDir === null) return;
    const { phase, endCause } = await readRunState(this.#runDir);
    if (phase !== 'finished')
      account.problem(
        `${this.#options.name} is ${phase} (${String(endCause)}), with all trials done`,
      );
    try {
      const { trials, notes } = await assertWhole(this.#runDir);
      account.count('trials', trials.size);
      account.count('repairs', notes.filter(({ text }) => text.startsWith('repaired: ')).length);
      for (const { plan, result } of trials.values()) {
        const status = result?.status ?? 'lost';
        account.count(`trials: ${status}`);
        if (status !== 'passed')
          account.problem(
            `${this.#options.name}: ${plan.trial_id} is ${status} (${String(result?.cause)}: ${String(result?.detail)})`,
          );
      }
    } catch (error) {
      account.problem(`${this.#options.name}: ${error instanceof Error ? error.message : ''}`);
    }
  }
}
