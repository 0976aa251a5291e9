import type { SolutionNode } from '../../src/runner/agents/aide/journal';
import { Journal } from '../../src/runner/agents/aide/journal';

/** A node of a search that works, but for what is said of it. */
export function solution(node: number, more: Partial<SolutionNode> = {}): SolutionNode {
  return {
    node,
    parent: null,
    stage: 'draft',
    plan: `plan ${String(node)}`,
    code: `print(${String(node)})\n`,
    termOut: '',
    execTime: 1,
    excType: null,
    analysis: `analysis ${String(node)}`,
    findings: 'It ran to its end.',
    metric: 0.5,
    lowerIsBetter: false,
    buggy: false,
    presentable: true,
    ...more,
  };
}

export const broken = { buggy: true, metric: null, presentable: false } as const;

/** A journal with these nodes; they are numbered in their order. */
export function journalOf(
  nodes: readonly Partial<SolutionNode>[],
  options: ConstructorParameters<typeof Journal>[0] = {},
): Journal {
  const journal = new Journal(options);
  for (const [n, node] of nodes.entries()) journal.add(solution(n, node));
  return journal;
}
