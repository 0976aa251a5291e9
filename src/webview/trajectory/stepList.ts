import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import type { TrajectoryModel } from '../../presentation/trajectoryModel';
import type { StepBodyView } from '../../presentation/trajectoryMessages';
import { element } from '../dom';
import { placeAfter, placesWith } from '../virtualRows';
import type { StepActions, StepLook } from './stepView';
import { StepView } from './stepView';

export interface StepListOptions extends StepActions {
  readonly model: TrajectoryModel;
  readonly bodyOf: (step: number) => StepBodyView | undefined;
  /** Steps that are on the screen opened, but whose bodies are not here. */
  readonly onMissing: (steps: readonly number[]) => void;
  /** What is on the screen is another part, or looks otherwise. */
  readonly onRendered: () => void;
  /** A person scrolled: whether to the end. */
  readonly onScrolled: (atEnd: boolean) => void;
}

/** Height of a closed line before it was measured. */
const lineHeight = 30;
const endThreshold = 40;
const mostRounds = 4;

/** The feed of steps: only those around what is seen are in the document, however many there are. */
export class StepList {
  readonly root: HTMLElement;
  readonly #options: StepListOptions;
  readonly #feed: HTMLElement;
  readonly #views = new Map<number, StepView>();
  readonly #virtualizer: Virtualizer<HTMLElement, HTMLElement>;
  #frame: number | undefined;
  #lastTop = 0;
  #rendering = false;
  #stale = false;

  constructor(options: StepListOptions) {
    this.#options = options;
    this.#feed = element('div', {
      class: 'feed',
      attributes: { role: 'feed', 'aria-label': 'Steps' },
    });
    this.root = element('div', { class: 'scroller', attributes: { tabindex: '-1' } }, this.#feed);
    this.#virtualizer = new Virtualizer<HTMLElement, HTMLElement>(this.#settings());
    this.root.addEventListener('scroll', () => {
      const { scrollTop } = this.root;
      const back = scrollTop < this.#lastTop;
      this.#lastTop = scrollTop;
      const atEnd = this.#virtualizer.isAtEnd(endThreshold);
      if (atEnd || back) options.onScrolled(atEnd);
    });
  }

  /** Call once, when it is in the document. */
  begin(): void {
    this.#virtualizer._didMount();
    this.#virtualizer._willUpdate();
  }

  /** Shows what the model says now, with the next frame. */
  refresh(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#virtualizer.setOptions(this.#settings());
      this.#virtualizer._willUpdate();
      this.#render();
    });
  }

  /** Steps that are in the document, in their order. */
  get rendered(): readonly StepView[] {
    return [...this.#views.values()];
  }

  viewOf(step: number): StepView | undefined {
    return this.#views.get(step);
  }

  /** The step at the top of what is seen. */
  get top(): number | null {
    const offset = this.#virtualizer.scrollOffset ?? 0;
    const item = this.#virtualizer.getVirtualItemForOffset(offset);
    return item === undefined ? null : (this.#options.model.shown[item.index]?.step ?? null);
  }

  /** What part of all steps is seen, both from 0 to 1. */
  get seen(): { readonly from: number; readonly to: number } {
    const total = Math.max(1, this.#virtualizer.getTotalSize());
    const offset = this.#virtualizer.scrollOffset ?? 0;
    return { from: offset / total, to: (offset + this.root.clientHeight) / total };
  }

  scrollTo(step: number, align: 'auto' | 'start' | 'center' = 'auto'): void {
    const place = this.#options.model.placeOf(step);
    if (place !== undefined) this.#virtualizer.scrollToIndex(place, { align });
  }

  scrollToPlace(place: number): void {
    this.#virtualizer.scrollToIndex(place, { align: 'center' });
  }

  scrollToEnd(): void {
    this.#virtualizer.scrollToEnd();
  }

  /** Rows that fit on the screen. */
  get pageSize(): number {
    return Math.max(1, Math.floor(this.root.clientHeight / lineHeight) - 1);
  }

  /** Gives the keyboard to the step that the model is at. */
  focusCurrent(): void {
    const { current } = this.#options.model;
    if (current === null) return;
    const focus = (): boolean => {
      const root = this.#views.get(current)?.root;
      root?.focus({ preventScroll: true });
      return root !== undefined;
    };
    // It may have to be put into the document first.
    if (!focus()) requestAnimationFrame(focus);
  }

  #settings(): ConstructorParameters<typeof Virtualizer<HTMLElement, HTMLElement>>[0] {
    const { model } = this.#options;
    return {
      count: model.shown.length,
      getScrollElement: () => this.root,
      estimateSize: () => lineHeight,
      getItemKey: (index) => model.shown[index]?.step ?? index,
      overscan: 12,
      paddingEnd: 24,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      rangeExtractor: (range) =>
        placesWith(model.current === null ? undefined : model.placeOf(model.current), range),
      onChange: () => {
        // Rows are measured while they are put into the document; where the others go is known after that.
        if (this.#rendering) this.#stale = true;
        else this.#render();
      },
    };
  }

  #render(): void {
    this.#rendering = true;
    const missing = new Set<number>();
    // What was measured may bring further rows onto the screen; that ends soon, since rows only get taller.
    this.#stale = true;
    for (let round = 0; this.#stale && round < mostRounds; round += 1) {
      this.#stale = false;
      for (const step of this.#renderOnce()) missing.add(step);
    }
    this.#rendering = false;
    if (missing.size > 0) this.#options.onMissing([...missing]);
    this.#options.onRendered();
  }

  /** Puts what is to be seen into the document. @returns opened steps whose bodies are not here */
  #renderOnce(): readonly number[] {
    const { model } = this.#options;
    const items = this.#virtualizer.getVirtualItems();
    this.#feed.style.height = `${String(this.#virtualizer.getTotalSize())}px`;
    const look = this.#lookOf();
    const kept = new Set<number>();
    const missing: number[] = [];
    const added: HTMLElement[] = [];
    let before: Element | null = null;
    for (const { index, start } of items) {
      const row = model.shown[index];
      if (row === undefined) continue;
      kept.add(row.step);
      const view = this.#views.get(row.step) ?? new StepView(row, this.#options);
      const shown = look(row.step, index);
      if (shown.expanded && shown.body === undefined) missing.push(row.step);
      view.update(shown);
      view.root.style.transform = `translateY(${String(start)}px)`;
      placeAfter(before, view.root, this.#feed);
      if (!this.#views.has(row.step)) added.push(view.root);
      this.#views.set(row.step, view);
      before = view.root;
    }
    for (const [step, view] of this.#views) {
      if (kept.has(step)) continue;
      view.root.remove();
      this.#views.delete(step);
    }
    // All at once, after the last of them was put in: the page is laid out once.
    for (const root of added) this.#virtualizer.measureElement(root);
    return missing;
  }

  #lookOf(): (step: number, place: number) => StepLook {
    const { model, bodyOf } = this.#options;
    const { selection } = model;
    const found = new Set(model.matches);
    const needle = model.query.trim().toLowerCase();
    return (step, place) => {
      const expanded = model.isExpanded(step);
      return {
        place,
        of: model.shown.length,
        expanded,
        body: expanded ? bodyOf(step) : undefined,
        current: step === model.current,
        selected: selection !== null && step >= selection.from && step <= selection.to,
        found: found.has(step),
        needle,
      };
    };
  }
}
