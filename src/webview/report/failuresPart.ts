import { formatCount, plural } from '../../presentation/format';
import type { ProgressView } from '../../presentation/reportMessages';
import { button, element, icon } from '../dom';
import { statusIcon } from '../statusIcon';
import { icons } from './icons';
import type { ProgressActions } from './progressPart';

type Failure = ProgressView['failures'][number];

/** Groups that are shown at first. */
const few = 5;

/** Failures by their cause, each with an example. A group keeps its element, and with it the keyboard, while it grows. */
export class FailuresPart {
  readonly root = element('section', {
    class: 'failures',
    attributes: { 'aria-label': 'Failures by cause' },
  });
  readonly #actions: ProgressActions;
  readonly #title = element('h2', {});
  readonly #list = element('ul', {});
  readonly #more: HTMLButtonElement;
  readonly #groups = new Map<string, FailureView>();
  #showsAll = false;
  #view: ProgressView | null = null;

  constructor(actions: ProgressActions) {
    this.#actions = actions;
    this.#more = button({
      class: 'link',
      onClick: () => {
        this.#showsAll = !this.#showsAll;
        if (this.#view !== null) this.update(this.#view);
      },
    });
    this.root.append(this.#title, this.#list, this.#more);
  }

  update(view: ProgressView): void {
    this.#view = view;
    const { failures, otherFailures } = view;
    this.root.hidden = failures.length === 0;
    const trials = failures.reduce((sum, { count }) => sum + count, 0);
    setText(this.#title, `Failures by cause (${plural(trials, 'trial')})`);
    const shown = failures.slice(0, this.#showsAll ? failures.length : few);
    const names = new Set(shown.map(({ choice }) => choice.value));
    for (const [name, group] of this.#groups) {
      if (names.has(name)) continue;
      group.root.remove();
      this.#groups.delete(name);
    }
    let before: Element | null = null;
    for (const failure of shown) {
      const name = failure.choice.value;
      const group = this.#groups.get(name) ?? new FailureView(this.#actions);
      this.#groups.set(name, group);
      group.update(failure);
      const next: Element | null =
        before === null ? this.#list.firstElementChild : before.nextElementSibling;
      if (next !== group.root) this.#list.insertBefore(group.root, next);
      before = group.root;
    }
    const hidden = failures.length - few;
    this.#more.hidden = hidden <= 0;
    const rest = otherFailures === 0 ? '' : ` of ${formatCount(failures.length + otherFailures)}`;
    setText(
      this.#more,
      this.#showsAll ? 'Show fewer' : `Show ${formatCount(failures.length)}${rest} groups`,
    );
    this.#more.setAttribute('aria-expanded', String(this.#showsAll));
  }
}

/** One group: a line, and below it what one of its trials says. */
class FailureView {
  readonly root = element('li', { class: 'failure' });
  readonly #actions: ProgressActions;
  readonly #tone = element('span', {});
  readonly #count = element('span', { class: 'failure-count' });
  readonly #name = element('span', { class: 'failure-name' });
  readonly #message = element('span', { class: 'failure-message dim' });
  readonly #toggle: HTMLButtonElement;
  readonly #body = element('div', { class: 'failure-body', attributes: { id: '' } });
  #failure: Failure | null = null;
  #shown = '';
  #isOpen = false;

  constructor(actions: ProgressActions) {
    this.#actions = actions;
    this.#toggle = button({
      class: 'failure-line',
      onClick: () => {
        this.#isOpen = !this.#isOpen;
        this.#show();
      },
    });
    this.#toggle.append(
      element('span', { class: 'twistie' }, icon(icons.chevronRight)),
      this.#count,
      this.#tone,
      this.#name,
      this.#message,
    );
    this.#body.id = `failure-${String((made += 1))}`;
    this.#toggle.setAttribute('aria-controls', this.#body.id);
    this.root.append(this.#toggle, this.#body);
  }

  update(failure: Failure): void {
    this.#failure = failure;
    this.#show();
  }

  #show(): void {
    const failure = this.#failure;
    if (failure === null) return;
    this.#toggle.setAttribute('aria-expanded', String(this.#isOpen));
    this.#body.hidden = !this.#isOpen;
    const text = JSON.stringify([failure, this.#isOpen, this.#actions.isChosen(failure.choice)]);
    if (text === this.#shown) return;
    this.#shown = text;
    const { tone, count, title, message } = failure;
    this.#tone.className = `tone ${tone}`;
    this.#tone.replaceChildren(icon(statusIcon(tone)));
    setText(this.#count, formatCount(count));
    setText(this.#name, title);
    setText(this.#message, message);
    this.#toggle.title = message;
    this.#toggle.setAttribute(
      'aria-label',
      [plural(count, 'trial'), title, message].filter((part) => part !== '').join(', '),
    );
    if (this.#isOpen) this.#showBody(failure);
  }

  #showBody({ example, choice, rerun, count }: Failure): void {
    const focused = document.activeElement;
    const action = this.#body.contains(focused) ? focused?.getAttribute('data-action') : null;
    const many = plural(count, 'trial');
    const buttons = [
      button({
        class: 'secondary',
        text: this.#actions.isChosen(choice) ? 'Show All Trials' : 'Show These Below',
        attributes: { 'data-action': 'choose' },
        onClick: () => {
          this.#actions.onChoose(choice);
          this.#show();
        },
      }),
      ...(rerun === null
        ? []
        : [
            button({
              class: 'secondary',
              text: rerun === 'retry' ? 'Retry Infrastructure Failures' : 'Run These Again',
              title:
                rerun === 'retry'
                  ? 'Goes on with this run: all trials that failed through infrastructure'
                  : `A new run of the tasks of ${many}`,
              attributes: { 'data-action': 'rerun' },
              onClick: () => {
                this.#actions.onRerun(choice.value);
              },
            }),
          ]),
    ];
    this.#body.replaceChildren(
      element(
        'p',
        {},
        element('span', { class: 'dim', text: count === 1 ? 'Trial ' : 'For example ' }),
        button({
          class: 'link',
          text: example.trial,
          title: 'Open the trial',
          attributes: { 'data-action': 'open' },
          onClick: () => {
            this.#actions.onOpen(example.trial);
          },
        }),
      ),
      ...(example.detail === '' ? [] : [element('pre', { text: example.detail.slice(0, 4000) })]),
      element('div', { class: 'buttons' }, ...buttons),
    );
    if (action !== null && action !== undefined)
      this.#body.querySelector<HTMLElement>(`[data-action="${action}"]`)?.focus();
  }
}

/** Of elements that were made, for their ids. */
let made = 0;

function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
