import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import {
  fromFence,
  indentedBlocks,
  outdented,
  quotedItems,
  quotedValues,
  withoutProse,
  withoutTabs,
} from '../../../../src/runner/agents/alphacodium/yamlRepairs';

const keys = ['analysis', 'code', 'tests', 'input', 'output'];

describe('repairs of YAML', () => {
  it('takes what stands in a fence, also where its end is missing', () => {
    expect(fromFence('Here it is:\n```yaml\ncode: x\n```\nDone.')).toBe('code: x');
    expect(fromFence('```\ncode: x\nanalysis: y')).toBe('code: x\nanalysis: y');
    expect(fromFence('~~~~yml\ncode: "```"\n~~~~\n')).toBe('code: "```"');
    expect(fromFence('code: x')).toBe('code: x');
  });

  it('leaves a fence of another language inside a block alone', () => {
    const text = 'code: |\n  ```python\n  x\n  ```';
    expect(fromFence(text)).toBe(text);
  });

  it('drops talk before the first key and what follows a stray fence', () => {
    expect(withoutProse('Sure: here it is\n\nanalysis: a\ncode: b\n```\nHope it helps', keys)).toBe(
      'analysis: a\ncode: b',
    );
    expect(withoutProse('nothing: here', keys)).toBe('nothing: here');
  });

  it('turns tabs of the indentation into spaces and leaves those in texts', () => {
    expect(withoutTabs('code: |\n\tif a:\n\t\tb\tc')).toBe('code: |\n  if a:\n    b\tc');
  });

  it('moves an answer that is indented as a whole to the left', () => {
    expect(outdented('  analysis: a\n  code: |\n    x\n\n  tests: []')).toBe(
      'analysis: a\ncode: |\n  x\n\ntests: []',
    );
  });

  it('indents a block that lost its indentation, up to the next key', () => {
    const text = 'analysis: a\ncode: |\nfor x in y:\n    print(x)\n\nprint(1)\nanalysis: b';
    expect(indentedBlocks(text, keys)).toBe(
      'analysis: a\ncode: |\n  for x in y:\n      print(x)\n\n  print(1)\nanalysis: b',
    );
  });

  it('takes back lines that fall out of a block which is indented', () => {
    const text = 'code: |\n  print("""\none\n""")\nanalysis: b';
    expect(parse(indentedBlocks(text, keys))).toEqual({
      code: 'print("""\none\n""")\n',
      analysis: 'b',
    });
  });

  it('indents the blocks of a list', () => {
    const text = 'tests:\n- input: |\n3\n1 2 3\n  output: |\n6\n- input: |\n0\n  output: |\n0\n';
    expect(parse(indentedBlocks(text, keys))).toEqual({
      tests: [
        { input: '3\n1 2 3\n', output: '6\n' },
        { input: '0\n', output: '0\n' },
      ],
    });
  });

  it('leaves blocks as they are where nothing is wrong', () => {
    const text = 'code: |\n  if a:\n      b\n\n  c\nanalysis: b\n';
    expect(indentedBlocks(text, keys)).toBe(text);
  });

  it('quotes values that YAML would read as something else, not those in blocks', () => {
    const text = [
      'analysis: the bug: it counts "one" too many # here',
      'other: `code`',
      'fine: a plain text',
      'quoted: "a: b"',
      'list: [1, 2]',
      'code: |',
      '  else: x # y: z',
      'last: a: b',
    ].join('\n');
    expect(parse(quotedValues(text))).toEqual({
      analysis: 'the bug: it counts "one" too many # here',
      other: '`code`',
      fine: 'a plain text',
      quoted: 'a: b',
      list: [1, 2],
      code: 'else: x # y: z\n',
      last: 'a: b',
    });
  });

  it('quotes items of a list that are meant as text, and leaves those that are objects', () => {
    const text =
      'tests:\n- input: a\n  output: b\nnotes:\n- Note: the input is "sorted": always\n- `x`\n- y';
    expect(parse(quotedItems(text, keys))).toEqual({
      tests: [{ input: 'a', output: 'b' }],
      notes: ['Note: the input is "sorted": always', '`x`', 'y'],
    });
  });
});
