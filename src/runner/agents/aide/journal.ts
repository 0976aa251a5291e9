import { createHash } from 'node:crypto';
import type { NodeStage } from '../../model';

/** One solution of the search: a program, what it printed, and what it is worth. */
export interface SolutionNode {
  /** Counts from 0; also its place in the journal. */
  readonly node: number;
  /** null: a draft. */
  readonly parent: number | null;
  readonly stage: NodeStage;
  readonly plan: string;
  readonly code: string;
  /** Cut in the middle when long. */
  readonly termOut: string;
  /** Seconds. */
  readonly execTime: number;
  /** null: it ran to its end. */
  readonly excType: string | null;
  /** The reviewer's words, and why it counts as broken where they do not say so. */
  readonly analysis: string;
  /** What it left to be handed in, and whether its format is right: facts, in words for the model. */
  readonly findings: string;
  /** Never anything but a finite number. */
  readonly metric: number | null;
  /** What the reviewer made of the metric. */
  readonly lowerIsBetter: boolean | null;
  readonly buggy: boolean;
  /** Whether it left something that may be handed in as far as its format is known. */
  readonly presentable: boolean;
}

/** All solutions so far, in the order in which they were made. */
export class Journal {
  readonly #nodes: SolutionNode[] = [];
  readonly #withChildren = new Set<number>();
  readonly #knownDirection: boolean | null;

  /** `lowerIsBetter`: the competition's own, where it is known; else the reviews decide. */
  constructor({ lowerIsBetter = null }: { readonly lowerIsBetter?: boolean | null } = {}) {
    this.#knownDirection = lowerIsBetter;
  }

  get nodes(): readonly SolutionNode[] {
    return this.#nodes;
  }

  add(node: SolutionNode): void {
    if (node.node !== this.#nodes.length) throw new TypeError('nodes are added in their order');
    this.#nodes.push(node);
    if (node.parent !== null) this.#withChildren.add(node.parent);
  }

  isLeaf({ node }: SolutionNode): boolean {
    return !this.#withChildren.has(node);
  }

  /** How often in a row this solution was mended already. */
  debugDepth({ stage, parent }: SolutionNode): number {
    let depth = 0;
    for (let at: Pick<SolutionNode, 'stage' | 'parent'> | undefined = { stage, parent }; ;) {
      if (at?.stage !== 'debug' || at.parent === null) return depth;
      depth += 1;
      at = this.#nodes[at.parent];
    }
  }

  /** The competition's direction, else that of most reviews; of as many on both sides, that of the first one. */
  get lowerIsBetter(): boolean {
    if (this.#knownDirection !== null) return this.#knownDirection;
    const said = this.#nodes.flatMap(({ buggy, lowerIsBetter }) =>
      buggy || lowerIsBetter === null ? [] : [lowerIsBetter],
    );
    const lower = said.filter((one) => one).length;
    return lower * 2 === said.length ? (said[0] ?? false) : lower * 2 > said.length;
  }

  /** Solutions that work, the best one first; of equal ones the earlier, so that a tie changes nothing. */
  ranking(): readonly SolutionNode[] {
    const sign = this.lowerIsBetter ? 1 : -1;
    return this.#nodes
      .filter(({ buggy, metric }) => !buggy && metric !== null)
      .sort((a, b) => sign * ((a.metric ?? 0) - (b.metric ?? 0)) || a.node - b.node);
  }

  /**
   * What is to be handed in, of the nodes whose files are still there: the best one that works; while none does, the
   * last one that left something, which is more than nothing.
   */
  standing(has: (node: number) => boolean): SolutionNode | null {
    const best = this.ranking().find(({ node }) => has(node));
    return (
      best ?? this.#nodes.findLast(({ node, presentable }) => presentable && has(node)) ?? null
    );
  }
}

/** Whose journal it is: the ids of its nodes are the same when the trial is run again. */
export interface JournalOwner {
  readonly taskId: string;
  readonly attempt: number;
}

/** A node as journal.jsonl keeps it, with the fields that AIDE's journals are published with. */
export function journalLine(node: SolutionNode, owner: JournalOwner): string {
  const line = {
    step: node.node,
    id: idOf(node.node, owner),
    parent: node.parent === null ? null : idOf(node.parent, owner),
    stage: node.stage,
    plan: node.plan,
    code: node.code,
    term_out: node.termOut,
    exec_time: node.execTime,
    exc_type: node.excType,
    analysis: node.analysis,
    metric: node.metric,
    lower_is_better: node.lowerIsBetter,
    is_buggy: node.buggy,
  };
  return `${JSON.stringify(line)}\n`;
}

function idOf(node: number, { taskId, attempt }: JournalOwner): string {
  const name = JSON.stringify([taskId, attempt, node]);
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}
