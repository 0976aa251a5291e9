import { formatBytes, formatCount, formatDuration } from '../presentation/format';
import type { DatasetProgress } from '../runner/index';
import type { CliContext } from './context';
import { bar, ProgressLine } from './progressLine';

/** Tells the making of a dataset on stderr: how far the download is, then the rows of each split, and how fast. */
export class DataReporter implements Disposable {
  readonly #line: ProgressLine;
  readonly #now: () => number;
  #phase = '';
  #startedAt = 0;
  #last: DatasetProgress | null = null;

  constructor(context: CliContext, now: () => number = () => performance.now()) {
    this.#line = new ProgressLine(context.say);
    this.#now = now;
  }

  readonly onNote = (line: string): void => {
    this.#line.above(line);
  };

  readonly onProgress = (progress: DatasetProgress): void => {
    const phase = progress.phase === 'download' ? 'download' : `rows ${progress.what}`;
    if (phase !== this.#phase) {
      this.#end();
      this.#phase = phase;
      this.#startedAt = this.#now();
    }
    this.#last = progress;
    this.#line.update(() => this.#text(progress));
  };

  /** The last word on what goes on, in any case. */
  finish(): void {
    this.#end();
  }

  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
  }

  #end(): void {
    if (this.#last !== null) this.#line.finish(this.#text(this.#last));
    this.#last = null;
  }

  #text({ phase, what, done, fresh, total }: DatasetProgress): string {
    const elapsed = (this.#now() - this.#startedAt) / 1000;
    // What was there before this call was not brought at any rate.
    const rate = elapsed > 0.2 ? fresh / elapsed : null;
    const left = rate === null || rate === 0 ? null : (total - done) / rate;
    const bytes = phase === 'download';
    const many = (n: number): string => (bytes ? formatBytes(n) : formatCount(Math.round(n)));
    return [
      `${bar(total === 0 ? 1 : done / total)} ${bytes ? 'download' : what}: ${many(done)} of ${many(total)}${bytes ? '' : ' rows'}`,
      ...(rate === null ? [] : [`${many(rate)}${bytes ? '/s' : ' rows/s'}`]),
      ...(left === null || done >= total ? [] : [`${formatDuration(left)} left`]),
    ].join(', ');
  }
}
