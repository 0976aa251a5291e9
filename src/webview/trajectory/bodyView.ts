import type { StepBlock, StepBodyView } from '../../presentation/trajectoryMessages';
import { formatCount } from '../../presentation/format';
import { button, element, icon } from '../dom';
import { icons } from './icons';
import type { OutcomeActions } from './outcomeView';
import { outcomeView } from './outcomeView';

export interface BodyActions extends OutcomeActions {
  /** Asks for texts without their limit. */
  readonly onShowAll: (step: number) => void;
  readonly onOpenOutput: (step: number) => void;
}

/** An opened step. `needle`, in lower case, opens folded texts that hold it. */
export function bodyView(
  body: StepBodyView,
  options: BodyActions & { readonly needle: string },
): HTMLElement {
  const made = element('div', { class: 'body' });
  for (const block of body.blocks) made.append(blockView(body, block, options));
  if (body.outcome !== null) made.append(outcomeView(body.step, body.outcome, options));
  if (body.wholeOutput) {
    made.append(
      button({
        class: 'link',
        text: 'Open Whole Output',
        onClick: () => {
          options.onOpenOutput(body.step);
        },
      }),
    );
  }
  if (body.facts.length > 0) made.append(factsView(body.facts));
  return made;
}

function blockView(
  { step }: StepBodyView,
  block: StepBlock,
  options: BodyActions & { readonly needle: string },
): HTMLElement {
  const { needle } = options;
  const content = element('div', { class: `text ${block.form}` }, ...textNodes(block));
  if (block.omitted > 0) {
    content.append(
      button({
        class: 'link',
        text: `Show All (${formatCount(block.omitted)} more characters)`,
        onClick: () => {
          options.onShowAll(step);
        },
      }),
    );
  }
  const made = element('section', { class: 'block' });
  if (block.title === null) {
    made.append(content);
    return made;
  }
  if (block.folded) {
    const open = needle !== '' && block.text.toLowerCase().includes(needle);
    made.append(folded(block, content, { open }));
  } else {
    made.append(element('div', { class: 'title', text: block.title }), content);
  }
  return made;
}

function folded(
  block: StepBlock,
  content: HTMLElement,
  options: { readonly open: boolean },
): HTMLElement {
  const size = `${formatCount(block.text.length + block.omitted)} characters`;
  const summary = element(
    'summary',
    { class: 'title', attributes: { tabindex: '-1' } },
    icon(icons.chevron),
    element('span', { text: block.title ?? '' }),
    element('span', { class: 'dim', text: size }),
  );
  const made = element('details', { class: 'folded' }, summary, content);
  made.open = options.open;
  return made;
}

function textNodes({ form, text }: StepBlock): readonly Node[] {
  if (text === '') return [element('span', { class: 'dim', text: 'nothing' })];
  switch (form) {
    case 'prose':
      return [element('p', { text })];
    case 'code':
    case 'error':
      return [element('pre', { text })];
    case 'command':
      return [element('pre', {}, element('span', { class: 'prompt', text: '$ ' }), new Text(text))];
    case 'diff':
      return [element('pre', {}, ...text.split('\n').map(diffLine))];
  }
}

function diffLine(line: string): HTMLElement {
  const kinds: Readonly<Record<string, string>> = { '+': 'added', '-': 'removed', '@': 'hunk' };
  const isFileName = /^(\+\+\+|---|diff --git|index |new file|deleted file) ?/.test(line);
  const kind = isFileName ? 'file' : (kinds[line.charAt(0)] ?? 'same');
  // A line without a letter still has a height.
  return element('span', { class: `line ${kind}`, text: line === '' ? ' ' : line });
}

function factsView(facts: StepBodyView['facts']): HTMLElement {
  const list = element('dl', { class: 'details' });
  for (const { name, value } of facts) {
    list.append(element('div', {}, element('dt', { text: name }), element('dd', { text: value })));
  }
  return list;
}
