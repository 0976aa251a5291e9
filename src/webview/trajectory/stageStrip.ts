import sync from '@vscode/codicons/src/icons/sync.svg';
import type { FlowStage } from '../../presentation/flowStages';
import { flowStages } from '../../presentation/flowStages';
import { decisionLabel } from '../../presentation/flowLabels';
import type { StepRow } from '../../presentation/trajectoryMessages';
import { button, element, icon } from '../dom';
import { decisionIcon } from './outcomeView';

/** The stages of an agent that works by a plan, one beside the other: what each came to, and the way to its step. */
export class StageStrip {
  readonly root = element('nav', { class: 'stages', attributes: { 'aria-label': 'Stages' } });
  readonly #onGoTo: (step: number) => void;
  #shown = '';

  constructor(onGoTo: (step: number) => void) {
    this.#onGoTo = onGoTo;
    this.root.hidden = true;
  }

  update(rows: readonly StepRow[]): void {
    const stages = flowStages(rows);
    const text = JSON.stringify(stages);
    if (text === this.#shown) return;
    this.#shown = text;
    this.root.hidden = stages.length === 0;
    this.root.replaceChildren(
      element('ol', {}, ...stages.map((stage) => element('li', {}, this.#button(stage)))),
    );
  }

  #button(stage: FlowStage): HTMLButtonElement {
    const { title, facts, decision, step } = stage;
    const made = button({
      class: `stage ${decision ?? 'running'}`,
      label: [title, decision === null ? 'not decided' : decisionLabel(decision), facts]
        .filter((word) => word !== '')
        .join(', '),
      icon: icon(decision === null ? sync : decisionIcon(decision)),
      onClick: () => {
        this.#onGoTo(step);
      },
    });
    made.append(
      element('span', { class: 'stageTitle', text: title }),
      ...(facts === '' ? [] : [element('span', { class: 'dim', text: facts })]),
    );
    return made;
  }
}
