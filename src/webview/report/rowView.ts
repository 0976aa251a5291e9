import type { ReportRow, RowAction } from '../../presentation/reportMessages';
import { button, element, icon } from '../dom';
import { statusIcon } from '../statusIcon';
import { rowActions } from './icons';

export interface RowViewActions {
  readonly onAct: (id: string, action: RowAction) => void;
  readonly onSelect: (id: string) => void;
  readonly kindOf: (column: number) => 'text' | 'number';
}

/** One row of the list. */
export class RowView {
  readonly root: HTMLElement;
  readonly #id: string;
  readonly #actions: RowViewActions;
  #shown: ReportRow | null = null;

  constructor(id: string, actions: RowViewActions) {
    this.#id = id;
    this.#actions = actions;
    this.root = element('div', { class: 'row', attributes: { role: 'row', 'data-id': id } });
    this.root.addEventListener('click', () => {
      actions.onSelect(id);
    });
    this.root.addEventListener('dblclick', () => {
      actions.onAct(id, 'open');
    });
  }

  update(row: ReportRow, look: { readonly place: number; readonly current: boolean }): void {
    const { root } = this;
    // The head is the first.
    root.setAttribute('aria-rowindex', String(look.place + 2));
    root.tabIndex = look.current ? 0 : -1;
    root.classList.toggle('current', look.current);
    if (row === this.#shown) return;
    this.#shown = row;
    root.setAttribute('aria-label', row.label);
    root.replaceChildren(
      ...row.cells.map((text, n) => this.#cell(row, text, n)),
      this.#buttons(row),
    );
  }

  #cell(row: ReportRow, text: string, column: number): HTMLElement {
    const kind = this.#actions.kindOf(column);
    const cell = element('span', { class: `cell ${kind}`, attributes: { role: 'cell' } });
    if (column > 0) {
      cell.textContent = text;
      if (kind === 'text') cell.title = text;
      return cell;
    }
    const name = row.actions.includes('open')
      ? button({
          class: 'link name',
          text,
          title: text,
          attributes: { tabindex: '-1' },
          onClick: () => {
            this.#actions.onAct(this.#id, 'open');
          },
        })
      : element('span', { class: 'name', text, title: text });
    cell.append(element('span', { class: `tone ${row.tone}` }, icon(statusIcon(row.tone))), name);
    return cell;
  }

  #buttons(row: ReportRow): HTMLElement {
    const made = rowActions
      .filter(({ action }) => row.actions.includes(action))
      .map(({ action, label, icon: source }) =>
        button({
          class: 'action',
          label,
          icon: icon(source),
          attributes: { tabindex: '-1' },
          onClick: () => {
            this.#actions.onAct(this.#id, action);
          },
        }),
      );
    return element('span', { class: 'cell actions', attributes: { role: 'cell' } }, ...made);
  }
}
