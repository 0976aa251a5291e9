import type { Choice, RateRange, ReportView } from '../../presentation/reportMessages';
import { formatCount, plural } from '../../presentation/format';
import { button, element } from '../dom';

export interface SummaryActions {
  readonly isChosen: (choice: Choice) => boolean;
  /** Narrows the rows below, or no longer. */
  readonly onChoose: (choice: Choice) => void;
  readonly onLeaveOut: (leftOut: boolean) => void;
}

type Headline = ReportView['headline'][number];
type Table = ReportView['tables'][number];

/** What the run came to: rates, counts, the tables by group. */
export class SummaryView {
  readonly root = element('div', { class: 'summary' });
  readonly #actions: SummaryActions;
  #shown = '';

  constructor(actions: SummaryActions) {
    this.#actions = actions;
  }

  update(view: ReportView): void {
    const { headline, facts, tables, bad } = view;
    const chosen = [...headline, ...tables.flatMap(({ rows }) => rows)].map(
      ({ choice }) => choice !== null && this.#actions.isChosen(choice),
    );
    const text = JSON.stringify([headline, facts, tables, bad, chosen]);
    if (text === this.#shown) return;
    this.#shown = text;
    const focused = document.activeElement?.getAttribute('data-choice') ?? null;
    this.root.replaceChildren(
      element('div', { class: 'headline' }, ...headline.map((part) => this.#tile(part))),
      ...(facts.length === 0 ? [] : [factsList(facts)]),
      ...(bad.tasks.length === 0 ? [] : [this.#badTasks(bad)]),
      element('div', { class: 'tables' }, ...tables.map((table) => this.#table(table))),
    );
    this.#refocus(focused);
  }

  /** What was made anew under the keyboard keeps it. */
  #refocus(choice: string | null): void {
    if (choice === null) return;
    for (const made of this.root.querySelectorAll<HTMLElement>('[data-choice]')) {
      if (made.getAttribute('data-choice') === choice) made.focus({ preventScroll: true });
    }
  }

  #tile({ label, value, note, tone, range, choice }: Headline): HTMLElement {
    const name =
      choice === null
        ? element('span', { class: 'name', text: label })
        : this.#choiceButton(choice, label);
    return element(
      'section',
      { class: `tile ${tone ?? ''}`, attributes: { 'aria-label': `${label}: ${value} ${note}` } },
      name,
      element('strong', { text: value }),
      ...(range === null ? [] : [rateBar(range)]),
      ...(note === '' ? [] : [element('span', { class: 'note', text: note })]),
    );
  }

  #choiceButton(choice: Choice, text: string): HTMLButtonElement {
    return button({
      class: 'choice',
      text,
      title: 'Show only these below',
      attributes: {
        'aria-pressed': String(this.#actions.isChosen(choice)),
        'data-choice': JSON.stringify([choice.facet, choice.value, text]),
      },
      onClick: () => {
        this.#actions.onChoose(choice);
      },
    });
  }

  #table({ title, head, rows }: Table): HTMLElement {
    const withBars = rows.some(({ range }) => range !== null);
    const headCells = head.map((text, n) =>
      element('th', { text, attributes: { scope: 'col', class: n === 0 ? 'text' : 'number' } }),
    );
    if (withBars)
      headCells.push(element('th', { text: '95 % interval', attributes: { scope: 'col' } }));
    const body = rows.map(({ cells, range, choice }) => {
      const [name = '', ...numbers] = cells;
      const first = element('th', { class: 'text', attributes: { scope: 'row' } });
      first.append(
        choice === null ? document.createTextNode(name) : this.#choiceButton(choice, name),
      );
      const row = element(
        'tr',
        {},
        first,
        ...numbers.map((text) => element('td', { class: 'number', text })),
      );
      if (range !== null) row.append(element('td', { class: 'bar-cell' }, rateBar(range)));
      return row;
    });
    return element(
      'section',
      { class: 'part' },
      element(
        'table',
        {},
        element('caption', { text: title }),
        element('thead', {}, element('tr', {}, ...headCells)),
        element('tbody', {}, ...body),
      ),
    );
  }

  #badTasks({ tasks, leftOut }: ReportView['bad']): HTMLElement {
    const box = element('input', { attributes: { type: 'checkbox', 'data-choice': 'bad' } });
    box.checked = leftOut;
    box.addEventListener('change', () => {
      this.#actions.onLeaveOut(box.checked);
    });
    const which = tasks.map(({ task, why }) => `${task} is ${why}`).join('\n');
    const words = leftOut
      ? `${plural(tasks.length, 'task')} left out: validation found them broken or flaky`
      : `Leave out ${formatCount(tasks.length)} that validation found broken or flaky`;
    return element(
      'label',
      { class: `bad ${leftOut ? 'left-out' : ''}`, title: which },
      box,
      element('span', { text: words }),
    );
  }
}

function factsList(facts: ReportView['facts']): HTMLElement {
  return element(
    'dl',
    { class: 'totals' },
    ...facts.map(({ name, value }) =>
      element('div', {}, element('dt', { text: name }), element('dd', { text: value })),
    ),
  );
}

/** A rate with its interval on a line from 0 to 1. */
function rateBar({ rate, low, high }: RateRange): HTMLElement {
  const words = `between ${(low * 100).toFixed(1)} and ${(high * 100).toFixed(1)} percent`;
  const bar = element('span', {
    class: 'bar',
    title: words,
    attributes: { 'aria-hidden': 'true' },
  });
  const interval = element('span', { class: 'interval' });
  interval.style.left = `${String(low * 100)}%`;
  interval.style.width = `${String((high - low) * 100)}%`;
  const point = element('span', { class: 'point' });
  point.style.left = `${String(rate * 100)}%`;
  bar.append(interval, point);
  return bar;
}
