import { unwatchFile, watchFile } from 'node:fs';
import path from 'node:path';
import type { Interface } from 'node:readline';
import { createInterface } from 'node:readline';
import { formatDuration } from '../presentation/format';
import { shellQuote } from '../presentation/shellQuote';
import type { RunObserver, TaskSession } from '../runner/index';
import type { CliContext } from './context';

/** How often it is looked whether the file is there that hands work in. */
const lookMs = 500;

/**
 * Where somebody at the command line works on the tasks of the agent `human`: tells each task and the way into its
 * sandbox, and hands in when Enter is pressed, or when the file `submit` appears in the trial's folder.
 */
export class SessionDesk implements Disposable {
  readonly #context: Pick<CliContext, 'streams' | 'signal' | 'say'>;
  readonly #open = new Map<number, TaskSession>();
  #opened = 0;
  #input: Interface | null = null;

  constructor(context: Pick<CliContext, 'streams' | 'signal' | 'say'>) {
    this.#context = context;
  }

  readonly onSession: NonNullable<RunObserver['onSession']> = (session) => {
    this.#opened += 1;
    const number = this.#opened;
    this.#open.set(number, session);
    this.#input ??= this.#listen();
    this.#context.say(this.#announcement(number, session));
    const file = submitFile(session);
    watchFile(file, { interval: lookMs, persistent: false }, (found) => {
      if (found.isFile()) this.#submit(number);
    });
    // Never rejects.
    void session.ended.then(() => {
      unwatchFile(file);
      if (this.#open.delete(number)) this.#context.say(`${session.trialId}: the session is over`);
    });
  };

  [Symbol.dispose](): void {
    this.#input?.close();
    for (const session of this.#open.values()) unwatchFile(submitFile(session));
  }

  #listen(): Interface {
    const input = createInterface({ input: this.#context.streams.stdin });
    input.on('line', (line) => {
      this.#take(line.trim().toLowerCase());
    });
    return input;
  }

  get #isTerminal(): boolean {
    const { stdin } = this.#context.streams;
    return 'isTTY' in stdin && stdin.isTTY === true;
  }

  #take(word: string): void {
    if (this.#open.has(Number(word))) {
      this.#submit(Number(word));
      return;
    }
    // An empty line of a file or pipe may stand there for any reason.
    if (word !== 'submit' && !(word === '' && this.#isTerminal)) return;
    const [only, ...others] = this.#open.keys();
    if (only !== undefined && others.length === 0) this.#submit(only);
    else if (only !== undefined)
      this.#context.say(`Which one? Its number hands it in: ${[only, ...others].join(', ')}`);
  }

  #submit(number: number): void {
    const session = this.#open.get(number);
    if (session === undefined) return;
    this.#open.delete(number);
    const { say, signal } = this.#context;
    session.call('submit', {}, { signal }).then(
      ({ ok, text }) => {
        say(`${session.trialId}: ${ok ? 'handed in; now it is tested' : text}`);
      },
      () => undefined, // Cancelled, which the run tells.
    );
  }

  #announcement(number: number, session: TaskSession): string {
    const { brief, deadline, trialId } = session;
    const left = (Date.parse(deadline) - Date.now()) / 1000;
    const shell = session.shellCommand();
    const key = this.#open.size > 1 ? `type ${number} and press Enter` : 'press Enter';
    return [
      '',
      `── ${number} · ${trialId} · until ${new Date(deadline).toLocaleTimeString()} (${formatDuration(left)}) ──`,
      '',
      brief.statement,
      '',
      brief.rules,
      '',
      ...(shell === null
        ? ['This sandbox has no way in.']
        : ['Work in its sandbox, in another terminal:', `  ${shellQuote(shell)}`]),
      'Hand in what is there:',
      this.#isTerminal
        ? `  ${key}, or: ${shellQuote(['touch', submitFile(session)])}`
        : `  ${shellQuote(['touch', submitFile(session)])}`,
      '',
    ].join('\n');
  }
}

function submitFile({ runDir, trialId }: TaskSession): string {
  return path.join(runDir, trialId, 'submit');
}
