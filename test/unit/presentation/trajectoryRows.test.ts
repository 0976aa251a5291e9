import { describe, expect, it } from 'vitest';
import { headerOf, trajectorySummary } from '../../../src/presentation/trajectoryHeader';
import { rowOf } from '../../../src/presentation/trajectoryIndex';
import { formatCost, formatTokens } from '../../../src/presentation/format';
import { rowFacts, rowLabel } from '../../../src/presentation/trajectoryRows';
import type { StepSummary, TrialState } from '../../../src/runner/index';
import { planOf, resultOf } from './fixtures';

const usage = {
  prompt_tokens: 3000,
  cached_tokens: 0,
  completion_tokens: 100,
  reasoning_tokens: 0,
  cost: 0.0123,
  estimated: false,
};

function summary(more: Partial<StepSummary> = {}): StepSummary {
  return {
    step: 5,
    kind: 'tool',
    summary: 'shell pytest -q ✗',
    agent: null,
    tree: null,
    tool: 'shell',
    ok: false,
    duration_s: 1.5,
    usage: null,
    offset: 0,
    bytes: 10,
    time: '2026-01-31T08:05:09.000Z',
    ...more,
  };
}

describe('rowOf', () => {
  it.each<[Partial<StepSummary>, string, string]>([
    [{}, 'shell', 'pytest -q'],
    [{ ok: true, summary: 'shell echo ✗' }, 'shell', 'echo ✗'],
    [{ kind: 'message', tool: null, summary: 'system: You work' }, 'System', 'You work'],
    [{ kind: 'model', tool: null, summary: 'I look' }, 'Model', 'I look'],
    [
      { kind: 'handover', tool: null, summary: 'planner → coder: Go: now' },
      'planner → coder',
      'Go: now',
    ],
    [
      { kind: 'submission', tool: null, summary: 'handed in 9 bytes' },
      'Submission',
      'handed in 9 bytes',
    ],
    [{ kind: 'end', tool: null, summary: 'max_turns: 60 of 60' }, 'End', 'max turns: 60 of 60'],
  ])('of %j: %s says %s', (more, who, text) => {
    expect(rowOf(summary(more))).toMatchObject({ who, text });
  });

  it('tells whether files changed, without telling where that is kept', () => {
    expect(rowOf(summary({ tree: 'abc' })).changes).toBe(true);
    expect(JSON.stringify(rowOf(summary({ tree: 'abc' })))).not.toContain('abc');
  });
});

describe('a row', () => {
  it('is told to a screen reader in words', () => {
    expect(rowLabel(rowOf(summary({ tree: 'abc', agent: 'coder' })))).toBe(
      'Step 5, coder, shell, pytest -q, failed, changed files, 1.5s',
    );
  });

  it('has tokens, cost and time as far as they are known', () => {
    const facts = (more: Partial<StepSummary>): readonly string[] =>
      rowFacts(rowOf(summary({ kind: 'model', summary: 'x', ...more }))).map(({ text }) => text);
    expect(facts({ usage })).toEqual(['3.1k tokens', '$0.012', '1.5s']);
    expect(facts({ usage: { ...usage, cost: null, estimated: true } })).toEqual([
      '~3.1k tokens',
      'cost unknown',
      '1.5s',
    ]);
    expect(facts({ duration_s: 0 })).toEqual([]);
  });
});

it('formats costs and tokens short, and never something as nothing', () => {
  expect([0, 0.000001, 0.0021, 0.12, 0.5, 1.239, 12].map(formatCost)).toEqual([
    '$0',
    '<$0.0001',
    '$0.0021',
    '$0.12',
    '$0.5',
    '$1.24',
    '$12.00',
  ]);
  expect([0, 999, 1000, 99_949, 99_999, 999_499, 1_200_000].map(formatTokens)).toEqual([
    '0',
    '999',
    '1.0k',
    '99.9k',
    '100k',
    '999k',
    '1.2M',
  ]);
});

describe('the header', () => {
  const plan = planOf('django__django-1', 0, 1);
  const trial: TrialState = {
    plan,
    phase: 'running',
    node: null,
    workerLog: null,
    startedAt: null,
    endedAt: null,
    queuedAt: null,
    stage: null,
    stages: [],
    notes: [],
    agentStats: { steps: 9, turns: 4, tool_calls: 4, tool_errors: 1, model_s: 8, tools_s: 2 },
    usage: { ...usage, cost: null },
    nodes: [],
    keptSandbox: null,
    result: null,
    skipped: null,
    lastSeq: 0,
  };
  const run = { agent: 'runner', model: 'm', attempts: 2, alive: true };

  it('tells what it is at while it runs', () => {
    expect(headerOf(trial, run)).toMatchObject({
      title: 'django__django-1',
      subtitle: ['attempt 2', 'runner', 'm'],
      status: { label: 'running', tone: 'running' },
      live: true,
      modelSeconds: 8,
      toolSeconds: 2,
    });
  });

  it('tells an unknown cost as unknown, and none where no model was asked', () => {
    const { facts } = headerOf(trial, run);
    expect(facts).toContainEqual({ name: 'Cost', value: 'unknown' });
    expect(facts).toContainEqual({ name: 'Tool calls', value: '4 (1 failed)' });
    const gold = { ...trial, usage: null, agentStats: { ...trial.agentStats, turns: 0 } };
    expect(headerOf(gold, run).facts.map(({ name }) => name)).not.toContain('Cost');
  });

  it('tells the verdict and how the episode ended', () => {
    const ended = {
      ...trial,
      phase: 'ended',
      result: resultOf(plan, { status: 'failed' }),
    } as const;
    expect(headerOf(ended, run)).toMatchObject({
      subtitle: ['attempt 2', 'runner', 'm', 'submitted'],
      status: { label: 'unresolved', tone: 'failed' },
      live: false,
    });
    const timeout = { ...ended, result: resultOf(plan, { status: 'timeout' }) };
    expect(headerOf(timeout, run).status.tone).toBe('warning');
  });

  it('tells that a trial without an end was interrupted', () => {
    expect(headerOf(trial, { ...run, alive: false })).toMatchObject({
      status: { label: 'interrupted', tone: 'idle' },
      live: false,
    });
  });

  it('has a short form for the tree', () => {
    expect(trajectorySummary(trial)).toEqual(['4 turns', '3.1k tokens', 'cost unknown']);
  });
});
