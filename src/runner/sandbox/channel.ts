import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { PendingCommand } from './channelCommand';
import { acknowledged, tooLong } from './channelCommand';
import { ChannelConnections } from './channelConnections';
import type { EndEvent, HelperFrame, RunRequest } from './channelFrames';
import { copyOutFailed, fileOperationFailed } from './channelErrors';
import type { ChannelTransport } from './channelLink';
import { ChannelLink, lossOf } from './channelLink';
import { PendingCommands, startId } from './channelPending';
import { ChannelProcess } from './channelProcess';
import { assertSafeTar } from './safeTar';
import { helperProgram } from './helper';
import type {
  ExecOptions,
  ExecResult,
  ListenOptions,
  ReadOptions,
  SandboxCallOptions,
  SandboxListener,
  SandboxProcess,
  StartOptions,
} from './sandbox';

export { helperCommand } from './helper';
export type { ChannelTransport } from './channelLink';

const defaultOutputLimitBytes = 10 * 1024 ** 2;
const defaultFloodLimitBytes = 256 * 1024 ** 2;
const defaultReadLimitBytes = 64 * 1024 ** 2;
const defaultCopyOutLimitBytes = 256 * 1024 ** 2;
const fileOperationMs = 10 * 60_000;
const answerMs = 10_000;
const startMs = 60_000;
const chunkBytes = 256 * 1024;
const longestTimerMs = 2 ** 31 - 1;

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
  readonly #link: ChannelLink;
  readonly #options: ChannelOptions;
  readonly #commands = new PendingCommands();
  readonly #connections: ChannelConnections;

  private constructor(transport: ChannelTransport, options: ChannelOptions) {
    this.#options = options;
    this.#link = new ChannelLink(transport, {
      ...options,
      onFrame: (frame) => {
        this.#dispatch(frame);
      },
      onLost: (error) => {
        this.#commands.fail(error);
        this.#connections.fail(error);
      },
    });
    this.#connections = new ChannelConnections(this.#link, this.#commands);
  }

  /** Starts the helper behind `transport` (whose first process is `helperCommand`) and waits until it is ready. */
  static async open(transport: ChannelTransport, options: ChannelOptions): Promise<SandboxChannel> {
    const channel = new SandboxChannel(transport, options);
    const { id, command } = channel.#commands.add({ keepBytes: 0 });
    transport.stdin.write(helperProgram);
    await channel.#wait(id, command, { timeoutMs: startMs, signal: options.signal });
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
    if (end.cause === 'cancelled') throw lossOf('a command was cancelled from inside');
    return command.result({ ...end, cause: end.cause });
  }

  start(argv: readonly string[], { cwd, env, signal }: StartOptions): Promise<SandboxProcess> {
    const { workdir } = this.#options;
    const request = {
      argv,
      cwd: this.#resolve(cwd ?? workdir),
      env: { ...this.#options.env, ...env },
    };
    const wiring = { link: this.#link, commands: this.#commands, signal };
    return Promise.resolve().then(() => ChannelProcess.start(request, wiring));
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

  listen(
    port: number,
    onConnection: (connection: Duplex) => void,
    options: ListenOptions,
  ): Promise<SandboxListener> {
    return this.#connections.listen(port, onConnection, options);
  }

  /** Lets the sandbox live on when this process goes away. */
  async keep({ signal }: SandboxCallOptions): Promise<void> {
    this.#link.throwIfLost();
    const { id, command } = this.#commands.add({ keepBytes: 0 });
    this.#link.send({ op: 'keep', id });
    await this.#wait(id, command, { timeoutMs: answerMs, signal });
  }

  /** Ends the channel; what is under way rejects with `sandbox-lost`. For disposal, which removes the sandbox. */
  close(): void {
    this.#link.close();
  }

  #wait(
    id: number,
    command: PendingCommand,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<EndEvent> {
    return this.#commands.wait(id, command, { ...options, link: this.#link });
  }

  #dispatch({ event, payload }: HelperFrame): void {
    switch (event.event) {
      case 'ready':
        this.#commands.get(startId)?.end(acknowledged(startId));
        return;
      case 'done':
        this.#commands.get(event.id)?.end(acknowledged(event.id));
        return;
      case 'listening':
      case 'refused':
      case 'opened':
      case 'received':
      case 'finished':
      case 'sent':
      case 'closed':
        this.#connections.dispatch(event, payload);
        return;
      case 'taken':
        this.#commands.get(event.id)?.taken(event.bytes);
        return;
      case 'output':
        this.#commands.get(event.id)?.output(event.fd, payload);
        return;
      case 'end':
        this.#commands.get(event.id)?.end(event);
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
    this.#link.throwIfLost();
    const { id, command } = this.#commands.add({
      keepBytes: request.keep,
      onOutput: options.onOutput,
    });
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
      this.#link.send(head, options.stdin);
    } else {
      this.#link.send(head);
      this.#feed(id, command, options.stdin).catch((error: unknown) => {
        command.fail(error);
      });
    }
    const end = await this.#wait(id, command, options);
    return { end, command };
  }

  async #feed(id: number, command: PendingCommand, source: Source): Promise<void> {
    for await (const part of source instanceof Uint8Array ? [source] : source) {
      for (let start = 0; start < part.length; start += chunkBytes) {
        const chunk = part.subarray(start, start + chunkBytes);
        await command.mayFeed(chunk.length);
        if (command.settled) return;
        this.#link.send({ op: 'stdin', id, eof: false }, chunk);
      }
    }
    this.#link.send({ op: 'stdin', id, eof: true });
  }

  #resolve(file: string): string {
    return path.posix.resolve(this.#options.workdir, file);
  }
}
