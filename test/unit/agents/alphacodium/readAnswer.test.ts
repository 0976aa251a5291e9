import { describe, expect, it } from 'vitest';
import {
  choiceSchema,
  codeSchema,
  reflectionSchema,
  solutionsSchema,
  testsSchema,
} from '../../../../src/runner/agents/alphacodium/answers';
import { readAnswer } from '../../../../src/runner/agents/alphacodium/readAnswer';

describe('reading an answer', () => {
  it('takes good YAML as it is', () => {
    expect(readAnswer('analysis: a\ncode: |\n  print(1)\n', codeSchema)).toEqual({
      ok: true,
      value: { analysis: 'a', code: 'print(1)\n' },
      repairs: [],
    });
  });

  it('keeps scalars as they were written', () => {
    const read = readAnswer('tests:\n- input: 007\n  output: 1e3\n', testsSchema);
    expect(read).toMatchObject({ ok: true, value: { tests: [{ input: '007', output: '1e3' }] } });
  });

  it('puts several things right at once and says what', () => {
    const answer =
      'Here is my answer:\n```yaml\nanalysis: two bugs: here\ncode: |\nfor i in range(3):\n    print(i)\n```\n';
    expect(readAnswer(answer, codeSchema)).toEqual({
      ok: true,
      value: { analysis: 'two bugs: here', code: 'for i in range(3):\n    print(i)\n' },
      repairs: ['code fence', 'blocks without indentation', 'unquoted values'],
    });
  });

  it('takes lists of points as text', () => {
    const read = readAnswer(
      'reflection:\n- first\n- second: with a colon\ntests:\n- explanation: e\n',
      reflectionSchema,
    );
    expect(read).toMatchObject({
      ok: true,
      value: {
        reflection: '- first\n- second: with a colon',
        tests: [{ input: '', explanation: 'e' }],
      },
    });
  });

  it('adds a key around a list that lacks it, and takes away one too many', () => {
    const list = '- name: sort\n  outline: o\n';
    expect(readAnswer(list, solutionsSchema)).toMatchObject({
      ok: true,
      value: { solutions: [{ name: 'sort', why: '' }] },
      repairs: ['missing key'],
    });
    expect(readAnswer('answer:\n  name: sort\n  why: w\n', choiceSchema)).toMatchObject({
      ok: true,
      value: { name: 'sort', why: 'w', flow: '' },
      repairs: ['key around it'],
    });
  });

  it('says what is missing where nothing helps', () => {
    const read = readAnswer('analysis: a\n', codeSchema);
    expect(read.ok).toBe(false);
    expect(read).toMatchObject({ problem: expect.stringContaining('code') as unknown });
    expect(readAnswer('I cannot do that.', codeSchema).ok).toBe(false);
    expect(readAnswer('', codeSchema).ok).toBe(false);
    expect(readAnswer('code: ""\n', codeSchema)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('the program is empty') as unknown,
    });
  });
});
