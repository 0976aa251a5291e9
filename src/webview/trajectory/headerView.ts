import type { TrajectoryHeader } from '../../presentation/trajectoryMessages';
import { formatDuration } from '../../presentation/format';
import { element } from '../dom';
import { titleParts } from '../titles';

/** The top of the page: task, verdict, who worked and what that took. */
export class HeaderView {
  readonly root = element('header', { class: 'header' });
  #shown = '';

  update(header: TrajectoryHeader): void {
    const text = JSON.stringify(header);
    if (text === this.#shown) return;
    this.#shown = text;
    this.root.replaceChildren(
      element('div', { class: 'titles' }, ...titleParts(header)),
      factsLine(header),
    );
  }
}

function factsLine({ facts, modelSeconds, toolSeconds }: TrajectoryHeader): HTMLElement {
  const list = element('dl', { class: 'totals' });
  for (const { name, value } of facts) {
    list.append(element('div', {}, element('dt', { text: name }), element('dd', { text: value })));
  }
  if (modelSeconds + toolSeconds > 0) list.append(timeShares(modelSeconds, toolSeconds));
  return list;
}

/** Time in the model against time in tools. */
function timeShares(model: number, tools: number): HTMLElement {
  const bar = element('span', { class: 'shares', attributes: { 'aria-hidden': 'true' } });
  for (const [name, seconds] of [
    ['model', model],
    ['tools', tools],
  ] as const) {
    const share = element('span', { class: name });
    share.style.flexGrow = String(seconds);
    bar.append(share);
  }
  const words = `model ${formatDuration(model)}, tools ${formatDuration(tools)}`;
  return element(
    'div',
    { class: 'time' },
    element('dt', { text: 'Model and tools' }),
    element('dd', { title: words }, bar, element('span', { text: words })),
  );
}
