import * as z from 'zod';
import type { TrialPair } from '../presentation/runPairs';
import { pairRuns } from '../presentation/runPairs';
import { totalsOf } from '../runner/model';
import type { FoundRun } from './findRun';
import { defineTool, told } from './agentTool';
import { findRun, runIdSchema } from './findRun';

const longestList = 100;

export const compareRuns = defineTool({
  name: 'benchyard_compare_runs',
  title: 'Compare Two Runs',
  description:
    'Compares two runs trial by trial, paired by task and attempt: what the second one fixed, what it broke, what stayed the same, and what each cost.',
  readOnly: true,
  input: z.strictObject({
    first: runIdSchema.describe('The run to compare with (before)'),
    second: runIdSchema.describe('The run that is compared (after)'),
  }),
  async call({ first, second }, host, options) {
    const [before, after] = await Promise.all([
      findRun(first, host, options),
      findRun(second, host, options),
    ]);
    return told(compare(before, after));
  },
});

function compare(before: FoundRun, after: FoundRun): Record<string, unknown> {
  const pairs = pairRuns(before.state, after.state);
  return {
    first: describe(before),
    second: describe(after),
    fixed: pairs.fixed.slice(0, longestList).map(lineOf),
    broken: pairs.broken.slice(0, longestList).map(lineOf),
    same: {
      both_resolved: pairs.bothResolved.length,
      neither_resolved: pairs.neitherResolved.slice(0, longestList).map(lineOf),
    },
    not_ended_in_both: pairs.open.length,
    only_in_first: pairs.onlyInFirst.length,
    only_in_second: pairs.onlyInSecond.length,
  };
}

function describe({ listing, state }: FoundRun): Record<string, unknown> {
  return {
    run_id: listing.runId,
    agent: state.plan?.agent ?? null,
    model: state.plan?.model ?? null,
    totals: totalsOf(state),
    spent: state.spent,
  };
}

function lineOf({ trialId, first, second }: TrialPair): Record<string, unknown> {
  return {
    trial_id: trialId,
    first: first.result?.status ?? first.phase,
    second: second.result?.status ?? second.phase,
  };
}
