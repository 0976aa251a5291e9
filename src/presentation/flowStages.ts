import type { FlowDecision } from '../runner/model/flow';
import { decisionLabel } from './flowLabels';
import { plural } from './format';
import type { StepRow } from './trajectoryMessages';

/** A stage of an agent's plan, in the order in which they were begun. */
export interface FlowStage {
  readonly stage: string;
  readonly title: string;
  /** The step that tells best what it came to: its last outcome, or its first step where there is none yet. */
  readonly step: number;
  /** null: it goes on. */
  readonly decision: FlowDecision | null;
  /** `3 tries, 1 reverted`, `4/4 tests`: what there is to say beside its title; empty: nothing. */
  readonly facts: string;
}

/** The stages that the steps of a flow belong to; of an agent without a plan: none. */
export function flowStages(rows: readonly StepRow[]): readonly FlowStage[] {
  const stages = new Map<string, StepRow[]>();
  for (const row of rows) {
    if (row.flow === null) continue;
    const known = stages.get(row.flow.stage);
    if (known === undefined) stages.set(row.flow.stage, [row]);
    else known.push(row);
  }
  return [...stages.values()].flatMap((own) => {
    const [first] = own;
    return first?.flow === null || first === undefined ? [] : [stageOf(first, own)];
  });
}

function stageOf(first: StepRow, rows: readonly StepRow[]): FlowStage {
  const outcomes = rows.flatMap(({ step, outcome }) =>
    outcome === null ? [] : [{ step, outcome }],
  );
  const last = outcomes.at(-1);
  const counts = countDecisions(outcomes.map(({ outcome }) => outcome.decision));
  // What stands at its end: what was reverted or discarded left what was kept before it.
  const standing = outcomes.findLast(({ outcome }) => outcome.decision === 'kept') ?? last;
  const { passed = 0, tests = 0 } = standing?.outcome ?? {};
  const facts = [
    outcomes.length > 1 ? plural(outcomes.length, 'try', 'tries') : '',
    counts,
    tests === 0 ? '' : `${String(passed)}/${String(tests)} tests`,
  ];
  return {
    stage: first.flow?.stage ?? '',
    title: first.flow?.title ?? '',
    step: last?.step ?? first.step,
    decision: standing?.outcome.decision ?? null,
    facts: facts.filter((fact) => fact !== '').join(', '),
  };
}

function countDecisions(decisions: readonly FlowDecision[]): string {
  const told: readonly FlowDecision[] = ['reverted', 'discarded', 'fallback', 'skipped'];
  return told
    .flatMap((decision) => {
      const count = decisions.filter((one) => one === decision).length;
      if (count === 0) return [];
      return [
        decisions.length === 1
          ? decisionLabel(decision)
          : `${String(count)} ${decisionLabel(decision)}`,
      ];
    })
    .join(', ');
}
