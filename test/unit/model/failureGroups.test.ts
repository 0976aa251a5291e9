import { describe, expect, it } from 'vitest';
import type { TrialResult } from '../../../src/runner/model';
import { commonPart, progressOf } from '../../../src/runner/model';
import { planOf, Story } from '../presentation/fixtures';

describe('what messages have in common', () => {
  it.each([
    [
      'The sandbox is gone: container 3f2a9c81d7e0 exited with 137.',
      'The sandbox is gone: container … exited with …',
    ],
    ['cannot read /tmp/run-17/a b', 'cannot read … b'],
    ['GET https://example.org/v2/x/manifests/1.2: 429', 'GET https://example.org/v…/x/manifests/…'],
    ['no room left\non the device', 'no room left'],
    ['job 5f0c1b2a-1111-4222-8333-444455556666 is lost', 'job … is lost'],
    ['the agent was killed', 'the agent was killed'],
    ['deadbeef and defaced are words', 'deadbeef and defaced are words'],
  ])('%j', (message, common) => {
    expect(commonPart(message)).toBe(common);
  });

  it('is of one line, and not long', () => {
    expect(commonPart('word '.repeat(1000))?.length).toBe(160);
    expect(commonPart(null)).toBeNull();
    expect(commonPart('django__django-11099 is broken', ['django__django-11099'])).toBe(
      '… is broken',
    );
  });
});

describe('groups of failures', () => {
  const plans = Array.from({ length: 9 }, (_, n) => planOf(`t${String(n)}`, n));
  const story = new Story(plans);
  const end = (n: number, more: Partial<TrialResult>): void => {
    const plan = plans[n] ?? planOf('');
    story.start(plan.trial_id).end(plan, more);
  };

  it('hold what failed for the same reason, what broke first', () => {
    for (const n of [0, 1, 2]) end(n, { status: 'failed' });
    for (const n of [3, 4])
      end(n, { status: 'infra_failure', cause: 'sandbox-lost', detail: `t${String(n)}: gone` });
    end(5, { status: 'infra_failure', cause: 'image-missing', detail: 'no image' });
    end(6, { status: 'timeout', cause: 'agent' });
    end(7, { status: 'passed' });
    const { failures } = progressOf(story.state, 0);
    expect(
      failures.map(({ status, cause, message, count, example }) => [
        status,
        cause,
        message,
        count,
        example.trial_id,
        example.detail,
      ]),
    ).toEqual([
      ['infra_failure', 'sandbox-lost', '…: gone', 2, 't3_0', 't3: gone'],
      ['infra_failure', 'image-missing', 'no image', 1, 't5_0', 'no image'],
      ['timeout', 'agent', null, 1, 't6_0', null],
      ['failed', null, null, 3, 't0_0', null],
    ]);
  });

  it('lose a trial that is run again, and take another example', () => {
    end(3, { status: 'passed' });
    const { failures } = progressOf(story.state, 0);
    expect(failures[0]).toMatchObject({ count: 1, example: { trial_id: 't4_0' } });
  });
});
