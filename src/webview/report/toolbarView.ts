import { formatCount, plural } from '../../presentation/format';
import type { Choice } from '../../presentation/reportMessages';
import type { ReportModel } from '../../presentation/reportModel';
import { button, element, icon } from '../dom';
import { statusIcon } from '../statusIcon';
import { icons } from './icons';

export interface ToolbarActions {
  readonly onSearch: (text: string) => void;
  readonly onChoose: (choice: Choice) => void;
  /** The keyboard goes to the rows. */
  readonly onLeave: () => void;
}

/** What narrows the rows: a text, one of the ends, and what was chosen in the tables above. */
export class ToolbarView {
  readonly root: HTMLElement;
  readonly #model: ReportModel;
  readonly #actions: ToolbarActions;
  readonly #search: HTMLInputElement;
  readonly #chips = element('div', { class: 'chips', attributes: { role: 'group' } });
  readonly #count = element('span', { class: 'dim', attributes: { role: 'status' } });
  #shown = '';

  constructor(model: ReportModel, actions: ToolbarActions) {
    this.#model = model;
    this.#actions = actions;
    this.#search = element('input', {
      class: 'search',
      attributes: { type: 'text', 'aria-label': 'Filter', placeholder: 'Filter (/)' },
    });
    this.#search.value = model.text;
    this.#search.addEventListener('input', () => {
      actions.onSearch(this.#search.value);
    });
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#search.value !== '') {
        this.#search.value = '';
        actions.onSearch('');
      } else if (['Escape', 'Enter', 'ArrowDown'].includes(event.key)) {
        actions.onLeave();
      } else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.#chips.setAttribute('aria-label', 'Ends');
    const find = element('div', { class: 'find' }, this.#search);
    this.root = element(
      'div',
      { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': 'Rows' } },
      find,
      this.#chips,
      element('span', { class: 'space' }),
      this.#count,
    );
  }

  focusSearch(): void {
    this.#search.focus();
    this.#search.select();
  }

  update(): void {
    const { view, choices, text, shown, size } = this.#model;
    if (view === null) return;
    if (this.#search.value !== text && document.activeElement !== this.#search) {
      this.#search.value = text;
    }
    const all = plural(size, view.rowName);
    this.#count.textContent =
      shown.length === size ? all : `${formatCount(shown.length)} of ${all}`;
    const look = JSON.stringify([view.ends, choices]);
    if (look === this.#shown) return;
    this.#shown = look;
    const focused = document.activeElement?.getAttribute('data-chip') ?? null;
    const made = [...this.#endChips(), ...this.#otherChips()];
    this.#chips.replaceChildren(...made);
    if (focused !== null) made.find((chip) => chip.dataset['chip'] === focused)?.focus();
  }

  #endChips(): readonly HTMLElement[] {
    return (this.#model.view?.ends ?? []).map(({ value, count, tone }) => {
      const choice = { facet: 'end', value };
      const chip = button({
        class: `chip end ${tone}`,
        icon: icon(statusIcon(tone)),
        attributes: { 'aria-pressed': String(this.#model.isChosen(choice)), 'data-chip': value },
        onClick: () => {
          this.#actions.onChoose(choice);
        },
      });
      chip.append(element('span', { text: `${value} ${formatCount(count)}` }));
      return chip;
    });
  }

  /** What was chosen elsewhere, to be taken back. */
  #otherChips(): readonly HTMLElement[] {
    return this.#model.choices
      .filter(({ facet, value }) => facet !== 'end' || !this.#hasEnd(value))
      .map((choice) => {
        const chip = button({
          class: 'chip other',
          title: 'Show all again',
          attributes: { 'aria-pressed': 'true', 'data-chip': `${choice.facet} ${choice.value}` },
          onClick: () => {
            this.#actions.onChoose(choice);
          },
        });
        const name = choice.facet === 'exit' ? 'agent ended' : choice.facet;
        chip.append(element('span', { text: `${name}: ${choice.value}` }), icon(icons.close));
        return chip;
      });
  }

  #hasEnd(value: string): boolean {
    return this.#model.view?.ends.some((end) => end.value === value) ?? false;
  }
}
