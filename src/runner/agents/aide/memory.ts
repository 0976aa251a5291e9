import type { Journal, SolutionNode } from './journal';
import type { PromptPart } from './promptRoom';

/** Characters of a plan and of an analysis that are remembered. */
const longestPlan = 600;
const longestAnalysis = 600;
const longestFailure = 200;

const nothing = 'There are none yet.';

/**
 * What earlier solutions came to: those that work with plan, result and analysis, those that do not in one line. Where all
 * of them do not fit, the best ones stay, then the latest that failed.
 */
export function memoryPart(journal: Journal): PromptPart {
  const good = journal.ranking();
  const failed = journal.nodes.filter((node) => !good.includes(node)).reverse();
  const entries = [...good, ...failed].map((node) => ({ node: node.node, text: entryOf(node) }));
  return {
    name: 'memory',
    least: 0,
    text: (bytes) => {
      if (entries.length === 0) return nothing;
      const kept: typeof entries = [];
      let left = bytes + 1; // before the first there is no end of a line
      for (const entry of entries) {
        left -= Buffer.byteLength(entry.text) + 1;
        if (left < 0) break;
        kept.push(entry);
      }
      const missing = entries.length - kept.length;
      const rest = missing === 0 ? [] : [`- ${String(missing)} more are left out here.`];
      return [...kept.sort((a, b) => a.node - b.node).map(({ text }) => text), ...rest].join('\n');
    },
  };
}

function entryOf({ node, buggy, excType, metric, plan, analysis }: SolutionNode): string {
  const name = `- Solution ${String(node)}`;
  if (buggy || metric === null)
    return `${name} failed (${excType ?? 'broken'}): ${shortened(plan, longestFailure)}`;
  return [
    `${name}, validation score ${String(metric)}: ${shortened(plan, longestPlan)}`,
    `  Findings: ${shortened(analysis, longestAnalysis)}`,
  ].join('\n');
}

function shortened(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
