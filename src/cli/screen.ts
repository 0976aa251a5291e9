import type { WriteStream } from 'node:tty';
import cliCursor from 'cli-cursor';

/** How often a terminal is drawn anew, at most; what it shows of times changes without an event. */
const redrawMs = 200;
const tickMs = 1000;

/** What is drawn at the bottom of a terminal, and drawn over again. */
export interface Drawing {
  /** Its lines, all of them narrower than the terminal, and fewer than it has. */
  readonly lines: () => readonly string[];
  /** Cells that a line takes. */
  readonly widthOf: (line: string) => number;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * stderr, with something drawn below all that was said: what is said goes above it. The cursor is hidden meanwhile and is
 * there again however the process ends, but by SIGKILL.
 */
export class Screen {
  readonly #stream: WriteStream;
  #live: LiveArea | null = null;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  /** Whether something can be drawn over. */
  get isTerminal(): boolean {
    return this.#stream.isTTY && process.env['TERM'] !== 'dumb';
  }

  get size(): TerminalSize {
    return sizeOf(this.#stream);
  }

  readonly say = (text: string): void => {
    const live = this.#live;
    if (live === null) this.#stream.write(`${text}\n`);
    else live.above(`${text}\n`);
  };

  /** Draws until what is returned is disposed of, which leaves nothing of it. */
  draw(drawing: Drawing): LiveArea {
    this.#live?.[Symbol.dispose]();
    const live = new LiveArea(this.#stream, drawing, () => {
      if (this.#live === live) this.#live = null;
    });
    this.#live = live;
    return live;
  }
}

/** The lines at the bottom; the cursor stands below them. */
export class LiveArea implements Disposable {
  readonly #stream: WriteStream;
  readonly #drawing: Drawing;
  readonly #onEnd: () => void;
  readonly #tick: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;
  #shown: readonly string[] = [];
  /** Of the terminal when they were drawn. */
  #columns = 0;
  #ended = false;

  constructor(stream: WriteStream, drawing: Drawing, onEnd: () => void) {
    this.#stream = stream;
    this.#drawing = drawing;
    this.#onEnd = onEnd;
    cliCursor.hide(stream);
    this.#tick = setInterval(this.#show, tickMs).unref();
    stream.on('resize', this.#show);
    this.#show();
  }

  /** Draws what there is now, soon. */
  refresh(): void {
    if (this.#ended) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#show();
    }, redrawMs).unref();
  }

  /** Says something over it, which it stays below. */
  above(text: string): void {
    refreshSize(this.#stream);
    // As it was: what is new is drawn when it is time for it, however much is said.
    this.#stream.write(`${this.#toTop()}${below}${text}${drawn(this.#shown)}`);
  }

  [Symbol.dispose](): void {
    if (this.#ended) return;
    refreshSize(this.#stream);
    this.#ended = true;
    this.#stream.write(`${this.#toTop()}${below}`);
    clearInterval(this.#tick);
    clearTimeout(this.#soon);
    this.#stream.off('resize', this.#show);
    cliCursor.show(this.#stream);
    this.#onEnd();
  }

  readonly #show = (): void => {
    if (this.#ended) return;
    refreshSize(this.#stream);
    const lines = this.#drawing.lines();
    const { columns } = sizeOf(this.#stream);
    // Line over line, so that nothing flickers; lines that the terminal broke go first.
    const over = `${this.#toTop()}${columns === this.#columns ? '' : below}`;
    this.#stream.write(`${over}${drawn(lines)}${below}`);
    this.#shown = lines;
    this.#columns = columns;
  };

  /** Goes to where the lines begin, also where a terminal that got narrower broke some of them into several. */
  #toTop(): string {
    const { columns, rows } = sizeOf(this.#stream);
    const broken = this.#shown.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(this.#drawing.widthOf(line) / columns)),
      0,
    );
    const up = Math.min(broken, rows - 1);
    return up > 0 ? `\r\u001b[${String(up)}A` : '\r';
  }
}

/** Erases what is from here on. */
const below = '\u001b[0J';

function drawn(lines: readonly string[]): string {
  return lines.map((line) => `${line}\u001b[K\n`).join('');
}

/** A terminal that does not say how large it is says 0. */
function sizeOf({ columns, rows }: WriteStream): TerminalSize {
  return { columns: columns || 80, rows: rows || 24 };
}

/**
 * Lets the stream look how large its terminal is now, and tell it where that is new. By itself it learns of it from a
 * signal, a little later: what is drawn meanwhile would be drawn over lines that the terminal broke already.
 */
function refreshSize(stream: WriteStream & { readonly _refreshSize?: () => void }): void {
  stream._refreshSize?.();
}
