import circle from '@vscode/codicons/src/icons/circle-slash.svg';
import discard from '@vscode/codicons/src/icons/discard.svg';
import pass from '@vscode/codicons/src/icons/pass.svg';
import pinned from '@vscode/codicons/src/icons/pinned.svg';
import warning from '@vscode/codicons/src/icons/warning.svg';
import { decisionLabel, flowTestLabel } from '../../presentation/flowLabels';
import type { FlowTestView, OutcomeView } from '../../presentation/flowOutcome';
import { isFailure, verdictLabel, verdictTone } from '../../presentation/verdictLabels';
import { button, element, icon } from '../dom';
import { statusIcon } from '../statusIcon';
import { icons } from './icons';

export interface OutcomeActions {
  readonly onOpenDiff: (step: number) => void;
  readonly onOpenProgram: (step: number) => void;
  readonly onOpenTest: (step: number, test: number) => void;
}

/** What a stage came to: why it was decided so (what, says its line), its program, and the tests that it was run on. */
export function outcomeView(
  step: number,
  outcome: OutcomeView,
  actions: OutcomeActions,
): HTMLElement {
  const decided = [
    ...(outcome.detail === null ? [] : [element('span', { text: outcome.detail })]),
    ...programLinks(step, outcome, actions),
  ];
  return element(
    'section',
    { class: 'outcome' },
    ...(decided.length === 0 ? [] : [element('div', { class: 'decided' }, ...decided)]),
    ...(outcome.tests.length === 0 ? [] : [testTable(step, outcome.tests, actions)]),
  );
}

export function decisionBadge(decision: OutcomeView['decision']): HTMLElement {
  return element(
    'span',
    { class: `decision ${decision}` },
    icon(decisionIcon(decision)),
    element('span', { text: decisionLabel(decision) }),
  );
}

export function decisionIcon(decision: OutcomeView['decision']): string {
  switch (decision) {
    case 'kept':
      return pass;
    case 'reverted':
      return discard;
    case 'discarded':
    case 'skipped':
      return circle;
    case 'fallback':
      return warning;
  }
}

function programLinks(
  step: number,
  { hasProgram, hasDiff }: OutcomeView,
  actions: OutcomeActions,
): readonly HTMLElement[] {
  const diff = button({
    class: 'link',
    text: 'Open Diff',
    title: 'What changed in the program (d)',
    onClick: () => {
      actions.onOpenDiff(step);
    },
  });
  const program = button({
    class: 'link',
    text: 'Open Program',
    onClick: () => {
      actions.onOpenProgram(step);
    },
  });
  return [...(hasDiff ? [diff] : []), ...(hasProgram ? [program] : [])];
}

function testTable(
  step: number,
  tests: readonly FlowTestView[],
  actions: OutcomeActions,
): HTMLElement {
  const table = element('div', {
    class: 'tests',
    attributes: { role: 'list', 'aria-label': 'Tests' },
  });
  for (const [place, test] of tests.entries()) {
    table.append(
      testRow(test, () => {
        actions.onOpenTest(step, place);
      }),
    );
  }
  return table;
}

function testRow(test: FlowTestView, onOpen: () => void): HTMLElement {
  const summary = element(
    'summary',
    { class: 'test', attributes: { 'aria-label': flowTestLabel(test) } },
    icon(icons.chevron),
    verdictMark(test.verdict),
    element('span', { class: 'name', text: test.name }),
    element('span', { class: 'verdict', text: verdictLabel(test.verdict) }),
    ...(test.anchor ? [anchorMark()] : []),
  );
  return element(
    'details',
    { class: 'folded', attributes: { role: 'listitem' } },
    summary,
    element('div', { class: 'io' }, ...testTexts(test), ...compareLink(test, onOpen)),
  );
}

function verdictMark(verdict: FlowTestView['verdict']): HTMLElement {
  const tone = verdictTone(verdict);
  return element('span', { class: `mark ${tone}` }, icon(statusIcon(tone)));
}

function anchorMark(): HTMLElement {
  return element(
    'span',
    { class: 'anchor', title: 'It passed once, so every later program has to pass it' },
    icon(pinned),
    element('span', { text: 'anchor' }),
  );
}

function testTexts({ input, expected, actual, message }: FlowTestView): readonly HTMLElement[] {
  const texts: readonly (readonly [string, string | null])[] = [
    ['Input', input],
    ['Expected', expected],
    ['Actual', actual],
    ['Message', message],
  ];
  return texts.flatMap(([title, text]) =>
    text === null
      ? []
      : [
          element(
            'section',
            { class: 'block' },
            element('div', { class: 'title', text: title }),
            element('div', { class: 'text code' }, shownText(text)),
          ),
        ],
  );
}

function shownText(text: string): HTMLElement {
  return text === ''
    ? element('span', { class: 'dim', text: 'nothing' })
    : element('pre', { text: text.replace(/\n+$/, '') });
}

function compareLink(test: FlowTestView, onClick: () => void): readonly HTMLElement[] {
  if (test.expected === null || test.actual === null || !isFailure(test.verdict)) return [];
  return [button({ class: 'link', text: 'Compare Expected and Actual', onClick })];
}
