import type { EntryAction, LeaderboardView } from '../../presentation/leaderboardMessages';
import { button, element, icon } from '../dom';
import { statusIcon } from '../statusIcon';

export interface EntriesActions {
  readonly onAct: (id: string, action: EntryAction) => void;
  /** The row that the keyboard or the mouse is at; null: none. */
  readonly onCurrent: (id: string | null) => void;
}

type EntryRow = LeaderboardView['entries'][number];

/** The submissions on the board: a row each, which opens its trial. */
export class EntriesView {
  readonly root = element('section', { class: 'entries' });
  readonly #actions: EntriesActions;

  constructor(actions: EntriesActions) {
    this.#actions = actions;
  }

  update({ entries }: LeaderboardView): void {
    const focused = document.activeElement?.getAttribute('data-entry') ?? null;
    if (entries.length === 0) {
      this.root.replaceChildren(element('p', { class: 'dim', text: 'No submission yet.' }));
      return;
    }
    const head = ['Submission', 'Score', 'Place', 'Result', ''];
    const cells = head.map((text, n) =>
      element('th', {
        text,
        class: n === 1 || n === 2 ? 'number' : '',
        attributes: { scope: 'col' },
      }),
    );
    this.root.replaceChildren(
      element(
        'table',
        {},
        element('caption', { text: 'Submissions' }),
        element('thead', {}, element('tr', {}, ...cells)),
        element('tbody', {}, ...entries.map((entry) => this.#row(entry))),
      ),
    );
    // What was made anew under the keyboard keeps it.
    if (focused !== null)
      for (const made of this.root.querySelectorAll<HTMLElement>('[data-entry]'))
        if (made.getAttribute('data-entry') === focused) made.focus({ preventScroll: true });
  }

  #row({ id, tone, label, cells, comparable }: EntryRow): HTMLElement {
    const [name = '', score = '', place = '', standing = ''] = cells;
    const open = button({
      class: 'link',
      text: name,
      label: `Open: ${label}`,
      attributes: { 'data-entry': id },
      onClick: () => {
        this.#actions.onAct(id, 'open');
      },
    });
    const compare = button({
      class: 'link',
      text: 'Compare',
      label: `Compare with the sample: ${name}`,
      onClick: () => {
        this.#actions.onAct(id, 'compare');
      },
    });
    const row = element(
      'tr',
      { class: `entry ${tone}` },
      element('th', { attributes: { scope: 'row' } }, open),
      element('td', { class: 'number', text: score }),
      element('td', { class: 'number', text: place }),
      element(
        'td',
        { class: 'standing' },
        element(
          'span',
          { class: `status ${tone}` },
          icon(statusIcon(tone)),
          element('span', { text: standing }),
        ),
      ),
      element('td', {}, ...(comparable ? [compare] : [])),
    );
    const enter = (): void => {
      this.#actions.onCurrent(id);
    };
    const leave = (): void => {
      this.#actions.onCurrent(null);
    };
    row.addEventListener('mouseenter', enter);
    row.addEventListener('focusin', enter);
    row.addEventListener('mouseleave', leave);
    row.addEventListener('focusout', leave);
    return row;
  }
}
