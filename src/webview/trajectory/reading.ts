import type { FromPage } from '../../presentation/trajectoryMessages';
import type { TrajectoryModel } from '../../presentation/trajectoryModel';
import { afterFrame } from '../dom';
import type { KeyActions } from './keys';
import type { StepList } from './stepList';

export interface ReadingOptions {
  readonly model: TrajectoryModel;
  readonly list: () => StepList;
  readonly post: (message: FromPage) => void;
  /** The model says something else than what is shown. */
  readonly onChange: () => void;
}

/** What a person does with the steps: goes from one to the next, opens, selects and compares them. */
export class Reading {
  readonly #options: ReadingOptions;

  constructor(options: ReadingOptions) {
    this.#options = options;
  }

  /** What keys do here; the others belong to the toolbar. */
  get keys(): Omit<KeyActions, 'search' | 'filter' | 'match'> {
    const { model, list, post } = this.#options;
    const move = (rows: number, extend: boolean): void => {
      model.move(rows, { extend });
      this.#showCurrent();
    };
    return {
      move,
      toFirst: (extend) => {
        move(-model.shown.length, extend);
      },
      toLast: (extend) => {
        move(model.shown.length, extend);
      },
      page: (direction, extend) => {
        move(direction * list().pageSize, extend);
      },
      toggle: () => {
        if (model.current !== null) this.#setExpanded(!model.isExpanded(model.current));
      },
      setExpanded: (expanded) => {
        this.#setExpanded(expanded);
      },
      expandAll: () => {
        this.expandAll(!model.expandAll);
      },
      openDiff: () => {
        const { selection } = model;
        if (selection !== null) post({ type: 'openDiff', ...selection });
      },
      diffSinceStart: () => {
        post({ type: 'diffSinceStart' });
      },
      escape: () => {
        model.unselect();
        this.#showCurrent();
      },
    };
  }

  click(step: number, event: MouseEvent): void {
    const { model } = this.#options;
    const marked = getSelection();
    const extend = event.shiftKey;
    // Who marks text with the pointer wants the text; with Shift the editor marks what lies between.
    if (extend) marked?.removeAllRanges();
    else if (marked?.isCollapsed === false) return;
    else model.setExpanded(step, !model.isExpanded(step));
    this.select(step, { extend });
  }

  /** A menu is about the step that it was opened on, or about those that are selected with it. */
  openMenu(target: EventTarget | null): void {
    const root = target instanceof Element ? target.closest('.step') : null;
    if (!(root instanceof HTMLElement)) return;
    const step = Number(root.dataset['step']);
    const { selection } = this.#options.model;
    if (selection !== null && step >= selection.from && step <= selection.to) return;
    this.select(step);
  }

  select(step: number, options: { readonly extend: boolean } = { extend: false }): void {
    const { model, list, onChange } = this.#options;
    model.select(step, options);
    this.#attend();
    this.tellSelection();
    onChange();
    list().focusCurrent();
  }

  openDiff(step: number): void {
    this.select(step);
    this.#options.post({ type: 'openDiff', from: step, to: step });
  }

  /** The editor's own commands are about what is selected here. */
  tellSelection(): void {
    const { model, post } = this.#options;
    if (model.selection !== null) post({ type: 'selected', ...model.selection });
  }

  expandAll(expandAll: boolean): void {
    const { model, list, onChange } = this.#options;
    const { top } = list();
    model.setExpandAll(expandAll);
    onChange();
    if (top === null) return;
    // What was read stays where it is.
    afterFrame(() => {
      list().scrollTo(top, 'start');
    });
  }

  /** Opens a step and brings it onto the screen, also when the filter hides it. */
  reveal(step: number): void {
    const { model, list } = this.#options;
    if (model.placeOf(step) === undefined) model.show({ kinds: [], agent: null });
    model.setExpanded(step, true);
    this.select(step);
    afterFrame(() => {
      list().scrollTo(step, 'center');
      list().focusCurrent();
    });
  }

  #setExpanded(expanded: boolean): void {
    const { current } = this.#options.model;
    if (current === null) return;
    this.#options.model.setExpanded(current, expanded);
    this.#showCurrent();
  }

  /** Who reads a step is not taken away from it by those that come; who is at the last one follows them. */
  #attend(): void {
    const { model } = this.#options;
    model.follow = model.current === model.shown.at(-1)?.step;
  }

  /** Brings the step that the keyboard went to onto the screen. */
  #showCurrent(): void {
    const { model, list, onChange } = this.#options;
    if (model.current === null) return;
    this.#attend();
    this.tellSelection();
    onChange();
    list().scrollTo(model.current);
    list().focusCurrent();
  }
}
