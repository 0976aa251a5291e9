import type { TrajectoryModel } from '../../presentation/trajectoryModel';
import { agentsOf, filterKinds, type FilterKind } from '../../presentation/trajectoryList';
import { formatCount } from '../../presentation/format';
import { button, element, icon } from '../dom';
import { icons } from './icons';

export interface ToolbarActions {
  readonly onSearch: (text: string) => void;
  readonly onMatch: (direction: 'next' | 'previous') => void;
  readonly onFilter: (kinds: readonly FilterKind[], agent: string | null) => void;
  readonly onExpandAll: (expandAll: boolean) => void;
  readonly onFollow: (follow: boolean) => void;
  /** The keyboard goes back to the steps. */
  readonly onLeave: () => void;
}

/** What the toolbar says beside what stands in the model. */
export interface ToolbarLook {
  readonly searching: boolean;
  readonly live: boolean;
}

/** Search, filters and how the list behaves. */
export class ToolbarView {
  readonly root: HTMLElement;
  readonly #model: TrajectoryModel;
  readonly #actions: ToolbarActions;
  readonly #search: HTMLInputElement;
  readonly #count = element('span', { class: 'count', attributes: { role: 'status' } });
  readonly #kinds: readonly { readonly kind: FilterKind; readonly button: HTMLButtonElement }[];
  readonly #agents: HTMLSelectElement;
  readonly #expandAll: HTMLButtonElement;
  readonly #follow: HTMLButtonElement;
  #agentNames = '';

  constructor(model: TrajectoryModel, actions: ToolbarActions) {
    this.#model = model;
    this.#actions = actions;
    this.#search = this.#makeSearch();
    this.#kinds = filterKinds.map(({ kind, label }) => ({
      kind,
      button: button({
        class: 'chip',
        text: label,
        onClick: () => {
          this.#toggleKind(kind);
        },
      }),
    }));
    this.#agents = element('select', { class: 'agents', attributes: { 'aria-label': 'Agent' } });
    this.#agents.addEventListener('change', () => {
      const { value } = this.#agents;
      actions.onFilter(model.filter.kinds, value === '' ? null : value);
    });
    this.#expandAll = button({
      class: 'chip',
      text: 'Expand All',
      title: 'Expand all steps (e)',
      onClick: () => {
        actions.onExpandAll(!model.expandAll);
      },
    });
    this.#follow = button({
      class: 'chip',
      text: 'Follow',
      title: 'Stay at the newest step while the trial runs (End)',
      onClick: () => {
        actions.onFollow(!model.follow);
      },
    });
    this.root = this.#assemble();
  }

  /** Puts the keyboard into the search. */
  focusSearch(): void {
    this.#search.focus();
    this.#search.select();
  }

  focusFilter(): void {
    this.#kinds.find(({ button: { hidden } }) => !hidden)?.button.focus();
  }

  update({ searching, live }: ToolbarLook): void {
    const { filter, query, expandAll, follow, rows, hasFlow } = this.#model;
    if (this.#search.value !== query && document.activeElement !== this.#search) {
      this.#search.value = query;
    }
    this.#count.textContent = query.trim() === '' ? '' : this.#matchText(searching);
    for (const entry of this.#kinds) {
      entry.button.setAttribute('aria-pressed', String(filter.kinds.includes(entry.kind)));
      // Only who works by a plan has stages.
      if (entry.kind === 'stages') entry.button.hidden = !hasFlow;
    }
    this.#updateAgents(agentsOf(rows), filter.agent);
    this.#expandAll.setAttribute('aria-pressed', String(expandAll));
    this.#follow.setAttribute('aria-pressed', String(follow));
    this.#follow.hidden = !live;
  }

  #matchText(searching: boolean): string {
    const { matches, current } = this.#model;
    const place = current === null ? -1 : matches.indexOf(current);
    const all = formatCount(matches.length);
    const more = searching ? '…' : '';
    if (matches.length === 0) return searching ? 'searching…' : 'no results';
    if (place !== -1) return `${formatCount(place + 1)} of ${all}${more}`;
    return `${all}${more} ${matches.length === 1 ? 'step' : 'steps'}`;
  }

  #updateAgents(names: readonly string[], chosen: string | null): void {
    this.#agents.hidden = names.length < 2;
    const text = names.join('\n');
    if (text !== this.#agentNames) {
      this.#agentNames = text;
      this.#agents.replaceChildren(
        element('option', { text: 'All agents', attributes: { value: '' } }),
        ...names.map((name) => element('option', { text: name, attributes: { value: name } })),
      );
    }
    this.#agents.value = chosen ?? '';
  }

  #toggleKind(kind: FilterKind): void {
    const { kinds, agent } = this.#model.filter;
    const others = kinds.filter((other) => other !== kind);
    this.#actions.onFilter(kinds.includes(kind) ? others : [...kinds, kind], agent);
  }

  #makeSearch(): HTMLInputElement {
    const search = element('input', {
      class: 'search',
      attributes: {
        type: 'text',
        placeholder: 'Search steps',
        'aria-label': 'Search steps',
        spellcheck: 'false',
        maxlength: '1000',
      },
    });
    search.addEventListener('input', () => {
      this.#actions.onSearch(search.value);
    });
    search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.#actions.onMatch(event.shiftKey ? 'previous' : 'next');
      else if (event.key === 'Escape') this.#leaveSearch();
      else return;
      event.preventDefault();
    });
    return search;
  }

  /** The first Escape empties the search, the next leaves it. */
  #leaveSearch(): void {
    if (this.#search.value === '') {
      this.#actions.onLeave();
      return;
    }
    this.#search.value = '';
    this.#actions.onSearch('');
  }

  #assemble(): HTMLElement {
    const arrow = (direction: 'next' | 'previous'): HTMLButtonElement =>
      button({
        class: 'action',
        label: direction === 'next' ? 'Next Match (n)' : 'Previous Match (Shift+N)',
        icon: icon(direction === 'next' ? icons.arrowDown : icons.arrowUp),
        onClick: () => {
          this.#actions.onMatch(direction);
        },
      });
    return element(
      'div',
      { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': 'Search and filter' } },
      element('div', { class: 'find' }, this.#search, this.#count),
      arrow('previous'),
      arrow('next'),
      element(
        'div',
        { class: 'chips', attributes: { role: 'group', 'aria-label': 'Show only' } },
        ...this.#kinds.map((entry) => entry.button),
      ),
      this.#agents,
      element('span', { class: 'space' }),
      this.#follow,
      this.#expandAll,
    );
  }
}
