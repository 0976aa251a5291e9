import type { StepSummary } from '../runner/index';
import type { NodeFacts, NodeStage } from '../runner/model';
import { formatDuration, plural } from './format';
import type { Icon } from './trialLabels';
import { icons, joinFacts, joinWords } from './trialLabels';

/** A solution of a search as a tree shows it, with those that were made from it. */
export interface SearchTreeNode {
  /** The solution's number in its trial. */
  readonly node: number;
  /** The step of the trajectory that has its program and its output. */
  readonly step: number;
  /** `Improve 4` */
  readonly label: string;
  /** `0.8731 · 12s · best` */
  readonly description: string;
  readonly icon: Icon;
  /** Stage, number, result and descent in words. */
  readonly accessibleLabel: string;
  /** The one that is handed in as far as the search has come. */
  readonly best: boolean;
  /** Whether the best one was made from it, or is it. */
  readonly onBestPath: boolean;
  readonly children: readonly SearchTreeNode[];
}

export interface SearchTree {
  /** Drafts, in the order in which they were made. */
  readonly roots: readonly SearchTreeNode[];
  /** From its draft to the best solution; empty while none works. */
  readonly bestPath: readonly number[];
  /** `8 solutions · 3 broken · best 0.8731`; empty: there are none. */
  readonly summary: string;
}

interface Made {
  readonly step: number;
  readonly facts: NodeFacts;
}

const bestIcon: Icon = { id: 'star-full', color: 'testing.iconPassed' };

/** The tree of a trial's solutions, from its steps' events; steps of other kinds are left out. */
export function searchTree(
  steps: readonly Pick<StepSummary, 'step' | 'kind' | 'node'>[],
): SearchTree {
  const made = new Map<number, Made>();
  for (const { step, kind, node: facts } of steps)
    if (kind === 'node' && facts !== undefined) made.set(facts.node, { step, facts });
  const best = [...made.values()].findLast(({ facts }) => facts.best)?.facts ?? null;
  const bestPath = pathTo(best, made);
  return { ...nested(made, bestPath), bestPath, summary: summaryOf([...made.values()], best) };
}

/** Its ancestors and itself, from the draft on. A parent always has the smaller number, so that no path is endless. */
function pathTo(node: NodeFacts | null, made: ReadonlyMap<number, Made>): readonly number[] {
  const path: number[] = [];
  for (let at = node; at !== null;) {
    path.unshift(at.node);
    at = parentOf(at, made);
  }
  return path;
}

/** null: a draft, or one whose parent's event was lost. */
function parentOf({ node, parent }: NodeFacts, made: ReadonlyMap<number, Made>): NodeFacts | null {
  return parent === null || parent >= node ? null : (made.get(parent)?.facts ?? null);
}

/** Built from the last one on, so that children are there before their parents, however deep the tree is. */
function nested(
  made: ReadonlyMap<number, Made>,
  bestPath: readonly number[],
): Pick<SearchTree, 'roots'> {
  const onPath = new Set(bestPath);
  const roots: SearchTreeNode[] = [];
  const childrenOf = new Map<number, SearchTreeNode[]>();
  const ordered = [...made.values()].sort((a, b) => b.facts.node - a.facts.node);
  for (const { step, facts } of ordered) {
    const children = childrenOf.get(facts.node)?.reverse() ?? [];
    const best = facts.node === bestPath.at(-1);
    const shown = { ...labelsOf(facts, { best, children: children.length }), children };
    const node = { node: facts.node, step, best, onBestPath: onPath.has(facts.node), ...shown };
    const parent = parentOf(facts, made);
    const siblings = parent === null ? roots : (childrenOf.get(parent.node) ?? []);
    siblings.push(node);
    if (parent !== null) childrenOf.set(parent.node, siblings);
  }
  return { roots: roots.reverse() };
}

function labelsOf(
  facts: NodeFacts,
  { best, children }: { readonly best: boolean; readonly children: number },
): Pick<SearchTreeNode, 'label' | 'description' | 'icon' | 'accessibleLabel'> {
  const { node, parent, stage, buggy, metric, exc_type: error, exec_time: seconds } = facts;
  const label = `${stageLabel(stage)} ${String(node)}`;
  const worth = buggy ? (error ?? 'broken') : metricText(metric);
  const ran = formatDuration(seconds);
  return {
    label,
    description: joinFacts([worth, ran, best ? 'best' : '']),
    icon: iconOf(facts, best),
    accessibleLabel: joinWords([
      label,
      buggy ? joinWords(['broken', error ?? '']) : `score ${worth}`,
      best ? 'best so far' : '',
      parent === null ? '' : `made from ${String(parent)}`,
      `ran ${ran}`,
      children === 0 ? '' : plural(children, 'solution made from it', 'solutions made from it'),
    ]),
  };
}

function stageLabel(stage: NodeStage): string {
  switch (stage) {
    case 'draft':
      return 'Draft';
    case 'debug':
      return 'Debug';
    case 'improve':
      return 'Improve';
  }
}

function iconOf({ buggy, exc_type: error }: NodeFacts, best: boolean): Icon {
  if (best) return bestIcon;
  if (!buggy) return icons.passed;
  // What failed is told apart from what ran and is not to be trusted.
  return error === null ? icons.errored : icons.failed;
}

/** `0.87314`: digits that tell solutions apart. */
export function metricText(metric: number | null): string {
  if (metric === null) return 'no score';
  return String(Math.abs(metric) < 1e6 ? Number(metric.toPrecision(6)) : Math.round(metric));
}

function summaryOf(made: readonly Made[], best: NodeFacts | null): string {
  if (made.length === 0) return '';
  const broken = made.filter(({ facts }) => facts.buggy).length;
  return joinFacts([
    plural(made.length, 'solution'),
    broken === 0 ? '' : `${String(broken)} broken`,
    best === null ? '' : `best ${metricText(best.metric)}`,
  ]);
}
