import { styleText } from 'node:util';
import stringWidth from 'string-width';
import type { Line, Span } from '../presentation/progressLines';
import { progressLines } from '../presentation/progressLines';
import type { RunObserver, RunState } from '../runner/index';
import { ProgressCounter } from '../runner/model';
import type { CliContext } from './context';
import type { LiveArea } from './screen';

/** A run's progress, drawn below the lines that are said of it: in a terminal only. */
export class LiveProgress implements Disposable {
  readonly #screen: CliContext['screen'];
  readonly #counter = new ProgressCounter();
  #state: RunState | null = null;
  #live: LiveArea | null = null;
  /** Not in a terminal, not yet, or no more. */
  #isOff: boolean;

  /** `plain`: not in a terminal either. */
  constructor({ screen }: Pick<CliContext, 'screen'>, { plain }: { readonly plain: boolean }) {
    this.#screen = screen;
    this.#isOff = plain || !screen.isTerminal;
  }

  /** What an observer is told, this is told before. */
  with(observer: RunObserver): RunObserver {
    if (this.#isOff) return observer;
    return {
      ...observer,
      onEvent: (event, state) => {
        this.#take(state, 'trial' in event ? [event.trial] : []);
        observer.onEvent?.(event, state);
      },
    };
  }

  /** Takes it away, for good. */
  end(): void {
    this.#isOff = true;
    this.#live?.[Symbol.dispose]();
    this.#live = null;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #take(state: RunState, trials: readonly string[]): void {
    this.#state = state;
    this.#counter.take(state, trials);
    if (this.#isOff) return;
    if (this.#live !== null) this.#live.refresh();
    else this.#live = this.#screen.draw({ lines: () => this.#lines(), widthOf: stringWidth });
  }

  #lines(): readonly string[] {
    if (this.#state === null) return [];
    const now = Date.now();
    const shown = { progress: this.#counter.progress(now), running: this.#counter.running, now };
    return progressLines(shown, { ...this.#screen.size, widthOf: stringWidth }).map(styled);
  }
}

const colors = {
  passed: 'green',
  failed: 'red',
  warning: 'yellow',
  running: 'cyan',
  idle: 'dim',
  dim: 'dim',
} as const satisfies Record<NonNullable<Span['tone']>, string>;

function styled(line: Line): string {
  return line
    .map(({ text, tone }) =>
      tone === null ? text : styleText(colors[tone], text, { stream: process.stderr }),
    )
    .join('');
}
