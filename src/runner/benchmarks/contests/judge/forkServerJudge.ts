import { setMaxListeners } from 'node:events';
import type { ContestProgram } from '../../../model';
import type { RunnerError } from '../../../model/errors';
import type { Sandbox } from '../../../sandbox/sandbox';
import type { Execution, InputSet, Judge, ProgramOutcome, ProgramRunOptions } from './judge';
import type { JudgeEvent } from './judgeFrames';
import { forgetFrame, inputFrame, programFrame, stopFrame } from './judgeFrames';
import { JudgeProcess } from './judgeProcess';

/** A judge that ended this often while the same program was the next to end: the program's doing, not ours. */
const strikesOfProgram = 2;
/** A judge that is started again this often without any program having ended in between cannot work here. */
const maxStarts = 5;

class LoadedInputs implements InputSet {
  readonly id: number;
  readonly inputs: readonly Uint8Array[];
  readonly owner: ForkServerJudge;

  constructor(id: number, inputs: readonly Uint8Array[], owner: ForkServerJudge) {
    this.id = id;
    this.inputs = inputs;
    this.owner = owner;
  }

  get count(): number {
    return this.inputs.length;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.owner.forget(this);
    return Promise.resolve();
  }
}

interface Submitted {
  readonly id: number;
  readonly program: ContestProgram;
  readonly set: LoadedInputs;
  readonly options: ProgramRunOptions;
  readonly resolve: (outcome: ProgramOutcome) => void;
  readonly reject: (error: unknown) => void;
  /** The index of the next execution. */
  next: number;
  strikes: number;
  /** Whoever asked wants no more; its end is waited for. */
  over: boolean;
}

/** Programs of Python 2 would mean something else in Python 3, so they are not run at all. */
const noPython2 =
  'Programs of Python 2 are not run: Debian and the Python images that are kept up have no interpreter for them.';

/** The host's side of a judge that forks a warm interpreter for every input. */
export class ForkServerJudge implements Judge {
  readonly #sandbox: Sandbox;
  readonly #sets = new Map<number, LoadedInputs>();
  /** In the order in which they were asked for, which is about the order in which they are run. */
  readonly #programs = new Map<number, Submitted>();
  #process: JudgeProcess | null = null;
  #starting: Promise<void> | null = null;
  #starts = 0;
  #nextId = 1;
  #lost: RunnerError | null = null;
  #disposed = false;

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  static async open(
    sandbox: Sandbox,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ForkServerJudge> {
    signal.throwIfAborted();
    const judge = new ForkServerJudge(sandbox);
    await judge.#start();
    if (signal.aborted) await judge[Symbol.asyncDispose]();
    signal.throwIfAborted();
    return judge;
  }

  async load(
    inputs: readonly Uint8Array[],
    { signal }: { readonly signal: AbortSignal },
  ): Promise<InputSet> {
    signal.throwIfAborted();
    await this.#starting;
    if (this.#lost !== null) throw this.#lost;
    const set = new LoadedInputs(this.#newId(), inputs, this);
    this.#sets.set(set.id, set);
    this.#sendSet(set);
    return set;
  }

  async run(
    program: ContestProgram,
    set: InputSet,
    options: ProgramRunOptions,
  ): Promise<ProgramOutcome> {
    if (!(set instanceof LoadedInputs) || set.owner !== this || !this.#sets.has(set.id))
      throw new Error('inputs that are not loaded in this judge');
    const { signal } = options;
    signal.throwIfAborted();
    if (this.#lost !== null) throw this.#lost;
    if (program.language === 'PYTHON') return { kind: 'not_compiled', message: noPython2 };
    let cancel: () => void = () => undefined;
    try {
      return await new Promise((resolve, reject) => {
        const id = this.#newId();
        const running = { id, program, set, options, resolve, reject };
        const submitted: Submitted = { ...running, next: 0, strikes: 0, over: false };
        this.#programs.set(id, submitted);
        cancel = () => {
          this.#stop(submitted);
        };
        setMaxListeners(0, signal); // A run has one signal for all its programs.
        signal.addEventListener('abort', cancel, { once: true });
        this.#sendProgram(submitted);
      });
    } finally {
      signal.removeEventListener('abort', cancel);
      signal.throwIfAborted();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#starting?.catch(() => undefined); // Whoever waits for it is told.
    await this.#process?.[Symbol.asyncDispose]();
  }

  /** For the set itself, when it is disposed of. */
  forget(set: LoadedInputs): void {
    if (this.#sets.delete(set.id)) this.#process?.send(forgetFrame(set.id));
  }

  #newId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  #sendSet({ id, inputs }: LoadedInputs): void {
    for (const [index, input] of inputs.entries())
      this.#process?.send(inputFrame(id, index, input));
  }

  #sendProgram({ id, program, set, options, next }: Submitted): void {
    const { limits, files } = options;
    this.#process?.send(
      programFrame({
        id,
        set: set.id,
        first: next,
        program,
        limits,
        files: files ?? { input: null, output: null },
      }),
    );
  }

  #stop(submitted: Submitted): void {
    if (submitted.over) return;
    submitted.over = true;
    this.#process?.send(stopFrame(submitted.id));
  }

  #start(): Promise<void> {
    this.#starts += 1;
    this.#starting = (async () => {
      const process = await JudgeProcess.start(this.#sandbox, {
        onEvent: (event) => {
          this.#hear(event);
        },
        onEnd: (error) => {
          this.#ended(error);
        },
      });
      this.#process = process;
      await process.ready;
    })();
    return this.#starting;
  }

  #hear(event: JudgeEvent): void {
    if (event.kind === 'ready') return;
    const submitted = this.#programs.get(event.program);
    if (submitted === undefined) return;
    this.#starts = 0;
    if (event.kind === 'result') {
      this.#tell(submitted, event.index, event.execution);
      return;
    }
    this.#programs.delete(event.program);
    const { message } = event;
    submitted.resolve(message === null ? { kind: 'ran' } : { kind: 'not_compiled', message });
  }

  #tell(submitted: Submitted, index: number, execution: Execution): void {
    if (submitted.over || index !== submitted.next) return;
    submitted.next += 1;
    submitted.strikes = 0;
    try {
      const wish = submitted.options.onExecution(index, execution);
      if (wish === 'stop' && submitted.next < submitted.set.count) this.#stop(submitted);
    } catch (error) {
      // Whoever listens broke: its error is this run's, not the judge's.
      this.#stop(submitted);
      submitted.reject(error);
    }
  }

  /** Starts it again with what is not done; a program that it ended at twice is to blame itself. */
  #ended(error: RunnerError): void {
    this.#process = null;
    if (this.#disposed || this.#starts >= maxStarts) {
      this.#lose(error);
      return;
    }
    for (const submitted of this.#programs.values()) {
      if (submitted.over) this.#hear({ kind: 'done', program: submitted.id, message: null });
    }
    this.#blame();
    this.#start().then(
      () => {
        for (const set of this.#sets.values()) this.#sendSet(set);
        for (const submitted of this.#programs.values()) this.#sendProgram(submitted);
      },
      () => {
        this.#lose(error);
      },
    );
  }

  #blame(): void {
    const [first] = this.#programs.values();
    if (first === undefined) return;
    first.strikes += 1;
    if (first.strikes < strikesOfProgram) return;
    while (first.next < first.set.count && !first.over) this.#tell(first, first.next, killed);
    this.#hear({ kind: 'done', program: first.id, message: null });
  }

  #lose(error: RunnerError): void {
    this.#lost = error;
    for (const submitted of this.#programs.values()) submitted.reject(error);
    this.#programs.clear();
  }
}

/** What is told of a program that takes the judge down. */
const killed: Execution = {
  end: { kind: 'signalled', signal: 'SIGKILL' },
  stdout: new Uint8Array(),
  stderr: new Uint8Array(),
  outputFile: null,
  cpuS: 0,
  wallS: 0,
  peakBytes: 0,
  completed: false,
};
