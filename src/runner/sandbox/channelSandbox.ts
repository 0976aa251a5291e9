import type { SandboxChannel } from './channel';
import type { Duplex } from 'node:stream';
import type {
  ExecOptions,
  ExecResult,
  ListenOptions,
  ReadOptions,
  Sandbox,
  SandboxCallOptions,
  SandboxListener,
  SandboxProcess,
  StartOptions,
} from './sandbox';

/** What every sandbox does in the same way: its commands and files go through the helper's channel. */
export abstract class ChannelSandbox implements Sandbox {
  abstract readonly id: string;
  abstract readonly workdir: string;
  protected readonly channel: SandboxChannel;

  protected constructor(channel: SandboxChannel) {
    this.channel = channel;
  }

  exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    return this.channel.exec(argv, options);
  }

  start(argv: readonly string[], options: StartOptions): Promise<SandboxProcess> {
    return this.channel.start(argv, options);
  }

  readFile(file: string, options: ReadOptions): Promise<Uint8Array> {
    return this.channel.readFile(file, options);
  }

  writeFile(file: string, data: Uint8Array | string, options: SandboxCallOptions): Promise<void> {
    return this.channel.writeFile(file, data, options);
  }

  copyIn(
    folder: string,
    tar: AsyncIterable<Uint8Array> | Uint8Array,
    options: SandboxCallOptions,
  ): Promise<void> {
    return this.channel.copyIn(folder, tar, options);
  }

  copyOut(folder: string, options: ReadOptions): Promise<Uint8Array> {
    return this.channel.copyOut(folder, options);
  }

  listen(
    port: number,
    onConnection: (connection: Duplex) => void,
    options: ListenOptions,
  ): Promise<SandboxListener> {
    return this.channel.listen(port, onConnection, options);
  }

  abstract shellCommand(): readonly string[] | null;
  abstract keep(options: SandboxCallOptions): Promise<void>;
  abstract [Symbol.asyncDispose](): Promise<void>;
}
