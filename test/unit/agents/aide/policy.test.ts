import { describe, expect, it } from 'vitest';
import type { Journal, SolutionNode } from '../../../../src/runner/agents/aide/journal';
import { chanceOf, nextMove } from '../../../../src/runner/agents/aide/policy';
import { aideConfigSchema } from '../../../../src/runner/model';
import { broken, journalOf, solution } from '../../../support/solutions';

function move(
  nodes: readonly Partial<SolutionNode>[],
  config: object = {},
  { seed = 0 } = {},
): string {
  return told(journalOf(nodes), config, seed);
}

function told(journal: Journal, config: object, seed = 0): string {
  const parsed = aideConfigSchema.parse({ drafts: 2, ...config });
  const { stage, parent } = nextMove(journal, parsed, chanceOf(seed, 0));
  return parent === null ? stage : `${stage} ${String(parent.node)}`;
}

describe('the next move', () => {
  it('is a draft until there are enough of them, whatever they are worth', () => {
    expect(move([])).toBe('draft');
    expect(move([{}])).toBe('draft');
    expect(move([broken])).toBe('draft');
    // Only drafts count.
    expect(move([{}, { parent: 0, stage: 'improve' }])).toBe('draft');
  });

  it('mends what is broken before it improves', () => {
    expect(move([{}, broken])).toBe('debug 1');
    expect(move([broken, { parent: 0, stage: 'debug', metric: 0.1 }, {}])).toBe('improve 2');
  });

  it('improves the best one when nothing is to be mended', () => {
    expect(move([{ metric: 0.2 }, { metric: 0.4 }, { metric: 0.3 }])).toBe('improve 1');
  });

  it('mends a line of broken ones so often and no oftener', () => {
    const line = [{}, broken, { ...broken, parent: 1, stage: 'debug' as const }];
    expect(move(line, { debug_depth: 2 })).toBe('debug 2');
    expect(move(line, { debug_depth: 1 })).toBe('improve 0');
    expect(move([{}, broken], { debug_depth: 0 })).toBe('improve 0');
  });

  it('drafts again where nothing works and nothing may be mended', () => {
    expect(move([broken, broken], { debug_depth: 0 })).toBe('draft');
    expect(move([broken, broken], { debug_probability: 0 })).toBe('draft');
  });

  it('mends by chance, as often as it is told, and draws among all that are broken', () => {
    const journal = journalOf([{}, broken, broken, broken]);
    const draws = Array.from({ length: 400 }, (_, seed) =>
      told(journal, { debug_probability: 0.25 }, seed),
    );
    const count = (name: string): number => draws.filter((one) => one === name).length;
    expect(count('improve 0')).toBeGreaterThan(260);
    expect(count('improve 0')).toBeLessThan(340);
    for (const node of [1, 2, 3]) expect(count(`debug ${String(node)}`)).toBeGreaterThan(10);
  });

  it('is the same for the same seed and attempt, and differs between attempts', () => {
    const config = aideConfigSchema.parse({ drafts: 1, debug_probability: 0.5 });
    const story = (seed: number, attempt: number): string => {
      const random = chanceOf(seed, attempt);
      const journal = journalOf([{}, ...Array.from({ length: 6 }, () => broken)]);
      return Array.from({ length: 24 }, (_, n) => {
        const { stage, parent } = nextMove(journal, config, random);
        journal.add(solution(7 + n, { ...broken, parent: parent?.node ?? null, stage }));
        return `${stage} ${String(parent?.node)}`;
      }).join();
    };
    expect(story(7, 0)).toBe(story(7, 0));
    const others = [story(7, 0), story(8, 0), story(7, 1), story(6, 1), story(0, 0)];
    expect(new Set(others).size).toBe(5);
  });
});
