import { setMaxListeners } from 'node:events';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { RunnerError } from '../model/errors';
import { acknowledged, PendingCommand, timedOut, tooLong } from './channelCommand';
import type { EndEvent, HelperFrame, RunRequest } from './channelFrames';
import { encodeFrame, FrameDecoder } from './channelFrames';
import { copyOutFailed, fileOperationFailed } from './channelErrors';
import { assertSafeTar } from './safeTar';
import { helperProgram } from './helper';
import type { ExecOptions, ExecResult, ReadOptions, SandboxCallOptions } from './sandbox';

export { helperCommand } from './helper';

const defaultOutputLimitBytes = 10 * 1024 ** 2;
const defaultFloodLimitBytes = 256 * 1024 ** 2;
const defaultReadLimitBytes = 64 * 1024 ** 2;
const defaultCopyOutLimitBytes = 256 * 1024 ** 2;
const fileOperationMs = 10 * 60_000;
/** What the helper gets on top of a command's limit before the sandbox as a whole is ended. */
const graceMs = 10_000;
const startMs = 60_000;
const chunkBytes = 256 * 1024;
const longestTimerMs = 2 ** 31 - 1;

/** Both ends of the helper's stdio as the host has them. */
export interface ChannelTransport {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: Readable;
}

export interface ChannelOptions {
  /** Default cwd of commands, and what relative paths are relative to. */
  readonly workdir: string;
  /** Added to the helper's own environment (the image's) for every command. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the whole sandbox at once. Called when the helper does not do what it was told in time. */
  readonly kill: () => void;
  /** Why the sandbox is gone, where the provider can tell. Asked once, when it is. */
  readonly explainLoss?: () => Promise<string | null>;
  /** Aborting it gives up opening; later it has no effect. */
  readonly signal: AbortSignal;
}

type Source = Uint8Array | AsyncIterable<Uint8Array>;

interface RunOptions {
  readonly timeoutMs: number;
  readonly stdin: Source;
  readonly onOutput?: ((text: string) => void) | undefined;
  readonly signal: AbortSignal;
}

interface Ended {
  readonly end: EndEvent;
  readonly command: PendingCommand;
}

/**
 * Runs commands in a sandbox through its helper: the part of `Sandbox` that is the same for every provider. Its
 * methods keep the promises of `Sandbox`. Several commands may run at a time.
 */
export class SandboxChannel {
  readonly #transport: ChannelTransport;
  readonly #options: ChannelOptions;
  readonly #commands = new Map<number, PendingCommand>();
  readonly #decoder = new FrameDecoder();
  #nextId = 1;
  #lost: RunnerError | null = null;
  #losing = false;

  private constructor(transport: ChannelTransport, options: ChannelOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** Starts the helper behind `transport` (whose first process is `helperCommand`) and waits until it is ready. */
  static async open(transport: ChannelTransport, options: ChannelOptions): Promise<SandboxChannel> {
    const channel = new SandboxChannel(transport, options);
    const ready = new PendingCommand({ keepBytes: 0 });
    channel.#commands.set(0, ready);
    channel.#listen();
    transport.stdin.write(helperProgram);
    await channel.#guard(ready, { timeoutMs: startMs, signal: options.signal, id: 0 });
    return channel;
  }

  async exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const env = { ...this.#options.env, ...options.env };
    const refused = tooLong(argv, env);
    if (refused !== null) return refused;
    const { end, command } = await this.#run(
      {
        argv,
        cwd: this.#resolve(options.cwd ?? this.#options.workdir),
        env,
        keep: options.outputLimitBytes ?? defaultOutputLimitBytes,
        flood: options.floodLimitBytes ?? defaultFloodLimitBytes,
      },
      { ...options, stdin: options.stdin ?? new Uint8Array() },
    );
    if (end.cause === 'cancelled') throw this.#lostError('a command was cancelled from inside');
    return command.result({ ...end, cause: end.cause });
  }

  async readFile(file: string, options: ReadOptions): Promise<Buffer> {
    const limit = options.maxBytes ?? defaultReadLimitBytes;
    const { command } = await this.#operate('read', file, { limit, ...options });
    return command.stdout();
  }

  async writeFile(
    file: string,
    data: Uint8Array | string,
    options: SandboxCallOptions,
  ): Promise<void> {
    const stdin = typeof data === 'string' ? Buffer.from(data) : data;
    await this.#operate('write', file, { ...options, stdin });
  }

  async copyIn(folder: string, tar: Source, options: SandboxCallOptions): Promise<void> {
    await this.#operate('unpack', folder, { ...options, stdin: tar });
  }

  async copyOut(folder: string, options: ReadOptions): Promise<Buffer> {
    const limit = options.maxBytes ?? defaultCopyOutLimitBytes;
    const { command } = await this.#operate('pack', folder, { limit, ...options });
    const archive = command.stdout();
    try {
      await assertSafeTar(archive);
    } catch (error) {
      throw copyOutFailed(folder, error);
    }
    return archive;
  }

  /** Lets the sandbox live on when this process goes away. */
  async keep({ signal }: SandboxCallOptions): Promise<void> {
    this.#throwIfLost();
    const command = new PendingCommand({ keepBytes: 0 });
    const id = this.#add(command);
    this.#send(encodeFrame({ op: 'keep', id }));
    await this.#guard(command, { timeoutMs: graceMs, signal, id });
  }

  /** Ends the channel; what is under way rejects with `sandbox-lost`. For disposal, which removes the sandbox. */
  close(): void {
    this.#lose('it was removed');
    this.#transport.stdin.end();
    this.#transport.stdout.destroy();
  }

  #listen(): void {
    const { stdin, stdout } = this.#transport;
    stdout.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    for (const name of ['end', 'close', 'error'] as const) {
      stdout.on(name, () => {
        this.#lose(null);
      });
    }
    stdin.on('error', () => {
      this.#lose(null);
    });
  }

  #receive(chunk: Buffer): void {
    if (this.#losing) return;
    try {
      for (const frame of this.#decoder.push(chunk)) this.#dispatch(frame);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#lose(`its helper broke the protocol (${reason})`);
      this.#options.kill();
    }
  }

  #dispatch({ event, payload }: HelperFrame): void {
    const id = event.event === 'ready' ? 0 : event.id;
    const command = this.#commands.get(id);
    if (command === undefined) return; // It was given up meanwhile.
    switch (event.event) {
      case 'ready':
      case 'kept':
        command.end(acknowledged(id));
        return;
      case 'taken':
        command.taken(event.bytes);
        return;
      case 'output':
        command.output(event.fd, payload);
        return;
      case 'end':
        command.end(event);
        return;
    }
  }

  async #operate(
    file: NonNullable<RunRequest['file']>,
    name: string,
    options: { readonly signal: AbortSignal; readonly limit?: number; readonly stdin?: Source },
  ): Promise<Ended> {
    const limit = options.limit ?? 0;
    const target = this.#resolve(name);
    const ended = await this.#run(
      // An archive has a trailer on top of its entries.
      { file, path: target, limit, keep: limit + chunkBytes, flood: Number.MAX_SAFE_INTEGER },
      {
        timeoutMs: fileOperationMs,
        stdin: options.stdin ?? new Uint8Array(),
        signal: options.signal,
      },
    );
    if (ended.end.cause === 'exited' && ended.end.code === 0) return ended;
    throw fileOperationFailed(file, target, ended.end, ended.command.stderr());
  }

  async #run(
    request: Omit<RunRequest, 'op' | 'id' | 'timeout_ms' | 'eof'>,
    options: RunOptions,
  ): Promise<Ended> {
    options.signal.throwIfAborted();
    this.#throwIfLost();
    const command = new PendingCommand({ keepBytes: request.keep, onOutput: options.onOutput });
    const id = this.#add(command);
    const first = options.stdin instanceof Uint8Array && options.stdin.length <= chunkBytes;
    const head = {
      op: 'run',
      id,
      timeout_ms: Math.max(1, Math.round(Math.min(options.timeoutMs, longestTimerMs))),
      ...request,
      eof: first,
    } as const;
    if (options.stdin instanceof Uint8Array && first) {
      await command.mayFeed(options.stdin.length);
      this.#send(encodeFrame(head, options.stdin));
    } else {
      this.#send(encodeFrame(head));
      this.#feed(id, command, options.stdin).catch((error: unknown) => {
        command.fail(error);
      });
    }
    const end = await this.#guard(command, { ...options, id });
    return { end, command };
  }

  async #feed(id: number, command: PendingCommand, source: Source): Promise<void> {
    for await (const part of source instanceof Uint8Array ? [source] : source) {
      for (let start = 0; start < part.length; start += chunkBytes) {
        const chunk = part.subarray(start, start + chunkBytes);
        await command.mayFeed(chunk.length);
        if (command.settled) return;
        this.#send(encodeFrame({ op: 'stdin', id, eof: false }, chunk));
      }
    }
    this.#send(encodeFrame({ op: 'stdin', id, eof: true }));
  }

  /** Waits for a command's end under the caller's signal and the host's own deadline. */
  async #guard(
    command: PendingCommand,
    {
      timeoutMs,
      signal,
      id,
    }: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly id: number },
  ): Promise<EndEvent> {
    const started = performance.now();
    const giveUp = (): void => {
      // The helper did not answer in time, so the sandbox is not to be trusted any more.
      if (id === 0) command.fail(this.#lostError(`its helper did not start in ${timeoutMs} ms`));
      else command.end(timedOut(id, performance.now() - started));
      this.#lose('it did not end a command in time and was ended as a whole');
      this.#options.kill();
    };
    const limitMs = Math.min(timeoutMs + graceMs, longestTimerMs);
    let timer = setTimeout(giveUp, limitMs);
    const cancel = (): void => {
      if (id === 0) {
        command.fail(signal.reason);
        return;
      }
      this.#send(encodeFrame({ op: 'cancel', id }));
      clearTimeout(timer);
      timer = setTimeout(giveUp, graceMs);
    };
    // A run has one signal for all its commands; Node takes more than ten listeners for a leak.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      const end = await command.ended;
      signal.throwIfAborted();
      return end;
    } catch (error) {
      signal.throwIfAborted();
      // Its source or its listener failed; the command itself may still run.
      this.#send(encodeFrame({ op: 'cancel', id }));
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      this.#commands.delete(id);
    }
  }

  #add(command: PendingCommand): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#commands.set(id, command);
    return id;
  }

  #send(frame: Buffer): void {
    if (!this.#losing) this.#transport.stdin.write(frame);
  }

  #resolve(file: string): string {
    return path.posix.resolve(this.#options.workdir, file);
  }

  #throwIfLost(): void {
    if (this.#losing) throw this.#lost ?? this.#lostError(null);
  }

  #lose(reason: string | null): void {
    if (this.#losing) return;
    this.#losing = true;
    const finish = (why: string | null): void => {
      this.#lost = this.#lostError(why);
      for (const command of this.#commands.values()) {
        if (!command.settled) command.fail(this.#lost);
      }
    };
    if (reason !== null || this.#options.explainLoss === undefined) {
      finish(reason);
      return;
    }
    this.#options.explainLoss().then(finish, () => {
      finish(null);
    });
  }

  #lostError(reason: string | null): RunnerError {
    const why = reason ?? 'its first process ended';
    return new RunnerError('sandbox-lost', `The sandbox is gone: ${why}.`, { retryable: true });
  }
}
