import type { StepBodyView, StepRow } from '../../presentation/trajectoryMessages';
import { rowFacts, rowLabel } from '../../presentation/trajectoryRows';
import { button, element, icon } from '../dom';
import type { BodyActions } from './bodyView';
import { bodyView } from './bodyView';
import { icons, stepIcon } from './icons';
import { decisionBadge } from './outcomeView';

/** How a step is shown at a moment. */
export interface StepLook {
  /** Among the steps that are shown. */
  readonly place: number;
  readonly of: number;
  readonly expanded: boolean;
  /** undefined: not here yet. */
  readonly body: StepBodyView | undefined;
  readonly current: boolean;
  readonly selected: boolean;
  readonly found: boolean;
  /** In lower case. */
  readonly needle: string;
}

export interface StepActions extends BodyActions {
  readonly onClick: (step: number, event: MouseEvent) => void;
}

/** One step in the list: its line and, when it is opened, what it says. */
export class StepView {
  readonly root: HTMLElement;
  readonly row: StepRow;
  readonly #actions: StepActions;
  readonly #toggle: HTMLButtonElement;
  #body: HTMLElement | null = null;
  #shownBody: StepBodyView | null | undefined = null;

  constructor(row: StepRow, actions: StepActions) {
    this.row = row;
    this.#actions = actions;
    this.#toggle = button({
      class: 'toggle',
      label: 'Open Step',
      icon: icon(icons.chevron),
      attributes: { tabindex: '-1' },
      onClick: () => undefined, // the line, of which it is a part, is what is clicked
    });
    const head = element('div', { class: 'head' }, this.#toggle, ...headParts(row));
    if (row.changes) head.append(this.#diffButton());
    head.addEventListener('click', (event) => {
      this.#actions.onClick(row.step, event);
    });
    this.root = element(
      'article',
      {
        class: `step ${row.kind}${row.ok ? '' : ' failed'}${row.changes ? ' changes' : ''}`,
        attributes: {
          'aria-label': rowLabel(row),
          'data-step': String(row.step),
          'data-vscode-context': JSON.stringify({
            webviewSection: row.changes ? 'changingStep' : 'step',
            preventDefaultContextMenuItems: true,
          }),
        },
      },
      head,
    );
  }

  update(look: StepLook): void {
    const { root } = this;
    root.dataset['index'] = String(look.place);
    root.setAttribute('aria-posinset', String(look.place + 1));
    root.setAttribute('aria-setsize', String(look.of));
    root.tabIndex = look.current ? 0 : -1;
    root.classList.toggle('current', look.current);
    root.classList.toggle('selected', look.selected);
    root.classList.toggle('found', look.found);
    root.classList.toggle('expanded', look.expanded);
    this.#toggle.setAttribute('aria-expanded', String(look.expanded));
    this.#showBody(look);
  }

  #showBody(look: StepLook): void {
    const wanted = look.expanded ? look.body : null;
    if (wanted === this.#shownBody && this.#shownBody !== undefined) return;
    this.#shownBody = wanted;
    const made =
      wanted === null
        ? null
        : wanted === undefined
          ? element('div', { class: 'body loading', text: 'Loading…' })
          : bodyView(wanted, { ...this.#actions, needle: look.needle });
    this.#body?.remove();
    this.#body = made;
    if (made === null) return;
    // The editor's own menu items copy text, which only the body has.
    made.dataset['vscodeContext'] = '{"preventDefaultContextMenuItems":false}';
    this.root.append(made);
  }

  #diffButton(): HTMLButtonElement {
    return button({
      class: 'action',
      label: 'Open Diff of Step (d)',
      icon: icon(icons.diff),
      attributes: { tabindex: '-1' },
      onClick: (event) => {
        event.stopPropagation();
        this.#actions.onOpenDiff(this.row.step);
      },
    });
  }
}

function headParts(row: StepRow): readonly HTMLElement[] {
  const facts = rowFacts(row).map((fact) =>
    element('span', { text: fact.text, title: fact.title }),
  );
  return [
    element('span', { class: 'number', text: String(row.step) }),
    element('span', { class: 'kind' }, icon(stepIcon(row))),
    ...(row.agent === null ? [] : [element('span', { class: 'agent', text: row.agent })]),
    element('span', { class: 'who', text: row.who }),
    ...(row.outcome === null ? [] : [decisionBadge(row.outcome.decision)]),
    element('span', { class: 'summary', text: row.text }),
    element('span', { class: 'facts' }, ...facts),
  ];
}
