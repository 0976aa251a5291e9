import type { Duplex } from 'node:stream';
import { RunnerError } from '../model/errors';
import { acknowledged } from './channelCommand';
import type { ConnectionEvent } from './channelFrames';
import { connectionWindowBytes } from './channelFrames';
import type { ChannelLink } from './channelLink';
import type { PendingCommands } from './channelPending';
import { ChannelStream } from './channelStream';
import type { ListenOptions, SandboxListener } from './sandbox';

const defaultConnections = 64;
const answerMs = 10_000;

interface Listener {
  readonly onConnection: (connection: Duplex) => void;
  readonly limit: number;
  port: number;
}

interface OpenConnection {
  readonly stream: ChannelStream;
  readonly listener: number;
}

/** The ports of a sandbox that the host serves, and its ends of their connections. */
export class ChannelConnections {
  readonly #link: ChannelLink;
  readonly #commands: PendingCommands;
  readonly #listeners = new Map<number, Listener>();
  readonly #open = new Map<number, OpenConnection>();

  constructor(link: ChannelLink, commands: PendingCommands) {
    this.#link = link;
    this.#commands = commands;
  }

  async listen(
    port: number,
    onConnection: (connection: Duplex) => void,
    { signal, maxConnections = defaultConnections }: ListenOptions,
  ): Promise<SandboxListener> {
    signal.throwIfAborted();
    this.#link.throwIfLost();
    const { id, command } = this.#commands.add({ keepBytes: 0 });
    const listener: Listener = { onConnection, limit: maxConnections, port };
    this.#listeners.set(id, listener);
    this.#link.send({ op: 'listen', id, port, limit: maxConnections });
    const waiting = { link: this.#link, timeoutMs: answerMs, signal };
    try {
      const { message } = await this.#commands.wait(id, command, waiting);
      if (message !== null)
        throw new RunnerError(
          'invalid-config',
          `Port ${port} of the sandbox cannot be listened on: ${message}.`,
        );
    } catch (error) {
      await this.#unlisten(id);
      throw error;
    }
    return { port: listener.port, [Symbol.asyncDispose]: () => this.#unlisten(id) };
  }

  /** Throws when the helper says what cannot be. */
  dispatch(event: ConnectionEvent, payload: Buffer): void {
    switch (event.event) {
      case 'listening': {
        const listener = this.#listeners.get(event.id);
        if (listener !== undefined) listener.port = event.port;
        this.#commands.get(event.id)?.end(acknowledged(event.id));
        return;
      }
      case 'refused':
        this.#commands.get(event.id)?.end({ ...acknowledged(event.id), message: event.message });
        return;
      case 'opened':
        this.#opened(event.id, event.connection);
        return;
      case 'received': {
        const stream = this.#open.get(event.connection)?.stream;
        if (stream?.destroyed === false) stream.received(payload);
        return;
      }
      case 'finished':
        this.#open.get(event.connection)?.stream.finished();
        return;
      case 'sent':
        this.#open.get(event.connection)?.stream.sent(event.bytes);
        return;
      case 'closed': {
        const stream = this.#open.get(event.connection)?.stream;
        this.#open.delete(event.connection);
        stream?.hangUp(event.whole ? null : new Error('the connection was reset'));
        return;
      }
    }
  }

  /** The sandbox is gone, and every connection with it. */
  fail(error: Error): void {
    this.#listeners.clear();
    for (const { stream } of this.#open.values()) stream.hangUp(error);
    this.#open.clear();
  }

  #opened(id: number, connection: number): void {
    const listener = this.#listeners.get(id);
    if (listener === undefined) return; // The helper closes it: its listener was just given up.
    if (this.#open.has(connection)) throw new Error('a connection was opened twice');
    const others = [...this.#open.values()].filter((other) => other.listener === id);
    if (others.length >= listener.limit) throw new Error('more connections than asked for');
    const stream = this.#stream(connection);
    this.#open.set(connection, { stream, listener: id });
    // Whoever serves it may listen for errors; nobody has to.
    stream.on('error', () => undefined);
    try {
      listener.onConnection(stream);
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #stream(connection: number): ChannelStream {
    const link = this.#link;
    const operations = {
      send: (bytes: Buffer) => {
        link.send({ op: 'send', connection }, bytes);
      },
      finish: () => {
        link.send({ op: 'finish', connection });
      },
      drop: () => {
        link.send({ op: 'drop', connection });
      },
      took: (bytes: number) => {
        link.send({ op: 'took', connection, bytes });
      },
    };
    return new ChannelStream(operations, { windowBytes: connectionWindowBytes });
  }

  /** Resolves when nobody can connect any more, at once when the sandbox is gone. */
  async #unlisten(listener: number): Promise<void> {
    this.#listeners.delete(listener);
    for (const open of this.#open.values()) if (open.listener === listener) open.stream.destroy();
    const waiting = { link: this.#link, timeoutMs: answerMs, signal: new AbortController().signal };
    try {
      this.#link.throwIfLost();
      const { id, command } = this.#commands.add({ keepBytes: 0 });
      this.#link.send({ op: 'unlisten', id, listener });
      await this.#commands.wait(id, command, waiting);
    } catch (error) {
      if (!RunnerError.is(error, 'sandbox-lost')) throw error;
    }
  }
}
