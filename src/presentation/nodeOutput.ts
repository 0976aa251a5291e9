import type { NodeStep } from '../runner/index';

/** What a node's program printed, below its plan, how it ended and what its reviewer said. */
export function nodeOutput({
  plan,
  term_out: output,
  exec_time: seconds,
  exc_type: error,
  analysis,
  metric,
  buggy,
}: NodeStep): string {
  return [
    `Plan: ${plan.trim()}`,
    '',
    `Ended: ${error ?? 'ran to its end'}, after ${seconds.toFixed(1)} s`,
    `Metric: ${metric === null ? 'none' : String(metric)}`,
    `Broken: ${buggy ? 'yes' : 'no'}`,
    `Review: ${analysis.trim()}`,
    '',
    'Output:',
    output,
    '',
  ].join('\n');
}
