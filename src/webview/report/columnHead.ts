import type { ReportModel } from '../../presentation/reportModel';
import { button, element, icon } from '../dom';
import { icons } from './icons';

/** The names of the columns; a click sorts by one. */
export class ColumnHead {
  readonly root = element('div', { class: 'row head', attributes: { role: 'row' } });
  readonly #model: ReportModel;
  readonly #onSort: (column: number) => void;
  #shown = '';

  constructor(model: ReportModel, onSort: (column: number) => void) {
    this.#model = model;
    this.#onSort = onSort;
  }

  update(): void {
    const { view, sort } = this.#model;
    if (view === null) return;
    const look = JSON.stringify([view.columns, sort]);
    if (look === this.#shown) return;
    this.#shown = look;
    const focused = document.activeElement?.getAttribute('data-column') ?? null;
    const cells = view.columns.map(({ title, kind }, n) => this.#cell(title, kind, n));
    this.root.replaceChildren(...cells, element('span', { class: 'cell actions' }));
    if (focused !== null) {
      this.root.querySelector<HTMLElement>(`[data-column="${focused}"]`)?.focus();
    }
  }

  #cell(title: string, kind: 'text' | 'number', column: number): HTMLElement {
    const { sort } = this.#model;
    const sorted = sort?.column === column ? sort : null;
    const order = sorted === null ? 'none' : sorted.descending ? 'descending' : 'ascending';
    const sorter = button({
      class: 'sorter',
      title: `Sort by ${title.toLowerCase()}`,
      attributes: { 'data-column': String(column) },
      onClick: () => {
        this.#onSort(column);
      },
    });
    sorter.append(element('span', { text: title }));
    if (sorted !== null)
      sorter.append(icon(sorted.descending ? icons.chevronDown : icons.chevronUp));
    return element(
      'span',
      { class: `cell ${kind}`, attributes: { role: 'columnheader', 'aria-sort': order } },
      sorter,
    );
  }
}
