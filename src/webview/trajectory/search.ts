import { rowHolds } from '../../presentation/trajectoryList';
import type { ToPage } from '../../presentation/trajectoryMessages';
import type { TrajectoryModel } from '../../presentation/trajectoryModel';
import type { Bodies } from './bodies';
import { rangesIn } from './marks';
import type { StepList } from './stepList';

const delayMs = 200;

export interface SearchOptions {
  readonly model: TrajectoryModel;
  readonly bodies: Bodies;
  readonly list: () => StepList;
  /** Asks for the steps whose whole text holds a text; no text ends the last question. */
  readonly onAsk: (search: number, text: string) => void;
  /** What was found, or what is selected, is other than before. */
  readonly onChange: () => void;
}

/** The search: summaries answer at once, whole texts as the editor finds them. */
export class Search {
  readonly #options: SearchOptions;
  #id = 0;
  #running = false;
  #timer = 0;
  /** A match whose text is to be brought onto the screen once its step is there. */
  #wanted: number | null = null;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#running;
  }

  /** What is looked for, in lower case. */
  get needle(): string {
    return this.#options.model.query.trim().toLowerCase();
  }

  find(text: string): void {
    const { model, onAsk, onChange } = this.#options;
    model.search(text);
    this.#id += 1;
    const id = this.#id;
    this.#running = text.trim() !== '';
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      onAsk(id, text.trim());
    }, delayMs);
    onChange();
  }

  take({ search, steps, done }: Extract<ToPage, { type: 'found' }>): void {
    if (search !== this.#id) return;
    this.#options.model.addFound(steps);
    this.#running = !done;
    this.#options.onChange();
  }

  /** Goes to the next (or previous) step that holds what is looked for, and opens it when only its body does. */
  goTo(direction: 'next' | 'previous'): void {
    const { model, list, onChange } = this.#options;
    const step = model.matchFrom(model.current ?? 0, direction);
    if (step === null) return;
    const row = model.rows.find((candidate) => candidate.step === step);
    if (row !== undefined && !rowHolds(row, this.needle)) model.setExpanded(step, true);
    model.select(step);
    this.#wanted = step;
    onChange();
    list().scrollTo(step);
  }

  /** Brings the text of a match onto the screen, and the rest of a long text that it stands in. */
  showWanted(): void {
    const { model, bodies, list } = this.#options;
    const step = this.#wanted;
    if (step === null) return;
    const root = list().viewOf(step)?.root;
    const body = bodies.get(step);
    if (root === undefined || (model.isExpanded(step) && body === undefined)) return;
    this.#wanted = null;
    const [first] = rangesIn(root, this.needle);
    if (first !== undefined) {
      first.startContainer.parentElement?.scrollIntoView({ block: 'center' });
    } else if (body?.blocks.some((block) => block.omitted > 0) === true) {
      bodies.needWhole(step);
    }
  }
}
