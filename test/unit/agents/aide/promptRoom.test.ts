import { describe, expect, it } from 'vitest';
import { memoryPart } from '../../../../src/runner/agents/aide/memory';
import {
  blockPart,
  cutPart,
  fitParts,
  PromptRoom,
} from '../../../../src/runner/agents/aide/promptRoom';
import { broken, journalOf } from '../../../support/solutions';

const long = (letter: string): string => `${letter.repeat(9)}\n`.repeat(1000);
const parts = [
  cutPart('memory', long('m'), { least: 0 }),
  cutPart('data', long('d'), { least: 2000 }),
  cutPart('code', long('c'), { least: 5000 }),
];

function sizes(room: number): readonly number[] {
  const texts = fitParts(parts, room);
  return ['memory', 'data', 'code'].map((name) => Buffer.byteLength(texts[name] ?? ''));
}

describe('parts of a prompt', () => {
  it('stay whole where there is room', () => {
    expect(fitParts(parts, 30_000)).toEqual({
      memory: long('m'),
      data: long('d'),
      code: long('c'),
    });
  });

  it('give way in their order, each down to its least', () => {
    const near = (size: number): unknown => expect.closeTo(size, -2.3); // what says how much is missing comes on top
    expect(sizes(25_000)).toEqual([near(5000), 10_000, 10_000]);
    expect(sizes(15_000)).toEqual([0, near(5000), 10_000]);
    expect(sizes(9000)).toEqual([0, near(2000), near(7000)]);
    expect(sizes(6000)).toEqual([0, near(1000), near(5000)]);
    expect(sizes(4000)).toEqual([0, 0, near(4000)]);
    expect(sizes(-1)).toEqual([0, 0, 0]);
  });

  it('stay whole when they are short', () => {
    const short = [
      cutPart('a', 'a', { least: 0 }),
      blockPart('b', 'b', { least: 0, language: '' }),
      memoryPart(journalOf([{}])),
    ];
    const whole = fitParts(short, Infinity);
    const size = Object.values(whole).join('').length;
    expect(whole).toMatchObject({ a: 'a', b: '```\nb\n```' });
    expect(fitParts(short, size)).toEqual(whole);
  });

  it('are blocks that no fence inside can end', () => {
    const code = 'x = """\n```\n"""\n';
    expect(blockPart('code', code, { least: 0, language: 'python' }).text(Infinity)).toBe(
      `\`\`\`\`python\n${code}\`\`\`\``,
    );
  });
});

describe('the memory of earlier solutions', () => {
  const journal = journalOf([
    { metric: 0.2 },
    { ...broken, excType: 'KeyError' },
    { metric: 0.4 },
    broken,
    { metric: 0.3 },
  ]);
  const named = (bytes: number): string[] =>
    [
      ...memoryPart(journal)
        .text(bytes)
        .matchAll(/Solution (\d)/g),
    ].map(([, n = '']) => n);

  it('tells of all in their order, of those that failed in a line', () => {
    expect(memoryPart(journal).text(Infinity)).toBe(
      [
        '- Solution 0, validation score 0.2: plan 0',
        '  Findings: analysis 0',
        '- Solution 1 failed (KeyError): plan 1',
        '- Solution 2, validation score 0.4: plan 2',
        '  Findings: analysis 2',
        '- Solution 3 failed (broken): plan 3',
        '- Solution 4, validation score 0.3: plan 4',
        '  Findings: analysis 4',
      ].join('\n'),
    );
  });

  it('keeps the best, then the latest that failed', () => {
    expect(named(245)).toEqual(['0', '2', '3', '4']);
    expect(named(140)).toEqual(['2', '4']);
    expect(memoryPart(journal).text(140)).toContain('3 more are left out');
    expect(named(70)).toEqual(['2']);
  });

  it('says that there are none', () => {
    expect(memoryPart(journalOf([])).text(Infinity)).toBe('There are none yet.');
  });

  it('shortens long plans and analyses', () => {
    const talk = journalOf([{ plan: 'p '.repeat(5000), analysis: 'a\n'.repeat(5000) }]);
    expect(memoryPart(talk).text(Infinity).length).toBeLessThan(1400);
  });
});

describe('the room of a prompt', () => {
  it('is what the model takes, less its answer', () => {
    const room = new PromptRoom({ window: 10_800, answer: 5000 });
    expect(room.bytes).toBe(15_000);
    // Prose has more bytes a token than the guess, other scripts have fewer.
    room.counted(8000, 2000);
    expect(room.bytes).toBe(20_000);
    room.counted(1000, 2000);
    expect(room.bytes).toBe(5000);
    room.counted(1000, 0);
    expect(room.bytes).toBe(5000);
  });

  it('shrinks when the model says that it was too much, and not for ever', () => {
    const room = new PromptRoom({ window: 10_800, answer: 5000 });
    expect(room.tooLong(40_000)).toBe(true);
    expect(room.bytes).toBe(9000);
    expect(room.tooLong(5000)).toBe(true);
    expect(room.bytes).toBe(3000);
    expect(room.tooLong(3000)).toBe(false);
  });

  it('is never nothing', () => {
    expect(new PromptRoom({ window: 4096, answer: 8192 }).bytes).toBe(3000);
    expect(new PromptRoom({ window: null, answer: 8192 }).bytes).toBeGreaterThan(100_000);
  });
});
