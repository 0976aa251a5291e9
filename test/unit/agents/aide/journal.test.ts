import { describe, expect, it } from 'vitest';
import { journalLine } from '../../../../src/runner/agents/aide/journal';
import { broken, journalOf, solution } from '../../../support/solutions';

const all = (): boolean => true;

describe('the journal', () => {
  it('knows leaves, and how often in a row a solution was mended', () => {
    const journal = journalOf([
      broken,
      { ...broken, parent: 0, stage: 'debug' },
      { ...broken, parent: 1, stage: 'debug' },
      {},
      { ...broken, parent: 3, stage: 'improve' },
      { ...broken, parent: 4, stage: 'debug' },
    ]);
    expect(journal.nodes.map((node) => journal.debugDepth(node))).toEqual([0, 1, 2, 0, 0, 1]);
    expect(journal.nodes.filter((node) => journal.isLeaf(node)).map(({ node }) => node)).toEqual([
      2, 5,
    ]);
  });

  it('takes nodes in their order only', () => {
    const journal = journalOf([{}]);
    expect(() => {
      journal.add(solution(5));
    }).toThrow(TypeError);
  });

  it('ranks what works by the direction, the earlier of equal ones first', () => {
    const metrics = [{ metric: 0.3 }, broken, { metric: 0.9 }, { metric: 0.1 }, { metric: 0.9 }];
    const order = (lowerIsBetter: boolean): number[] =>
      journalOf(metrics, { lowerIsBetter })
        .ranking()
        .map(({ node }) => node);
    expect(order(false)).toEqual([2, 4, 0, 3]);
    expect(order(true)).toEqual([3, 0, 2, 4]);
  });

  it('has the direction of most reviews where the competition does not say it', () => {
    const direction = (...said: (boolean | null)[]): boolean =>
      journalOf(said.map((lowerIsBetter) => ({ lowerIsBetter }))).lowerIsBetter;
    expect(direction()).toBe(false);
    expect(direction(true)).toBe(true);
    expect(direction(true, false)).toBe(true);
    expect(direction(false, true)).toBe(false);
    expect(direction(false, true, true)).toBe(true);
    expect(direction(null, null, true)).toBe(true);
    // What is broken has no say; what is known needs none.
    expect(journalOf([{}, { ...broken, lowerIsBetter: true }]).lowerIsBetter).toBe(false);
    expect(journalOf([{}, {}], { lowerIsBetter: true }).lowerIsBetter).toBe(true);
  });

  it('lets the best one stand whose files are there, and while none works the last that left any', () => {
    const journal = journalOf([
      { ...broken, presentable: true },
      { ...broken, presentable: true },
      broken,
    ]);
    expect(journal.standing(all)?.node).toBe(1);
    expect(journal.standing((node) => node !== 1)?.node).toBe(0);
    expect(journal.standing(() => false)).toBeNull();
    journal.add(solution(3, { metric: 0.2 }));
    journal.add(solution(4, { metric: 0.4 }));
    journal.add(solution(5, { ...broken, presentable: true }));
    expect(journal.standing(all)?.node).toBe(4);
    expect(journal.standing((node) => node !== 4)?.node).toBe(3);
  });

  it('writes the fields that AIDE publishes, with ids that are the same in every run', () => {
    const owner = { taskId: 'spooky', attempt: 1 };
    const lines = [solution(0), solution(1, { ...broken, parent: 0, stage: 'improve' })].map(
      (node) => JSON.parse(journalLine(node, owner)) as Record<string, unknown>,
    );
    expect(lines[0]).toMatchObject({
      step: 0,
      parent: null,
      stage: 'draft',
      plan: 'plan 0',
      code: 'print(0)\n',
      term_out: '',
      exec_time: 1,
      exc_type: null,
      analysis: 'analysis 0',
      metric: 0.5,
      is_buggy: false,
    });
    expect(lines[1]).toMatchObject({ parent: lines[0]?.['id'], metric: null, is_buggy: true });
    const ids = new Set(
      [0, 1].flatMap((attempt) =>
        ['a', 'b'].map((taskId) => {
          const line = JSON.parse(journalLine(solution(0), { taskId, attempt })) as { id: string };
          return line.id;
        }),
      ),
    );
    expect(ids.size).toBe(4);
    expect([...ids].every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  });
});
