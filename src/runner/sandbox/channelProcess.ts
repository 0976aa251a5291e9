import { processWindowBytes, pipeBytes } from './channelFrames';
import type { EndEvent } from './channelFrames';
import type { PendingCommand } from './channelCommand';
import type { ChannelLink } from './channelLink';
import { lossOf } from './channelLink';
import type { PendingCommands } from './channelPending';
import { ChannelStream } from './channelStream';
import type { ExecResult, SandboxProcess } from './sandbox';

const stderrTailBytes = 64 * 1024;
/** The helper takes any number: a program that was started has no limit. */
const endlessMs = 2 ** 31 - 1;

export interface ProcessRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Wiring {
  readonly link: ChannelLink;
  readonly commands: PendingCommands;
  readonly signal: AbortSignal;
}

/** A long-lived program behind a helper's channel. */
export class ChannelProcess implements SandboxProcess {
  readonly stdio: ChannelStream;
  readonly ended: Promise<ExecResult>;
  readonly #id: number;
  readonly #link: ChannelLink;
  #over = false;

  private constructor(request: ProcessRequest, { link, commands, signal }: Wiring) {
    this.#link = link;
    this.stdio = new ChannelStream(
      {
        send: (bytes) => {
          link.send({ op: 'stdin', id: this.#id, eof: false }, bytes);
        },
        finish: () => {
          link.send({ op: 'stdin', id: this.#id, eof: true });
        },
        drop: () => {
          this.#kill();
        },
        took: (bytes) => {
          if (!this.#over) link.send({ op: 'read', id: this.#id, bytes });
        },
      },
      { windowBytes: processWindowBytes, slackBytes: pipeBytes },
    );
    this.stdio.on('error', () => undefined); // `ended` tells; whoever uses the stream may listen as well.
    const { id, command } = commands.add({ keepBytes: stderrTailBytes, stream: this.stdio });
    this.#id = id;
    link.send({
      op: 'run',
      id,
      ...request,
      timeout_ms: endlessMs,
      keep: Number.MAX_SAFE_INTEGER,
      flood: Number.MAX_SAFE_INTEGER,
      eof: false,
      window: processWindowBytes,
    });
    this.ended = this.#watch(
      commands.wait(id, command, { link, timeoutMs: null, signal }),
      command,
    );
    this.ended.catch(() => undefined); // Nobody has to await it.
  }

  static start(request: ProcessRequest, wiring: Wiring): ChannelProcess {
    wiring.signal.throwIfAborted();
    wiring.link.throwIfLost();
    return new ChannelProcess(request, wiring);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.ended.catch(() => undefined); // Its end, whatever it was.
    this.stdio.destroy();
  }

  #kill(): void {
    if (!this.#over) this.#link.send({ op: 'cancel', id: this.#id });
  }

  async #watch(end: Promise<EndEvent>, command: PendingCommand): Promise<ExecResult> {
    try {
      const event = await end;
      this.#over = true;
      this.stdio.hangUp(null);
      this.stdio.finished();
      if (event.cause !== 'cancelled') return command.result({ ...event, cause: event.cause });
      return command.result({ ...event, cause: 'signalled', signal: 'SIGKILL' });
    } catch (error) {
      this.#over = true;
      this.stdio.hangUp(error instanceof Error ? error : lossOf(String(error)));
      throw error;
    }
  }
}
