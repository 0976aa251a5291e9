import { formatCount, plural } from '../../presentation/format';
import type { Choice, ProgressView } from '../../presentation/reportMessages';
import { element } from '../dom';
import { FailuresPart } from './failuresPart';

export interface ProgressActions {
  readonly isChosen: (choice: Choice) => boolean;
  readonly onChoose: (choice: Choice) => void;
  /** Opens a trial. */
  readonly onOpen: (trial: string) => void;
  readonly onRerun: (failure: string) => void;
}

/** How far the run is. It is updated several times a second, so what did not change is left as it is. */
export class ProgressPart {
  readonly root = element('section', {
    class: 'progress',
    attributes: { 'aria-label': 'Progress' },
  });
  readonly #bar = element('div', { class: 'progress-bar', attributes: { role: 'progressbar' } });
  readonly #done = element('strong', {});
  readonly #counts = element('span', { class: 'dim' });
  readonly #head: HTMLElement;
  readonly #facts = element('dl', { class: 'facts progress-facts' });
  readonly #failures: FailuresPart;
  readonly #nodes = element('div', { class: 'nodes' });
  readonly #shown = new Map<HTMLElement, string>();

  constructor(actions: ProgressActions) {
    this.#failures = new FailuresPart(actions);
    this.#head = element(
      'div',
      { class: 'progress-head' },
      element('div', { class: 'progress-text' }, this.#done, this.#counts),
      this.#bar,
    );
    this.root.append(this.#head, this.#facts, this.#failures.root, this.#nodes);
    this.root.hidden = true;
  }

  /** null: the page is of two runs. */
  update(view: ProgressView | null): void {
    this.root.hidden = view === null;
    if (view === null) return;
    this.#head.hidden = view.isOver;
    this.#changed(this.#bar, [view.shares, view.label], () => {
      this.#showBar(view);
    });
    this.#changed(this.#facts, view.facts, () => {
      this.#facts.replaceChildren(...view.facts.map(factOf));
    });
    this.#failures.update(view);
    this.#changed(this.#nodes, view.nodes, () => {
      this.#nodes.replaceChildren(...(view.nodes === null ? [] : [nodesTable(view.nodes)]));
    });
  }

  #changed(part: HTMLElement, what: unknown, show: () => void): void {
    const text = JSON.stringify(what);
    if (this.#shown.get(part) === text) return;
    this.#shown.set(part, text);
    show();
  }

  #showBar({ shares, label, done }: ProgressView): void {
    const told = shares.map(({ label: name, count }) => `${formatCount(count)} ${name}`);
    this.#done.textContent = `${label} · ${done}`;
    this.#counts.textContent = told.join(' · ');
    this.#bar.setAttribute('aria-label', 'Trials done');
    this.#bar.setAttribute('aria-valuemin', '0');
    this.#bar.setAttribute('aria-valuemax', '100');
    this.#bar.setAttribute('aria-valuenow', String(Number.parseFloat(done)));
    this.#bar.setAttribute('aria-valuetext', `${label}: ${told.join(', ')}`);
    this.#bar.replaceChildren(
      ...shares.map(({ share, tone, label: name, count }) => {
        const part = element('span', {
          class: `share ${name === 'to go' ? 'rest' : tone}`,
          title: `${formatCount(count)} ${name}`,
        });
        part.style.flexGrow = String(share);
        return part;
      }),
    );
  }
}

function factOf({ name, value, note, warns }: ProgressView['facts'][number]): HTMLElement {
  return element(
    'div',
    warns ? { class: 'warns' } : {},
    element('dt', { text: name }),
    element('dd', { text: value }),
    ...(note === '' ? [] : [element('dd', { class: 'dim', text: note })]),
  );
}

function nodesTable({ head, rows, others }: NonNullable<ProgressView['nodes']>): HTMLElement {
  const kind = (n: number): string => (n === 0 ? 'text' : 'number');
  const cells = head.map((text, n) =>
    element('th', { text, attributes: { scope: 'col', class: kind(n) } }),
  );
  const body = rows.map(([name = '', ...numbers]) =>
    element(
      'tr',
      {},
      element('th', { class: 'text', text: name, attributes: { scope: 'row' } }),
      ...numbers.map((text) => element('td', { class: 'number', text })),
    ),
  );
  return element(
    'section',
    { class: 'part' },
    element(
      'table',
      {},
      element('caption', { text: 'Nodes' }),
      element('thead', {}, element('tr', {}, ...cells)),
      element('tbody', {}, ...body),
    ),
    ...(others === 0
      ? []
      : [element('p', { class: 'dim', text: `and ${plural(others, 'node')} more` })]),
  );
}
