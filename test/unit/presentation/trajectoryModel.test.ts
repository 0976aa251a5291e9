import { describe, expect, it } from 'vitest';
import type { FilterKind } from '../../../src/presentation/trajectoryList';
import { agentsOf, findAll, neighbour } from '../../../src/presentation/trajectoryList';
import type { StepRow } from '../../../src/presentation/trajectoryMessages';
import {
  fromPageSchema,
  toPageSchema,
  trajectoryStateSchema,
} from '../../../src/presentation/trajectoryMessages';
import { TrajectoryModel } from '../../../src/presentation/trajectoryModel';

function row(step: number, more: Partial<StepRow> = {}): StepRow {
  return {
    step,
    kind: 'tool',
    who: 'shell',
    text: `make ${String(step)}`,
    agent: null,
    ok: true,
    changes: false,
    seconds: 1,
    time: 0,
    usage: null,
    flow: null,
    outcome: null,
    ...more,
  };
}

const rows = [
  row(1, { kind: 'message', who: 'User', text: 'Mend it' }),
  row(2, { kind: 'model', who: 'Model', text: 'I look' }),
  row(3),
  row(4, { ok: false, text: 'pytest' }),
  row(5, { changes: true, who: 'edit', text: 'a.py' }),
  row(6, { kind: 'end', who: 'End', text: 'submitted' }),
];

function filled(): TrajectoryModel {
  const model = new TrajectoryModel();
  model.add(rows);
  return model;
}

const steps = (model: TrajectoryModel): readonly number[] => model.shown.map(({ step }) => step);

describe('the filter', () => {
  it.each<[readonly FilterKind[], readonly number[]]>([
    [[], [1, 2, 3, 4, 5, 6]],
    [['messages'], [1, 6]],
    [['model'], [2]],
    [['tools'], [3, 4, 5]],
    [['errors'], [4]],
    [['changes'], [5]],
    [
      ['errors', 'model'],
      [2, 4],
    ],
  ])('%j leaves the steps %j', (kinds, left) => {
    const model = filled();
    model.show({ kinds, agent: null });
    expect(steps(model)).toEqual(left);
  });

  it('also decides of steps that come later', () => {
    const model = filled();
    model.show({ kinds: ['errors'], agent: null });
    model.add([row(7), row(8, { ok: false })]);
    expect(steps(model)).toEqual([4, 8]);
    expect(model.placeOf(8)).toBe(1);
    expect(model.placeOf(7)).toBeUndefined();
  });

  it('knows the roles of a team', () => {
    const team = [row(1, { agent: 'planner' }), row(2, { agent: 'coder' }), row(3)];
    expect(agentsOf(team)).toEqual(['planner', 'coder']);
    const model = new TrajectoryModel();
    model.add(team);
    model.show({ kinds: [], agent: 'coder' });
    expect(steps(model)).toEqual([2]);
  });
});

describe('moving', () => {
  it('stops at both ends', () => {
    const model = filled();
    model.move(1);
    expect(model.current).toBe(1);
    model.move(-1);
    expect(model.current).toBe(1);
    model.move(100);
    expect(model.current).toBe(6);
  });

  it('leaves out what the filter hides', () => {
    const model = filled();
    model.select(3);
    model.show({ kinds: ['errors', 'model'], agent: null });
    model.move(1);
    expect(model.current).toBe(4);
    model.select(3);
    model.move(-1);
    expect(model.current).toBe(2);
  });

  it('selects what lies between when it is told to, in both directions', () => {
    const model = filled();
    model.select(4);
    model.move(1, { extend: true });
    expect(model.selection).toEqual({ from: 4, to: 5 });
    model.move(-3, { extend: true });
    expect(model.selection).toEqual({ from: 2, to: 4 });
    model.move(1);
    expect(model.selection).toEqual({ from: 3, to: 3 });
  });

  it('ends a selection where the keyboard is', () => {
    const model = filled();
    model.select(2);
    model.select(5, { extend: true });
    model.unselect();
    expect(model.selection).toEqual({ from: 5, to: 5 });
  });

  it('has nowhere to go without steps', () => {
    const model = new TrajectoryModel();
    model.move(1);
    expect(model.current).toBeNull();
    expect(model.selection).toBeNull();
  });
});

describe('opened steps', () => {
  it('are those that were opened, or all but those that were closed', () => {
    const model = filled();
    model.setExpanded(2, true);
    expect([model.isExpanded(2), model.isExpanded(3)]).toEqual([true, false]);
    model.setExpandAll(true);
    model.setExpanded(3, false);
    expect([model.isExpanded(2), model.isExpanded(3)]).toEqual([true, false]);
    model.add([row(7)]);
    expect(model.isExpanded(7)).toBe(true);
  });
});

describe('the search', () => {
  it('finds summaries at once and texts when they are told of', () => {
    const model = filled();
    model.search('PYTEST');
    expect(model.matches).toEqual([4]);
    model.addFound([6, 2]);
    expect(model.matches).toEqual([2, 4, 6]);
    expect(model.matchFrom(4, 'next')).toBe(6);
    expect(model.matchFrom(6, 'next')).toBe(2);
    expect(model.matchFrom(2, 'previous')).toBe(6);
    model.search('');
    expect(model.matches).toEqual([]);
    expect(model.matchFrom(1, 'next')).toBeNull();
  });

  it('finds among the steps that are shown only', () => {
    const model = filled();
    model.search('make');
    model.addFound([1]);
    model.show({ kinds: ['messages'], agent: null });
    expect(model.matches).toEqual([1]);
  });

  it('finds places whatever the case, and none of nothing', () => {
    expect(findAll('Ab ab AB', 'ab')).toEqual([0, 3, 6]);
    expect(findAll('aaaa', 'aa')).toEqual([0, 2]);
    expect(findAll('abc', '')).toEqual([]);
    // The lower case of İ is longer than itself: places behind it must not be shifted.
    expect(findAll('İx', 'x')).toEqual([1]);
  });

  it('goes round the end', () => {
    expect(neighbour([3, 5], 5, 'next')).toBe(3);
    expect(neighbour([3, 5], 3, 'previous')).toBe(5);
    expect(neighbour([], 3, 'next')).toBeNull();
  });
});

describe('what is remembered', () => {
  it('brings the page back as it was', () => {
    const model = filled();
    model.show({ kinds: ['tools'], agent: null });
    model.setExpanded(5, true);
    model.select(5);
    model.search('a.py');
    const state = { ...model.remembered, run: 'r', trial: 't', top: 4 };
    const again = new TrajectoryModel(trajectoryStateSchema.parse(state));
    again.add(rows);
    expect(again.isExpanded(5)).toBe(true);
    expect(again.current).toBe(5);
    again.show(again.filter);
    expect(steps(again)).toEqual([3, 4, 5]);
    expect(again.matches).toEqual([5]);
  });

  it('is nothing without a run and a trial; the rest may be of another version', () => {
    expect(trajectoryStateSchema.safeParse({ trial: 't' }).success).toBe(false);
    const old = trajectoryStateSchema.parse({ run: 'r', trial: 't', kinds: ['gone'], top: -1 });
    expect(old).toMatchObject({ run: 'r', trial: 't', kinds: [], top: null, query: '' });
  });
});

describe('messages', () => {
  it('from the page can name steps and nothing else', () => {
    expect(fromPageSchema.safeParse({ type: 'openDiff', from: 1, to: 2 }).success).toBe(true);
    for (const forged of [
      { type: 'openDiff', from: 0, to: 2 },
      { type: 'openOutput', step: 1, file: '../../secret' },
      { type: 'command', command: 'workbench.action.terminal.new' },
      { type: 'bodies', steps: Array.from({ length: 201 }, (_, index) => index + 1), whole: true },
    ]) {
      expect(fromPageSchema.safeParse(forged).success, JSON.stringify(forged)).toBe(false);
    }
  });

  it('to the page are of known kinds', () => {
    expect(toPageSchema.safeParse({ type: 'rows', rows }).success).toBe(true);
    expect(toPageSchema.safeParse({ type: 'html', html: '<b>' }).success).toBe(false);
  });
});
