import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from '@tanstack/virtual-core';
import type { ReportModel } from '../../presentation/reportModel';
import { element } from '../dom';
import { placeAfter, placesWith } from '../virtualRows';
import type { RowViewActions } from './rowView';
import { RowView } from './rowView';

export interface RowListOptions extends RowViewActions {
  readonly model: ReportModel;
  /** What scrolls: the whole page. */
  readonly scroller: HTMLElement;
  /** What stays at the top, over the rows. */
  readonly sticky: HTMLElement;
}

const rowHeight = 26;

/** The rows: only those around what is seen are in the document, however many there are. */
export class RowList {
  readonly root: HTMLElement;
  readonly #options: RowListOptions;
  readonly #views = new Map<string, RowView>();
  readonly #virtualizer: Virtualizer<HTMLElement, HTMLElement>;
  #frame: number | undefined;

  constructor(options: RowListOptions) {
    this.#options = options;
    this.root = element('div', { class: 'rows', attributes: { role: 'rowgroup' } });
    this.#virtualizer = new Virtualizer<HTMLElement, HTMLElement>(this.#settings());
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

  /** Gives the keyboard to the row that the model is at, and brings it onto the screen. */
  focusCurrent(): void {
    const { current } = this.#options.model;
    const place = current === null ? undefined : this.#options.model.placeOf(current);
    if (current === null || place === undefined) return;
    this.#virtualizer.scrollToIndex(place, { align: 'auto' });
    this.#render();
    this.#views.get(current)?.root.focus({ preventScroll: true });
  }

  /** Shows the first row, where the page was scrolled beyond it. */
  toTop(): void {
    const { scroller, sticky } = this.#options;
    const top = this.root.offsetTop - sticky.offsetHeight;
    if (scroller.scrollTop > top) scroller.scrollTop = top;
  }

  /** Rows that fit on the screen. */
  get pageSize(): number {
    const { scroller, sticky } = this.#options;
    return Math.max(1, Math.floor((scroller.clientHeight - sticky.clientHeight) / rowHeight) - 1);
  }

  #settings(): ConstructorParameters<typeof Virtualizer<HTMLElement, HTMLElement>>[0] {
    const { model, scroller, sticky } = this.#options;
    return {
      count: model.shown.length,
      getScrollElement: () => scroller,
      estimateSize: () => rowHeight,
      getItemKey: (index) => model.shown[index]?.id ?? index,
      overscan: 10,
      // The rows begin below what is said of them all.
      scrollMargin: this.root.offsetTop,
      scrollPaddingStart: sticky.offsetHeight,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      rangeExtractor: (range) =>
        placesWith(model.current === null ? undefined : model.placeOf(model.current), range),
      onChange: () => {
        this.#render();
      },
    };
  }

  #render(): void {
    const { model } = this.#options;
    this.root.style.height = `${String(model.shown.length * rowHeight)}px`;
    const kept = new Set<string>();
    let before: Element | null = null;
    for (const { index } of this.#virtualizer.getVirtualItems()) {
      const row = model.shown[index];
      if (row === undefined) continue;
      kept.add(row.id);
      const view = this.#viewOf(row.id);
      view.update(row, { place: index, current: row.id === model.current });
      view.root.style.transform = `translateY(${String(index * rowHeight)}px)`;
      placeAfter(before, view.root, this.root);
      before = view.root;
    }
    for (const [id, view] of this.#views) {
      if (kept.has(id)) continue;
      view.root.remove();
      this.#views.delete(id);
    }
  }

  #viewOf(id: string): RowView {
    const view = this.#views.get(id) ?? new RowView(id, this.#options);
    this.#views.set(id, view);
    return view;
  }
}
