import * as vscode from 'vscode';
import type { Config } from '../config';
import { setContextKey } from '../contextKeys';
import type { Disposes } from '../disposables';

/** A server that answers. Disposing of it stops what it runs, so that the next one goes on with it. */
export interface StartedServer extends AsyncDisposable {
  readonly url: string;
  /** What clients have to show; null: nothing. */
  readonly token: string | null;
  /** Runs of an earlier server that it goes on with. */
  readonly resumed: number;
}

export type StartServer = (port: number) => Promise<StartedServer>;

/** The HTTP server of this window: for clients that run benchmarks while the editor shows them. It ends with the window. */
export class ApiServer implements Disposes {
  readonly #config: Config;
  readonly #start: StartServer;
  readonly #changed = new vscode.EventEmitter<void>();
  #server: StartedServer | null = null;
  #starting: Promise<StartedServer> | null = null;

  /** It began to answer, or ended. */
  readonly onDidChange = this.#changed.event;

  /** @param start makes one at a port of this machine; the server is loaded with the first */
  constructor(config: Config, start: StartServer) {
    this.#config = config;
    this.#start = start;
  }

  /** The one that answers; null: none. */
  get current(): StartedServer | null {
    return this.#server;
  }

  /** Resolves with the one that answers, which may have been there. */
  async start(): Promise<StartedServer> {
    if (this.#server !== null) return this.#server;
    this.#starting ??= this.#start(this.#config.serverPort);
    try {
      this.#tell(await this.#starting);
      return await this.#starting;
    } finally {
      this.#starting = null;
    }
  }

  async stop(): Promise<void> {
    const server = this.#server ?? (await this.#starting?.catch(() => null)) ?? null;
    this.#tell(null);
    await server?.[Symbol.asyncDispose]();
  }

  /** Stops it and waits for its end, at most so long. */
  async shutdown(limitMs: number): Promise<void> {
    const limit = new Promise<void>((resolve) => setTimeout(resolve, limitMs));
    await Promise.race([this.stop(), limit]);
  }

  dispose(): void {
    void this.stop();
    this.#changed.dispose();
  }

  #tell(server: StartedServer | null): void {
    if (this.#server === server) return;
    this.#server = server;
    setContextKey('benchyard.serverRunning', server !== null);
    this.#changed.fire();
  }
}
