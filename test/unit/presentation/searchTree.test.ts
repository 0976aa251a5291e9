import { describe, expect, it } from 'vitest';
import type { SearchTreeNode } from '../../../src/presentation/searchTree';
import { metricText, searchTree } from '../../../src/presentation/searchTree';
import type { NodeFacts } from '../../../src/runner/model';
import { toolStep } from '../../support/steps';

function fact(node: number, parent: number | null, more: Partial<NodeFacts> = {}): NodeFacts {
  return {
    node,
    parent,
    stage: parent === null ? 'draft' : 'improve',
    metric: 0.5,
    lower_is_better: false,
    buggy: false,
    best: false,
    exec_time: 12,
    exc_type: null,
    ...more,
  };
}

const broken = { metric: null, buggy: true } as const;

/** As events tell them: each node's step comes after those of the model. */
function steps(nodes: readonly NodeFacts[]): Parameters<typeof searchTree>[0] {
  return nodes.flatMap((node, n) => [
    { ...toolStep, step: 3 * n + 1 },
    { kind: 'node' as const, node, step: 3 * n + 3 },
  ]);
}

function outline(nodes: readonly SearchTreeNode[]): unknown {
  return nodes.map(({ node, children }) =>
    children.length === 0 ? node : [node, outline(children)],
  );
}

const story = steps([
  fact(0, null, { best: true }),
  fact(1, null, { ...broken, exc_type: 'KeyError' }),
  fact(2, 1, { stage: 'debug', metric: 0.6999999999, best: true }),
  fact(3, 2, broken),
  fact(4, 2, { metric: 0.8, best: true }),
  fact(5, 4, { metric: 0.7 }),
]);

describe('the tree of a search', () => {
  it('has drafts as roots and what was made from them below, in their order', () => {
    const { roots } = searchTree(story);
    expect(outline(roots)).toEqual([0, [1, [[2, [3, [4, [5]]]]]]]);
  });

  it('knows the best one and the way to it', () => {
    const { roots, bestPath, summary } = searchTree(story);
    expect(bestPath).toEqual([1, 2, 4]);
    expect(summary).toBe('6 solutions · 2 broken · best 0.8');
    const flat = (nodes: readonly SearchTreeNode[]): readonly SearchTreeNode[] =>
      nodes.flatMap((node) => [node, ...flat(node.children)]);
    const all = flat(roots);
    expect(all.filter(({ onBestPath }) => onBestPath).map(({ node }) => node)).toEqual([1, 2, 4]);
    expect(all.filter(({ best }) => best).map(({ node }) => node)).toEqual([4]);
  });

  it('shows what each is worth, and names its step', () => {
    const [first, second] = searchTree(story).roots;
    expect(first).toMatchObject({
      step: 3,
      label: 'Draft 0',
      description: '0.5 · 12s',
      icon: { id: 'pass', color: 'testing.iconPassed' },
      accessibleLabel: 'Draft 0, score 0.5, ran 12s',
    });
    expect(second).toMatchObject({
      label: 'Draft 1',
      description: 'KeyError · 12s',
      icon: { id: 'error' },
      accessibleLabel: 'Draft 1, broken, KeyError, ran 12s, 1 solution made from it',
    });
    const mended = second?.children[0];
    expect(mended).toMatchObject({ label: 'Debug 2', description: '0.7 · 12s', best: false });
    expect(mended?.children[0]).toMatchObject({
      description: 'broken · 12s',
      icon: { id: 'warning' },
    });
    expect(mended?.children[1]).toMatchObject({
      description: '0.8 · 12s · best',
      icon: { id: 'star-full' },
      accessibleLabel:
        'Improve 4, score 0.8, best so far, made from 2, ran 12s, 1 solution made from it',
    });
  });

  it('of other agents is empty', () => {
    expect(searchTree([{ ...toolStep, step: 1 }])).toEqual({
      roots: [],
      bestPath: [],
      summary: '',
    });
  });

  it('without any that works has no best one', () => {
    const { bestPath, summary } = searchTree(steps([fact(0, null, broken)]));
    expect(bestPath).toEqual([]);
    expect(summary).toBe('1 solution · 1 broken');
  });

  it('keeps what stands below an event that was lost', () => {
    const { roots } = searchTree(steps([fact(0, null), fact(3, 2), fact(4, 3)]));
    expect(outline(roots)).toEqual([0, [3, [4]]]);
  });

  it('takes a chain of any length', () => {
    const chain = Array.from({ length: 4000 }, (_, n) => fact(n, n === 0 ? null : n - 1));
    const last = chain.length - 1;
    const { roots, bestPath } = searchTree(
      steps(chain.map((node) => (node.node === last ? { ...node, best: true } : node))),
    );
    expect(roots).toHaveLength(1);
    expect(bestPath).toHaveLength(4000);
  });

  it('gives scores digits that tell them apart', () => {
    expect([0.123456789, 1e-7, 12345678.2, 0, -0.5, null].map(metricText)).toEqual([
      '0.123457',
      '1e-7',
      '12345678',
      '0',
      '-0.5',
      'no score',
    ]);
  });
});
