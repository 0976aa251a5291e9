import { formatCount, formatDuration, plural } from '../presentation/format';
import type { RunObserver } from '../runner/index';
import type { RunState } from '../runner/model';
import type { CliContext } from './context';
import { bar, ProgressLine } from './progressLine';

/** Tells an evaluation on stderr: how many problems and programs are done, how fast, and how long the rest will take. */
export class EvalReporter implements Disposable {
  readonly #line: ProgressLine;
  readonly #now: () => number;
  /** Programs of this process; those of a run that goes on were judged before. */
  #programs = 0;
  #startedAt: number | null = null;
  #endedBefore = 0;
  #ended = 0;
  /** Of the problems that ended. */
  #endedPrograms = 0;

  constructor(context: CliContext, now: () => number = () => performance.now()) {
    this.#line = new ProgressLine(context.say);
    this.#now = now;
  }

  readonly observer: RunObserver = {
    onProgress: (line) => {
      this.#line.above(line);
    },
    onOutput: ({ stage, text }) => {
      if (stage !== 'judge') return;
      // A line for each candidate that was judged.
      for (const character of text) if (character === '\n') this.#programs += 1;
    },
    onEvent: (event, state) => {
      if (event.type === 'run.started' || event.type === 'run.resumed')
        this.#endedBefore = countEnded(state);
      else if (event.type === 'trial.started') this.#startedAt ??= this.#now();
      else if (event.type === 'run.note' && event.level === 'warning')
        this.#line.above(`warning: ${event.text}`);
      else if (event.type === 'trial.ended') {
        this.#ended += 1;
        this.#endedPrograms += event.result.contest?.n ?? 0;
        const { status, detail } = event.result;
        if (status === 'infra_failure' || status === 'error')
          this.#line.above(`${status}: ${event.result.task_id}: ${detail ?? ''}`);
      } else if (event.type === 'run.ended' && event.end !== 'finished')
        this.#line.above(`run ${event.end}${event.cause === undefined ? '' : ` (${event.cause})`}`);
      this.#line.update(() => this.#text(state));
    },
  };

  /** The last word: what was done in all, and how fast. */
  finish(state: RunState): void {
    this.#line.finish(this.#text(state));
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }

  #text(state: RunState): string {
    const total = state.trials.size;
    const done = this.#endedBefore + this.#ended;
    const elapsed = this.#startedAt === null ? 0 : (this.#now() - this.#startedAt) / 1000;
    const parts = [
      `${bar(total === 0 ? 1 : done / total)} ${formatCount(done)} of ${plural(total, 'problem')}`,
      plural(this.#programs, 'program'),
      ...(elapsed > 0 ? [`${(this.#programs / elapsed).toFixed(1)} programs/s`] : []),
      formatDuration(elapsed),
      ...this.#timeLeft(total - this.#endedBefore, elapsed),
    ];
    return parts.join(', ');
  }

  /** By the programs that a problem has on average, so that those of problems in the middle count. */
  #timeLeft(problems: number, elapsed: number): readonly string[] {
    if (this.#ended === 0 || this.#ended === problems || this.#programs === 0) return [];
    const all = (this.#endedPrograms / this.#ended) * problems;
    const left = Math.max(0, all - this.#programs) / (this.#programs / elapsed);
    return [`${formatDuration(left)} left`];
  }
}

function countEnded(state: RunState): number {
  let ended = 0;
  for (const { phase } of state.trials.values()) if (phase === 'ended') ended += 1;
  return ended;
}
