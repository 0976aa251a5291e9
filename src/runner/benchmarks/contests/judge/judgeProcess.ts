import type { Sandbox, SandboxProcess } from '../../../sandbox/sandbox';
import { RunnerError } from '../../../model/errors';
import type { JudgeEvent } from './judgeFrames';
import { JudgeDecoder } from './judgeFrames';
import { judgeCommand } from './sandboxed';

export interface JudgeProcessOptions {
  readonly onEvent: (event: JudgeEvent) => void;
  /** Called once when it has ended, whyever: it never ends by itself. */
  readonly onEnd: (error: RunnerError) => void;
}

/** A supervisor in a sandbox. What is sent before it is ready waits there. */
export class JudgeProcess implements AsyncDisposable {
  readonly ready: Promise<void>;
  readonly #process: SandboxProcess;
  readonly #options: JudgeProcessOptions;
  readonly #decoder = new JudgeDecoder();
  #unsent: Buffer[] = [];
  #isReady: () => void = () => undefined;
  #ended = false;

  private constructor(process: SandboxProcess, options: JudgeProcessOptions) {
    this.#process = process;
    this.#options = options;
    const ready = new Promise<void>((resolve) => {
      this.#isReady = resolve;
    });
    const ended = this.#watch();
    this.ready = Promise.race([ready, ended.then((error) => Promise.reject(error))]);
    this.ready.catch(() => undefined); // Whoever started it awaits it.
    process.stdio.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    process.stdio.on('error', () => undefined); // `ended` tells.
  }

  static async start(sandbox: Sandbox, options: JudgeProcessOptions): Promise<JudgeProcess> {
    // It lives as long as the sandbox or until it is disposed of, beyond whoever asked for it first.
    const { signal } = new AbortController();
    return new JudgeProcess(await sandbox.start(judgeCommand, { cwd: '/tmp', signal }), options);
  }

  /** Frames of the same turn of the event loop are sent as one piece. */
  send(frame: Buffer): void {
    if (this.#unsent.push(frame) > 1) return;
    queueMicrotask(() => {
      const frames = this.#unsent;
      this.#unsent = [];
      if (!this.#ended && !this.#process.stdio.destroyed)
        this.#process.stdio.write(Buffer.concat(frames));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const event of this.#decoder.push(chunk)) {
        if (event.kind === 'ready') this.#isReady();
        else this.#options.onEvent(event);
      }
    } catch (error) {
      this.#process.stdio.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #watch(): Promise<RunnerError> {
    const why = await this.#process.ended.then(
      ({ stderr, signal, exitCode }) => {
        const said = Buffer.from(stderr).toString('utf8').trim().split('\n').slice(-3).join(' ');
        return said === '' ? (signal ?? `exit code ${String(exitCode)}`) : said;
      },
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    this.#ended = true;
    const error = RunnerError.is(why)
      ? why
      : new RunnerError('sandbox-lost', `The judge ended: ${String(why)}`, { retryable: true });
    this.#options.onEnd(error);
    return error;
  }
}
