import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../../src/runner/agents/aide/interview';
import { judge } from '../../../../src/runner/agents/aide/judgement';
import type { Review } from '../../../../src/runner/agents/aide/review';
import { readReview } from '../../../../src/runner/agents/aide/review';
import { answered } from '../../../support/models';

function read(args: unknown, { text = '' } = {}): ReturnType<typeof readReview> {
  const call = { id: 'c', name: 'submit_review', arguments: JSON.stringify(args) };
  const toolCalls = args === undefined ? [] : [call];
  return readReview(answered(text, { toolCalls }) as Answer);
}

const whole = {
  is_bug: false,
  summary: ' It works. ',
  metric: 0.87,
  lower_is_better: true,
  has_csv_submission: true,
};
const review: Review = {
  isBug: false,
  summary: 'It works.',
  metric: 0.87,
  lowerIsBetter: true,
  handsIn: true,
};

describe('a review', () => {
  it('is the call of the tool', () => {
    expect(read(whole)).toEqual({ ok: true, value: review });
  });

  it('is read as models bend it', () => {
    const bent = { ...whole, is_bug: 'False', metric: '0.87', lower_is_better: 'true' };
    expect(read(bent)).toEqual({ ok: true, value: review });
    expect(
      read(undefined, { text: `Here:\n\`\`\`json\n${JSON.stringify(whole)}\n\`\`\`` }),
    ).toEqual({
      ok: true,
      value: review,
    });
  });

  it.each([null, 'NaN', 'none', '', 'Infinity', undefined])('has no score in %o', (metric) => {
    expect(read({ ...whole, metric })).toMatchObject({ ok: true, value: { metric: null } });
  });

  it('says what is missing', () => {
    expect(read(undefined, { text: 'It is fine.' })).toMatchObject({
      ok: false,
      problem: 'it calls no tool with a JSON object',
    });
    const problem: unknown = expect.stringContaining('is_bug');
    expect(read({ ...whole, is_bug: 'maybe' })).toMatchObject({ ok: false, problem });
    expect(read({ summary: 'x' })).toMatchObject({ ok: false, problem });
  });
});

describe('what a run is worth', () => {
  type Facts = Parameters<typeof judge>[0];
  const file = { name: 'submission.csv', bytes: 10 };
  const good: Facts = {
    run: { termOut: '', execTime: 1, excType: null },
    left: { files: [file], count: 1, bytes: 10, problem: null },
    format: { ok: true, text: 'right' },
    wanted: ['submission.csv'],
  };

  it('is its score when all is well', () => {
    expect(judge(good, review)).toEqual({
      analysis: 'It works.',
      metric: 0.87,
      lowerIsBetter: true,
      buggy: false,
      presentable: true,
    });
    expect(judge({ ...good, format: null }, review)).toMatchObject({ buggy: false });
  });

  const nothing = { files: [], count: 0, bytes: 0, problem: null };
  it.each<[string, Partial<Facts>, Partial<Review>, boolean, RegExp]>([
    ['crashed', { run: { ...good.run, excType: 'KeyError' } }, {}, true, /ended by KeyError/],
    ['left nothing', { left: nothing }, {}, false, /does not write submission\.csv/],
    [
      'left another file',
      { left: { ...good.left, files: [{ name: 'out.csv', bytes: 1 }] } },
      {},
      false,
      /does not write submission\.csv/,
    ],
    ['left too much', { left: { ...good.left, problem: 'too much' } }, {}, false, /too much/],
    ['has a wrong format', { format: { ok: false, text: '' } }, {}, false, /not the right format/],
    ['prints no score', {}, { metric: null }, true, /prints no validation score/],
    ['does not hand in', {}, { handsIn: false }, true, /does not see it write/],
    ['is a bug', {}, { isBug: true }, true, /^It works\.$/],
  ])('is nothing when it %s', (_, facts, own, presentable, why) => {
    const verdict = judge({ ...good, ...facts }, { ...review, ...own });
    expect(verdict).toMatchObject({ buggy: true, metric: null, presentable });
    expect(verdict.analysis).toMatch(why);
  });

  it('is nothing without a review, and may be handed in all the same', () => {
    expect(judge(good, 'it was not reviewed any more')).toMatchObject({
      buggy: true,
      presentable: true,
      analysis: 'It counts as broken: it was not reviewed any more.',
    });
  });

  it('asks for all files of a technique task, and hands in a part of them', () => {
    const wanted = ['cv_analysis.json', 'folds.csv'];
    const named = (...names: string[]): Facts['left'] => ({
      ...good.left,
      files: names.map((name) => ({ name, bytes: 1 })),
      count: names.length,
    });
    const facts = { ...good, left: named(...wanted, 'notes.txt'), format: null, wanted };
    expect(judge(facts, review)).toMatchObject({ buggy: false, presentable: true });
    const part = judge({ ...facts, left: named('folds.csv') }, review);
    expect(part).toMatchObject({ buggy: true, presentable: true });
    expect(part.analysis).toContain('it does not write cv_analysis.json');
    const none = judge({ ...facts, left: named('notes.txt') }, review);
    expect(none).toMatchObject({ buggy: true, presentable: false });
  });
});
