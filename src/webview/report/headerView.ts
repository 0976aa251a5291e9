import type { FromReportPage, ReportView } from '../../presentation/reportMessages';
import { button, element } from '../dom';
import { titleParts } from '../titles';

export interface HeaderActions {
  readonly post: (message: FromReportPage) => void;
}

/** The top of the page: which run, how far it is, and what can be done with its report. */
export class HeaderView {
  readonly root: HTMLElement;
  readonly #actions: HeaderActions;
  readonly #titles = element('div', { class: 'titles' });
  readonly #buttons = element('div', { class: 'buttons' });
  #kind: ReportView['kind'] | null = null;

  constructor(actions: HeaderActions) {
    this.#actions = actions;
    this.root = element('header', { class: 'header' }, this.#titles, this.#buttons);
  }

  update(view: ReportView): void {
    const { kind } = view;
    this.#titles.replaceChildren(...titleParts(view));
    if (kind === this.#kind) return;
    // Once: a button that is made anew while the run goes on would lose the keyboard.
    this.#kind = kind;
    this.#buttons.replaceChildren(...this.#makeButtons(kind));
  }

  #makeButtons(kind: ReportView['kind']): readonly HTMLElement[] {
    const { post } = this.#actions;
    const compare = button({
      class: 'secondary',
      text: 'Compare…',
      title: 'Compare with another run (c)',
      onClick: () => {
        post({ type: 'compare' });
      },
    });
    const exports = (['md', 'csv', 'json'] as const).map((format) =>
      button({
        class: 'secondary',
        text: { md: 'Markdown', csv: 'CSV', json: 'JSON' }[format],
        label: `Export as ${{ md: 'Markdown', csv: 'CSV', json: 'JSON' }[format]}…`,
        onClick: () => {
          post({ type: 'export', format });
        },
      }),
    );
    const label = element('span', { class: 'dim', text: 'Export' });
    return [...(kind === 'run' ? [compare] : []), label, ...exports];
  }
}
