import { describe, expect, it } from 'vitest';
import { runEndMessage } from '../../../src/presentation/notifications';
import {
  describeBucket,
  describeRun,
  flatTrials,
  partsOfRunId,
  RunTree,
  stageOf,
} from '../../../src/presentation/runTree';
import { statusText } from '../../../src/presentation/statusBar';
import { icons } from '../../../src/presentation/trialLabels';
import type { RunState } from '../../../src/runner/index';
import { planOf, Story, toolStep } from './fixtures';

const listing = { runDir: '/runs/r1', runId: '2026-01-31T08-05-09-UTC_run-group_gold' };
const a = planOf('a');
const b = planOf('b', 1);
const context = {
  now: Date.parse('2026-01-31T08:06:09.000Z'),
  ownedHere: true,
  formatTime: () => 'Jan 31',
};
const shown = (state: RunState | null, ownedHere = true): ReturnType<typeof describeRun> =>
  describeRun(listing, state, { ...context, ownedHere });
const at = '2026-01-31T08:05:49.000Z';

describe('describeRun', () => {
  it('tells progress while it runs', () => {
    const story = new Story([a, b]).start('a_0').end(a).start('b_0');
    expect(shown(story.state)).toMatchObject({
      label: 'gold',
      description: '1/2 done · 1/2 resolved · 2 tasks · Jan 31',
      icon: icons.running,
      accessibleLabel: 'gold on 2 tasks, running, 1/2 done, 1 of 2 resolved, Jan 31',
      flags: ['run', 'running', 'cancellable'],
    });
    expect(shown(story.state, false).flags).toEqual(['run', 'running']);
  });

  it('tells the outcome, and trials that could not be run apart', () => {
    const story = new Story([a, b], { model: 'm1' })
      .end(a)
      .end(b, { status: 'infra_failure' })
      .tell({ type: 'run.ended', end: 'finished' }, at);
    expect(shown(story.state)).toMatchObject({
      label: 'gold (m1)',
      description: '1/2 resolved · 1 infrastructure failure · 2 tasks · 40s · Jan 31',
      icon: icons.errored,
      flags: ['run', 'ended', 'retryable'],
    });
  });

  it('offers to go on with what did not end', () => {
    const story = new Story([a, b]).end(a).tell({ type: 'run.ended', end: 'interrupted' }, at);
    expect(shown(story.state)).toMatchObject({
      description: 'interrupted · 1/2 resolved · 2 tasks · 40s · Jan 31',
      icon: icons.skipped,
      flags: ['run', 'ended', 'resumable'],
    });
  });

  it('names a run by its folder until it was read', () => {
    expect(shown(null)).toMatchObject({
      label: 'gold',
      description: '2026-01-31 08:05 UTC',
      flags: ['run', 'unread'],
    });
    expect(partsOfRunId('by-hand')).toEqual({ agent: 'by-hand', time: '' });
  });
});

describe('RunTree', () => {
  it('has a node for each trial and stage, the same one each time', () => {
    const story = new Story([a, b]).start('a_0');
    const tree = new RunTree(listing);
    const [first, second] = tree.childrenOf(tree.root, story.state);
    expect(first).toBe(tree.trial('a_0'));
    expect(second?.id).toBe('/runs/r1/b_0');
    const result = { stage: 'clone', cause: 'done', exit_code: 0, duration_s: 1 } as const;
    story.tell({ type: 'stage.started', trial: 'a_0', stage: 'clone', limit_s: 5 });
    const [running] = tree.childrenOf(first!, story.state);
    story.tell({ type: 'stage.ended', trial: 'a_0', result });
    story.tell({ type: 'stage.started', trial: 'a_0', stage: 'install', limit_s: 20 });
    const [clone, install] = tree.childrenOf(first!, story.state);
    expect(clone).toBe(running);
    expect(tree.parentOf(clone!, story.state)).toBe(first);
    expect(
      [clone, install].map((node) => node?.kind === 'stage' && stageOf(node, story.trial('a_0'))),
    ).toEqual([result, null]);
  });

  it('has a node for what the agent did, once it did something', () => {
    const story = new Story([a, b]).start('a_0');
    const tree = new RunTree(listing);
    const trial = tree.trial('a_0');
    story.tell({ type: 'agent.step', trial: 'a_0', step: 1, ...toolStep, kind: 'message' });
    expect(tree.childrenOf(trial, story.state)).toEqual([]);
    story.tell({ type: 'agent.step', trial: 'a_0', step: 2, ...toolStep });
    const [trajectory] = tree.childrenOf(trial, story.state);
    expect(trajectory).toMatchObject({ kind: 'trajectory', trial });
    expect(tree.childrenOf(trial, story.state)[0]).toBe(trajectory);
    expect(tree.parentOf(trajectory!, story.state)).toBe(trial);
    expect(tree.childrenOf(trajectory!, story.state)).toEqual([]);
  });

  it('shows a large run by what became of its trials', () => {
    const plans = Array.from({ length: flatTrials + 1 }, (_, i) => planOf(`t${String(i)}`, i));
    const story = new Story(plans)
      .end(plans[0]!)
      .end(plans[1]!, { status: 'failed' })
      .start('t2_0');
    const tree = new RunTree(listing);
    const buckets = tree.childrenOf(tree.root, story.state);
    const outline = buckets.map((node) => {
      if (node.kind !== 'bucket') throw new Error(node.kind);
      return [
        node.bucket,
        describeBucket(node.bucket, story.state).description,
        tree.childrenOf(node, story.state).length,
      ];
    });
    expect(outline).toEqual([
      ['running', '1', 1],
      ['unresolved', '1', 1],
      ['resolved', '1', 1],
      ['queued', String(flatTrials - 2), flatTrials - 2],
    ]);
    expect(tree.parentOf(tree.trial('t2_0'), story.state)).toBe(buckets[0]);
    story.end(plans[2]!);
    expect(tree.parentOf(tree.trial('t2_0'), story.state)).toBe(buckets[2]);
  });
});

describe('statusText', () => {
  it('is silent while nothing runs', () => {
    expect(statusText([], 0)).toBeNull();
  });

  it('adds up the runs that go on', () => {
    const one = new Story([a, b]).end(a).state;
    const two = new Story([planOf('c')]).state;
    expect(statusText([one, two], 1)).toEqual({
      text: '$(beaker) 1/3',
      tooltip:
        'Benchyard\ngold on 2 tasks: 1/2 done, 1 resolved\ngold on c: 0/1 done, 0 resolved\n1 run being prepared',
      accessibleLabel: 'Benchyard: 1 of 3 trials done',
    });
    expect(statusText([], 1)?.text).toBe('$(beaker) …');
  });
});

describe('runEndMessage', () => {
  const state = new Story([a, b])
    .end(a)
    .end(b, { status: 'infra_failure' })
    .tell({ type: 'run.ended', end: 'finished' }, at).state;
  const away = { windowFocused: false, runsVisible: true, wanted: true, now: 0 };

  it('tells somebody who looks elsewhere', () => {
    const message = 'gold on 2 tasks: 1 of 2 resolved in 40s, 1 could not be run.';
    expect(runEndMessage(state, away)).toBe(message);
    expect(runEndMessage(state, { ...away, windowFocused: true, runsVisible: false })).toBe(
      message,
    );
  });

  it('is silent for who sees it, wants none, cancelled it, or waited shortly', () => {
    expect(runEndMessage(state, { ...away, windowFocused: true })).toBeNull();
    expect(runEndMessage(state, { ...away, wanted: false })).toBeNull();
    const ends = (end: 'cancelled' | 'finished', time: string): RunState =>
      new Story([a]).tell({ type: 'run.ended', end }, time).state;
    expect(runEndMessage(ends('cancelled', at), away)).toBeNull();
    expect(runEndMessage(ends('finished', '2026-01-31T08:05:39.000Z'), away)).toBeNull();
  });
});
