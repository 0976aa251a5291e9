import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { AideConfig } from '../../model';
import type { Journal, SolutionNode } from './journal';

/** What the next solution is made from. */
export type Move =
  | { readonly stage: 'draft'; readonly parent: null }
  | { readonly stage: 'debug' | 'improve'; readonly parent: SolutionNode };

const draft: Move = { stage: 'draft', parent: null };

/**
 * The search of AIDE (Jiang et al. 2025, arXiv:2502.13138): so many drafts first; then a broken solution is mended that
 * nothing was made from yet, by chance and not too often in a row; else the best one is improved. Without one that works
 * there is another draft.
 */
export function nextMove(
  journal: Journal,
  { drafts, debug_depth: depth, debug_probability: probability }: AideConfig,
  random: RandomGenerator,
): Move {
  if (journal.nodes.filter(({ stage }) => stage === 'draft').length < drafts) return draft;
  if (uniformFloat64(random) < probability) {
    const broken = journal.nodes.filter(
      (node) => node.buggy && journal.isLeaf(node) && journal.debugDepth(node) < depth,
    );
    const drawn =
      broken.length === 0 ? undefined : broken[uniformInt(random, 0, broken.length - 1)];
    if (drawn !== undefined) return { stage: 'debug', parent: drawn };
  }
  const [best] = journal.ranking();
  return best === undefined ? draft : { stage: 'improve', parent: best };
}

/** The chance of one trial: the same for the same seed, another one for each attempt. */
export function chanceOf(seed: number, attempt: number): RandomGenerator {
  // Odd multiples of a large prime lie far apart, so that no two attempts of neighbouring seeds are the same.
  return xoroshiro128plus(Math.imul(seed, 0x9e3779b1) + Math.imul(attempt + 1, 0x85ebca77));
}
