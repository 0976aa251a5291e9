import { describe, expect, test } from 'vitest';
import { reportOf } from '../../../src/presentation/runReport';
import { spendingText } from '../../../src/presentation/spending';
import { statusText } from '../../../src/presentation/statusBar';
import { trialTooltip } from '../../../src/presentation/trialTooltip';
import type { Usage } from '../../../src/runner/model';
import {
  addUsage,
  costOf,
  metricsOf,
  noUsage,
  runBudget,
  trialBudget,
} from '../../../src/runner/model';
import { runConfigSchema } from '../../../src/runner/model';
import { planOf, Story, toolStep } from './fixtures';

const plan = planOf('slugify');
const usage = (cost: number | null): Usage => ({
  ...noUsage,
  prompt_tokens: 1000,
  completion_tokens: 100,
  cost,
});
const turn = (cost: number | null) =>
  ({
    ...toolStep,
    type: 'agent.step',
    trial: plan.trial_id,
    step: 1,
    kind: 'model',
    tool: null,
    duration_s: 2,
    usage: usage(cost),
  }) as const;

describe('what models cost', () => {
  test('an unknown cost stays unknown whatever is added to it', () => {
    expect(addUsage(usage(0.5), usage(0.25)).cost).toBe(0.75);
    expect(addUsage(usage(0.5), usage(null)).cost).toBeNull();
    expect(costOf({ ...noUsage, prompt_tokens: 5 }, null)).toBeNull();
  });

  test('cached tokens have their own price', () => {
    const tokens = { prompt_tokens: 1_000_000, cached_tokens: 400_000, completion_tokens: 100_000 };
    expect(costOf(tokens, { input: 1, output: 10 })).toBeCloseTo(2);
    expect(costOf(tokens, { input: 1, cached_input: 0.1, output: 10 })).toBeCloseTo(1.64);
  });

  test('the long form of a budget wins over the short one', () => {
    const config = runConfigSchema.parse({ max_turns: 7, max_cost: 3 });
    expect(trialBudget(config).turns).toBe(7);
    expect(runBudget(config).cost).toBe(3);
    const long = runConfigSchema.parse({
      max_turns: 7,
      max_cost: 3,
      budget: { trial: { turns: 9 }, run: { cost: 4 } },
    });
    expect(trialBudget(long).turns).toBe(9);
    expect(runBudget(long).cost).toBe(4);
    expect(trialBudget(runConfigSchema.parse({})).turns).toBe(100);
  });

  test('a run says what it spent, also for trials that began anew', () => {
    const story = new Story([plan], { model: 'm' });
    expect(spendingText(story.state)).toBe('');
    story.start(plan.trial_id).tell(turn(0.5)).start(plan.trial_id).tell(turn(0.25));
    expect(spendingText(story.state)).toBe('$0.75');
    expect(story.trial(plan.trial_id).usage?.cost).toBe(0.25);
    story.tell({ type: 'run.resumed', pid: 1, budget: { cost: 5 } });
    expect(spendingText(story.state)).toBe('$0.75 of $5.00');
    expect(statusText([story.state], 0)?.tooltip).toContain('$0.75 of $5.00');
    story.tell(turn(null));
    expect(spendingText(story.state)).toBe('cost unknown');
  });

  test('metrics sum up what the agents did, beside what came of it', () => {
    const story = new Story([plan], { model: 'm' });
    story.start(plan.trial_id).tell(turn(0.5));
    story.tell({ ...toolStep, type: 'agent.step', trial: plan.trial_id, step: 2, ok: false });
    story.end(plan, { exit_status: 'max_turns' });
    const metrics = metricsOf(story.state);
    expect(metrics).toMatchObject({
      exit_statuses: { max_turns: 1 },
      agent_stats: { steps: 2, turns: 1, tool_calls: 1, tool_errors: 1, model_s: 2, tools_s: 0.1 },
      usage: { prompt_tokens: 1000, cost: 0.5 },
      cost_per_resolved: 0.5,
    });
    expect(trialTooltip(story.trial(plan.trial_id)).join('\n')).toContain('max_turns: 1 turn');
    const [totals] = reportOf([story.state], { stable: false, compare: false }).tables;
    expect(totals.rows[0]).toEqual(expect.arrayContaining(['1100', '$0.5', '2.0']));
  });

  test('a stable report leaves the times out', () => {
    const story = new Story([plan], { model: 'm' });
    story.start(plan.trial_id).tell(turn(0.5)).end(plan);
    const report = reportOf([story.state], { stable: true, compare: false });
    expect(report.runs[0]?.metrics.agent_stats).toMatchObject({ turns: 1, model_s: 0 });
    expect(report.tables[0].head).not.toContain('model s');
  });
});
