import { describe, expect, it } from 'vitest';
import {
  flowTestLabel,
  languageName,
  programExtension,
} from '../../../src/presentation/flowLabels';
import { flowStages } from '../../../src/presentation/flowStages';
import { bodyOf } from '../../../src/presentation/trajectoryBody';
import { rowOf } from '../../../src/presentation/trajectoryIndex';
import { TrajectoryModel } from '../../../src/presentation/trajectoryModel';
import { rowLabel } from '../../../src/presentation/trajectoryRows';
import { stepRowSchema } from '../../../src/presentation/trajectoryMessages';
import { trajectoryStepSchema } from '../../../src/runner/model';
import { summaryOf } from '../../../src/runner/run/stepSummary';
import { flowSteps, outcome } from '../../support/flowSteps';

const time = '2026-02-03T09:15:00.000Z';
const rows = flowSteps.map((step, n) =>
  rowOf({
    ...summaryOf(step),
    step: n + 1,
    agent: null,
    tree: null,
    ...(step.flow === undefined ? {} : { flow: step.flow }),
    offset: 0,
    bytes: 0,
    time,
  }),
);

describe('the stages of a flow', () => {
  it('stand in their order, with what they came to', () => {
    expect(flowStages(rows).map(({ title, decision, facts }) => [title, decision, facts])).toEqual([
      ['Self-reflection', 'kept', ''],
      ['Possible solutions', 'kept', ''],
      ['Initial code', 'kept', '0/1 tests'],
      ['Fix on public tests', 'kept', '1/1 tests'],
      ['Fix on AI tests', 'reverted', 'reverted, 1/3 tests'],
    ]);
  });

  it('that were tried again say how often, and what stands at the end', () => {
    const place = (iteration: number) => ({ stage: 'fix', title: 'Fix', iteration });
    const tried = [
      outcome(place(1), { decision: 'reverted' }),
      outcome(place(2), { decision: 'kept' }),
      outcome(place(3), { decision: 'reverted' }),
    ].map((step, n) => ({
      ...rowOf({
        ...summaryOf(step),
        step: n + 1,
        agent: null,
        tree: null,
        flow: place(n + 1),
        offset: 0,
        bytes: 0,
        time,
      }),
    }));
    expect(flowStages(tried)).toMatchObject([
      { decision: 'kept', step: 3, facts: '3 tries, 2 reverted' },
    ]);
    expect(flowStages([])).toEqual([]);
  });

  it('that go on are not decided', () => {
    expect(flowStages(rows.slice(0, 1))).toMatchObject([{ decision: null, step: 1 }]);
  });
});

describe('the outcome of a stage', () => {
  const reverted = rows.find(({ outcome: found }) => found?.decision === 'reverted');

  it('is a row whose decision has its own place', () => {
    expect(reverted).toMatchObject({ who: 'Fix on AI tests 1', changes: true });
    expect(reverted?.text).toBe('1 of 3 tests passed: public test 2 is an anchor and fails');
    expect(rowLabel(reverted ?? rows[0] ?? raise())).toMatch(
      /^Step 9, Fix on AI tests 1, reverted, 1 of 3 tests passed/,
    );
    expect(rows.map((row) => stepRowSchema.safeParse(row).success)).not.toContain(false);
  });

  it('shows why, its program folded, and its tests with their anchors', () => {
    const at = (reverted?.step ?? 1) - 1;
    const step = trajectoryStepSchema.parse({
      v: 1,
      step: at + 1,
      time,
      agent: null,
      tree: null,
      ...flowSteps[at],
    });
    const body = bodyOf(step, { whole: false });
    expect(body.blocks.map(({ title, folded }) => [title, folded])).toEqual([
      [null, false],
      ['Program (Python 3)', true],
    ]);
    expect(body.outcome).toMatchObject({ decision: 'reverted', hasDiff: true, hasProgram: true });
    expect(body.outcome?.tests.map(flowTestLabel)).toEqual([
      'public test 1, passed, anchor',
      'public test 2, wrong answer, anchor',
      'AI test 3, runtime error',
    ]);
  });

  it.each([
    ['PYTHON3', 'Python 3', 'py'],
    ['CPP', 'C++', 'cpp'],
    ['JAVA', 'Java', 'java'],
    ['COBOL', 'COBOL', 'txt'],
  ])('%s is %s and .%s', (language, name, extension) => {
    expect(languageName(language)).toBe(name);
    expect(programExtension(language)).toBe(extension);
  });
});

describe('the page of a flow', () => {
  it('shows what its stages came to, opened, and the rest when it is asked for', () => {
    const model = new TrajectoryModel();
    model.add(rows);
    expect(model.hasFlow).toBe(true);
    model.readAsFlow();
    expect(model.shown.map(({ step }) => step)).toEqual([2, 4, 5, 7, 9, 10, 11]);
    expect(model.shown.filter(({ step }) => model.isExpanded(step))).toHaveLength(5);
    model.show({ kinds: [], agent: null });
    expect(model.shown).toHaveLength(rows.length);
  });
});

function raise(): never {
  throw new Error('there is no such row');
}
