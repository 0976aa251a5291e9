import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Terminal } from '@xterm/headless';
import type { CliOptions } from './cli';
import { program, until } from './cli';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The command line in a terminal: a real pseudoterminal, whose bytes the editor's own terminal emulator shows. */
export class TerminalProcess {
  /** The bytes, as text. */
  output = '';
  cursorIsVisible = true;
  readonly ended: Promise<number | null>;
  /** Of the program. */
  readonly pid: Promise<number>;
  readonly #bridge: ChildProcess;
  readonly #terminal: Terminal;
  #isOver = false;
  /** All that came is on the screen then. */
  #written: Promise<void> = Promise.resolve();

  constructor(args: readonly string[], { columns, rows, cwd, env }: CliOptions & TerminalSize) {
    this.#terminal = new Terminal({
      cols: columns,
      rows,
      scrollback: 10_000,
      allowProposedApi: true,
    });
    for (const final of ['h', 'l']) {
      this.#terminal.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
        if (modes.includes(25)) this.cursorIsVisible = final === 'h';
        return false;
      });
    }
    const bridge = path.join(import.meta.dirname, 'terminal.py');
    const own: NodeJS.ProcessEnv = { ...process.env, TERM: 'xterm-256color', ...env };
    delete own['CI'];
    this.#bridge = spawn(
      'python3',
      [bridge, String(columns), String(rows), process.execPath, program, ...args],
      { cwd, env: own, stdio: ['pipe', 'pipe', 'inherit', 'pipe'] },
    );
    this.#bridge.stdout?.on('data', (bytes: Buffer) => {
      this.output += bytes.toString('latin1');
      const before = this.#written;
      this.#written = new Promise((resolve) => {
        this.#terminal.write(bytes, () => {
          void before.then(resolve);
        });
      });
    });
    this.pid = this.#toldNumber();
    this.ended = new Promise((resolve, reject) => {
      this.#bridge.on('error', reject);
      this.#bridge.on('close', (status) => {
        this.#isOver = true;
        void this.#written.then(() => {
          resolve(status);
        });
      });
    });
  }

  /** Everything that was said and is shown, from the first line on, lines that the terminal broke put together. */
  async text(): Promise<string> {
    await this.#written;
    const { active: buffer } = this.#terminal.buffer;
    const lines: string[] = [];
    for (let n = 0; n < buffer.length; n += 1) {
      const line = buffer.getLine(n);
      const text = line?.translateToString(true) ?? '';
      if (line?.isWrapped === true) lines.push(`${lines.pop() ?? ''}${text}`);
      else lines.push(text);
    }
    return lines.join('\n').trimEnd();
  }

  /** What is on the screen, line by line as it is broken. */
  async screen(): Promise<readonly string[]> {
    await this.#written;
    const { active: buffer } = this.#terminal.buffer;
    return Array.from(
      { length: this.#terminal.rows },
      (_, n) => buffer.getLine(buffer.baseY + n)?.translateToString(true) ?? '',
    );
  }

  /** Waits until the screen shows it. */
  async shows(pattern: RegExp): Promise<void> {
    await until(async () => {
      const text = (await this.screen()).join('\n');
      if (pattern.test(text)) return true;
      if (this.#isOver) throw new Error(`it ended without showing ${String(pattern)}:\n${text}`);
      return false;
    });
  }

  /**
   * As a person who drags the window's edge. With a real terminal hardly a moment is between the new size of what it shows
   * and the program's knowing; here there is none.
   */
  async resize({ columns, rows }: TerminalSize): Promise<void> {
    this.#tell({ stop: true });
    const sent = await this.#toldNumber();
    while (this.output.length < sent) await delay(5);
    await this.#written;
    this.#terminal.resize(columns, rows);
    this.#tell({ columns, rows });
  }

  type(text: string): void {
    this.#tell({ type: text });
  }

  #toldNumber(): Promise<number> {
    return new Promise((resolve) => {
      this.#bridge.stdio[3]?.once('data', (told: Buffer) => {
        resolve(Number(told.toString()));
      });
    });
  }

  #tell(message: object): void {
    this.#bridge.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
