import type { Readable } from 'node:stream';
import { RunnerError } from '../model/errors';
import type { HelperFrame, HostRequest } from './channelFrames';
import { encodeFrame, FrameDecoder } from './channelFrames';

/** Both ends of the helper's stdio as the host has them. */
export interface ChannelTransport {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: Readable;
}

export interface LinkOptions {
  /** Ends the whole sandbox at once. Called when the helper does not do what it was told in time. */
  readonly kill: () => void;
  /** Why the sandbox is gone, where the provider can tell. Asked once, when it is. */
  readonly explainLoss?: () => Promise<string | null>;
  /** An error of it is the helper's: it said what it must not say. */
  readonly onFrame: (frame: HelperFrame) => void;
  /** Called once, when the sandbox is gone. */
  readonly onLost: (error: RunnerError) => void;
}

/** Frames to and from a helper, until the sandbox is gone. */
export class ChannelLink {
  readonly #transport: ChannelTransport;
  readonly #options: LinkOptions;
  readonly #decoder = new FrameDecoder();
  #lost: RunnerError | null = null;
  #losing = false;

  constructor(transport: ChannelTransport, options: LinkOptions) {
    this.#transport = transport;
    this.#options = options;
    const { stdin, stdout } = transport;
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

  send(request: HostRequest, payload?: Uint8Array): void {
    if (!this.#losing) this.#transport.stdin.write(encodeFrame(request, payload));
  }

  throwIfLost(): void {
    if (this.#losing) throw this.#lost ?? lossOf(null);
  }

  /** Ends a sandbox that is not to be trusted any more. */
  abandon(reason: string): void {
    this.#lose(reason);
    this.#options.kill();
  }

  close(): void {
    this.#lose('it was removed');
    this.#transport.stdin.end();
    this.#transport.stdout.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#losing) return;
    try {
      for (const frame of this.#decoder.push(chunk)) this.#options.onFrame(frame);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.abandon(`its helper broke the protocol (${reason})`);
    }
  }

  #lose(reason: string | null): void {
    if (this.#losing) return;
    this.#losing = true;
    const finish = (why: string | null): void => {
      this.#lost = lossOf(why);
      this.#options.onLost(this.#lost);
    };
    if (reason !== null || this.#options.explainLoss === undefined) {
      finish(reason);
      return;
    }
    this.#options.explainLoss().then(finish, () => {
      finish(null);
    });
  }
}

export function lossOf(reason: string | null): RunnerError {
  const why = reason ?? 'its first process ended';
  return new RunnerError('sandbox-lost', `The sandbox is gone: ${why}.`, { retryable: true });
}
