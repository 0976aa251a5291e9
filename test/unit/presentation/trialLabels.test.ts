import { describe, expect, it } from 'vitest';
import {
  describeRunningStage,
  describeStage,
  describeTrial,
  icons,
  statusIcon,
  statusLabel,
} from '../../../src/presentation/trialLabels';
import { trialTooltip } from '../../../src/presentation/trialTooltip';
import type { TrialResult } from '../../../src/runner/index';
import { trialStatusSchema } from '../../../src/runner/model';
import { planOf, Story, toolStep } from './fixtures';

const plan = planOf('django__django-11099');
const here = { attempts: 1, ownedHere: true, alive: true };
const verdict = (good: number, bad: number, broken: number): TrialResult['verdict'] => ({
  resolution: bad + broken === 0 ? 'resolved' : 'partial',
  FAIL_TO_PASS: {
    success: Array.from({ length: good }, (_, i) => `g${String(i)}`),
    failure: Array.from({ length: bad }, (_, i) => `b${String(i)}`),
  },
  PASS_TO_PASS: {
    success: ['p'],
    failure: Array.from({ length: broken }, (_, i) => `q${String(i)}`),
  },
});
const ended = (more: Partial<TrialResult>): ReturnType<Story['trial']> =>
  new Story([plan]).start(plan.trial_id).end(plan, more).trial(plan.trial_id);

describe('describeTrial', () => {
  it('says name, status and counts of a resolved trial', () => {
    const shown = describeTrial(ended({ verdict: verdict(2, 0, 0) }), here);
    expect(shown).toMatchObject({
      label: 'django__django-11099',
      description: '2/2 FAIL_TO_PASS · 12s',
      icon: icons.passed,
      accessibleLabel:
        'django__django-11099, resolved, 2 of 2 fail to pass tests, 1 of 1 pass to pass tests',
    });
  });

  it('names what the patch broke', () => {
    const shown = describeTrial(ended({ status: 'failed', verdict: verdict(2, 0, 1) }), here);
    expect(shown.description).toBe('2/2 FAIL_TO_PASS · 1/2 PASS_TO_PASS · 12s');
    expect(shown.icon).toBe(icons.failed);
  });

  it('counts the tests of a task without lists', () => {
    const after = {
      end: 'completed',
      exit_code: 1,
      passed: 3,
      failed: 1,
      errors: 0,
      skipped: 2,
    } as const;
    const shown = describeTrial(ended({ status: 'failed', after }), here);
    expect(shown.description).toBe('3/4 tests · 12s');
    expect(shown.accessibleLabel).toBe('django__django-11099, unresolved, 3 of 4 tests passed');
  });

  it('gives the reason where the tests had no say', () => {
    const shown = describeTrial(
      ended({ status: 'no_tests', cause: 'nothing_selected', detail: 'nothing matches -k x' }),
      here,
    );
    expect(shown.description).toBe('no tests ran: nothing selected · 12s');
    expect(shown.accessibleLabel).toContain('no tests ran: nothing matches -k x');
  });

  it('follows a trial from the queue through its stages', () => {
    const story = new Story([plan]);
    const shown = (): unknown => {
      const { description, icon } = describeTrial(story.trial(plan.trial_id), here);
      return [description, icon.id];
    };
    expect(shown()).toEqual(['', 'circle-outline']);
    story.start(plan.trial_id);
    expect(shown()).toEqual(['starting', 'sync~spin']);
    story.tell({ type: 'stage.started', trial: plan.trial_id, stage: 'before', limit_s: 5 });
    expect(shown()).toEqual(['test (before)', 'sync~spin']);
    const result = { stage: 'before', cause: 'done', exit_code: 1, duration_s: 1 } as const;
    story.tell({ type: 'stage.ended', trial: plan.trial_id, result });
    story.tell({ type: 'agent.step', trial: plan.trial_id, step: 1, ...toolStep });
    expect(shown()).toEqual(['working · 1 step', 'sync~spin']);
  });

  it('does not show a trial as running when nobody runs it any more', () => {
    const story = new Story([plan, planOf('other', 1)]).start(plan.trial_id);
    const dead = { ...here, alive: false };
    expect(describeTrial(story.trial(plan.trial_id), dead)).toMatchObject({
      description: 'interrupted',
      icon: icons.skipped,
    });
    expect(describeTrial(story.trial('other_0'), dead).description).toBe('not run');
  });

  it('names the attempt only where there are several', () => {
    expect(describeTrial(ended({}), { ...here, attempts: 3 }).label).toBe(
      'django__django-11099 (attempt 1)',
    );
  });

  it('flags what can be done with it', () => {
    const story = new Story([plan]).start(plan.trial_id);
    const flags = (run = here): readonly string[] =>
      describeTrial(story.trial(plan.trial_id), run).flags;
    expect(flags()).toEqual(['trial', 'running', 'cancellable']);
    expect(flags({ ...here, ownedHere: false })).toEqual(['trial', 'running']);
    story.tell({ type: 'agent.step', trial: plan.trial_id, step: 1, ...toolStep });
    expect(flags()).toContain('hasTrajectory');
    story.tell({ type: 'sandbox.kept', trial: plan.trial_id, sandbox: 'x', command: ['sh'] });
    story.end(plan, {
      patch_stats: { bytes: 10, files: 1, hunks: 1, added: 1, removed: 0 },
      after: { end: 'completed', exit_code: 0, passed: 1, failed: 0, errors: 0, skipped: 0 },
    });
    expect(flags()).toEqual([
      'trial',
      'ended',
      'resolved',
      'hasPatch',
      'hasTests',
      'hasTrajectory',
      'hasSandbox',
    ]);
  });
});

it('has words and an icon for every status, and green for none but resolved', () => {
  for (const status of trialStatusSchema.options) {
    expect(statusLabel(status)).not.toBe('');
    expect(statusIcon(status) === icons.passed).toBe(status === 'passed');
  }
});

describe('describeStage', () => {
  it.each([
    [{ cause: 'done', exit_code: 0 }, '2.5s', 'pass'],
    [{ cause: 'done', exit_code: 2 }, 'exit 2 · 2.5s', 'error'],
    [{ cause: 'snapshot', exit_code: null }, 'from snapshot', 'pass'],
    [{ cause: 'timeout', exit_code: null }, 'timed out · 2.5s', 'warning'],
    [{ cause: 'oom', exit_code: null }, 'out of memory · 2.5s', 'warning'],
    [
      { cause: 'failed', exit_code: null, detail: 'no such ref' },
      'failed · no such ref · 2.5s',
      'warning',
    ],
    [{ cause: 'cancelled', exit_code: null }, 'cancelled · 2.5s', 'circle-slash'],
  ] as const)('%o', (more, description, icon) => {
    const shown = describeStage({ stage: 'apply', duration_s: 2.5, ...more });
    expect([shown.label, shown.description, shown.icon.id]).toEqual([
      'apply patch',
      description,
      icon,
    ]);
  });

  it('does not alarm about tests that fail before the patch', () => {
    const stage = { stage: 'before', cause: 'done', exit_code: 1, duration_s: 1 } as const;
    expect(describeStage(stage)).toMatchObject({ description: 'exit 1 · 1.0s', icon: icons.idle });
  });

  it('says the limit of the one that runs', () => {
    const story = new Story([plan]).start(plan.trial_id);
    story.tell({ type: 'stage.started', trial: plan.trial_id, stage: 'install', limit_s: 20 });
    expect(describeRunningStage(story.trial(plan.trial_id))).toMatchObject({
      label: 'install',
      description: 'limit 20s',
      accessibleLabel: 'install, running',
    });
  });
});

it('tells in the tooltip what the row has no room for', () => {
  const trial = ended({
    status: 'timeout',
    cause: 'install',
    detail: 'pip did not end within 20 s',
    patch_stats: { bytes: 1234, files: 2, hunks: 3, added: 10, removed: 4 },
  });
  expect(trialTooltip(trial)).toEqual([
    'django__django-11099',
    'https://example.com/django/django @ 0123456',
    'timed out: install: pip did not end within 20 s',
    'Agent: gold, 12s',
    'Patch: 2 files, +10 −4, 1.2 kB',
  ]);
});
