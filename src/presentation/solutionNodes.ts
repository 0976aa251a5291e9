import type { SearchNode } from '../runner/index';
import type { SearchTree, SearchTreeNode } from './searchTree';
import { searchTree } from './searchTree';

/** Made once for each state of a trial: the tree of runs asks for every row by itself. */
const made = new WeakMap<readonly SearchNode[], SearchTree>();

/** The tree of a trial's solutions. */
export function treeOfSolutions(nodes: readonly SearchNode[]): SearchTree {
  const known = made.get(nodes);
  if (known !== undefined) return known;
  const steps = nodes.map(({ step, ...node }) => ({ step, kind: 'node' as const, node }));
  const tree = searchTree(steps);
  made.set(nodes, tree);
  return tree;
}

/** A solution of the tree by its number; undefined: it is not there (any more). */
export function findSolution(
  nodes: readonly SearchNode[],
  number: number,
): SearchTreeNode | undefined {
  const waiting = [...treeOfSolutions(nodes).roots];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at.node === number) return at;
    waiting.push(...at.children);
  }
  return undefined;
}
