/** How often a terminal's line is drawn anew, and how often a line is printed where there is no terminal. */
const redrawMs = 100;
const printMs = 5000;

/**
 * One line that tells how far something is: drawn over itself in a terminal, else printed now and then. It goes to
 * stderr, and only when there is something new to tell.
 */
export class ProgressLine implements Disposable {
  readonly #say: (text: string) => void;
  readonly #terminal: boolean;
  #shownAt = Number.NEGATIVE_INFINITY;
  #drawn = false;
  #last: string | null = null;

  constructor(say: (text: string) => void) {
    this.#say = say;
    this.#terminal = process.stderr.isTTY;
  }

  /** Shows `text()` where it is time for it. */
  update(text: () => string): void {
    const now = performance.now();
    if (now - this.#shownAt < (this.#terminal ? redrawMs : printMs)) return;
    this.#shownAt = now;
    this.#show(text());
  }

  /** Shows it in any case: the last word. */
  finish(text: string): void {
    this.#show(text);
    this[Symbol.dispose]();
  }

  /** Says something else, above the line. */
  above(text: string): void {
    if (this.#drawn) process.stderr.write('\r\u001b[K');
    this.#drawn = false;
    this.#say(text);
  }

  [Symbol.dispose](): void {
    if (this.#drawn) process.stderr.write('\n');
    this.#drawn = false;
  }

  #show(text: string): void {
    if (text === this.#last && !this.#terminal) return;
    this.#last = text;
    if (!this.#terminal) {
      this.#say(text);
      return;
    }
    const width = process.stderr.columns;
    process.stderr.write(`\r\u001b[K${text.slice(0, Math.max(20, width - 1))}`);
    this.#drawn = true;
  }
}

/** `[#####.....]`, for a share from 0 to 1. */
export function bar(share: number, width = 20): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}
