import { setMaxListeners } from 'node:events';
import type { RunnerError } from '../model/errors';
import type { CommandOptions } from './channelCommand';
import { PendingCommand, timedOut } from './channelCommand';
import type { EndEvent } from './channelFrames';
import type { ChannelLink } from './channelLink';
import { lossOf } from './channelLink';

/** What the helper gets on top of a command's limit before the sandbox as a whole is ended. */
const graceMs = 10_000;
const longestTimerMs = 2 ** 31 - 1;

/** Id of the helper's own start, which is waited for like a command. */
export const startId = 0;

/** What the helper was asked for and has not answered yet. */
export class PendingCommands {
  readonly #commands = new Map<number, PendingCommand>();
  #nextId: number = startId;

  add(options: CommandOptions): { readonly id: number; readonly command: PendingCommand } {
    const id = this.#nextId;
    this.#nextId += 1;
    const command = new PendingCommand(options);
    this.#commands.set(id, command);
    return { id, command };
  }

  /** undefined: it was given up meanwhile. */
  get(id: number): PendingCommand | undefined {
    return this.#commands.get(id);
  }

  fail(error: RunnerError): void {
    for (const command of this.#commands.values()) if (!command.settled) command.fail(error);
  }

  /** Waits for a command's end under the caller's signal and the host's own deadline (`timeoutMs` null: none). */
  async wait(
    id: number,
    command: PendingCommand,
    {
      link,
      timeoutMs,
      signal,
    }: {
      readonly link: ChannelLink;
      readonly timeoutMs: number | null;
      readonly signal: AbortSignal;
    },
  ): Promise<EndEvent> {
    const started = performance.now();
    const giveUp = (): void => {
      // The helper did not answer in time, so the sandbox is not to be trusted any more.
      if (id === startId) command.fail(lossOf(`its helper did not start in ${timeoutMs ?? 0} ms`));
      else command.end(timedOut(id, performance.now() - started));
      link.abandon('it did not end a command in time and was ended as a whole');
    };
    let timer =
      timeoutMs === null
        ? undefined
        : setTimeout(giveUp, Math.min(timeoutMs + graceMs, longestTimerMs));
    const cancel = (): void => {
      if (id === startId) {
        command.fail(signal.reason);
        return;
      }
      link.send({ op: 'cancel', id });
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
      link.send({ op: 'cancel', id });
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      this.#commands.delete(id);
    }
  }
}
