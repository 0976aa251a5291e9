import { describe, expect, it } from 'vitest';
import {
  argumentBlocks,
  argumentLine,
  replacementDiff,
} from '../../../src/presentation/trajectoryArguments';
import { bodyOf, lineLimit, prose, textLimit } from '../../../src/presentation/trajectoryBody';
import type { TrajectoryStep } from '../../../src/runner/index';

const base = { v: 1, step: 3, time: '2026-01-31T08:05:09.000Z', agent: null, tree: null } as const;
const usage = {
  prompt_tokens: 1200,
  cached_tokens: 1000,
  completion_tokens: 50,
  reasoning_tokens: 20,
  cost: null,
  estimated: false,
};

function tool(more: Partial<Extract<TrajectoryStep, { kind: 'tool' }>> = {}): TrajectoryStep {
  return {
    ...base,
    kind: 'tool',
    call_id: 'c',
    tool: 'shell',
    arguments: { command: 'ls' },
    ok: true,
    output: 'a.py',
    output_bytes: 4,
    output_file: null,
    duration_s: 0.2,
    ...more,
  };
}

function model(more: Partial<Extract<TrajectoryStep, { kind: 'model' }>> = {}): TrajectoryStep {
  return {
    ...base,
    kind: 'model',
    model: 'm',
    text: 'Done.',
    reasoning: null,
    tool_calls: [],
    end: 'answer',
    detail: null,
    usage,
    duration_s: 1,
    cached: false,
    attempts: 1,
    ...more,
  };
}

const forms = (blocks: readonly { form: string; text: string }[]): readonly string[][] =>
  blocks.map(({ form, text }) => [form, text]);

describe('arguments of a tool', () => {
  it.each<[string, unknown, readonly string[][]]>([
    ['a command', { command: 'pytest -q' }, [['command', 'pytest -q']]],
    ['a command as words', { argv: ['git', 'log', 'a b'] }, [['command', 'git log "a b"']]],
    ['a text that is no JSON', '{"comm', [['code', '{"comm']]],
    ['nothing', {}, []],
    ['the one value that the line shows', { path: 'a.py' }, []],
    ['short values', { path: 'a.py', line: 3 }, [['code', 'path: a.py\nline: 3']]],
    ['what is nested', { paths: ['a'] }, [['code', '{\n  "paths": [\n    "a"\n  ]\n}']]],
    [
      'a replacement',
      { path: 'a.py', old_string: 'x = 1', new_string: 'x = 2' },
      [['diff', '-x = 1\n+x = 2']],
    ],
    ['a file', { path: 'a.py', content: 'one\ntwo' }, [['code', 'one\ntwo']]],
    [
      'a patch',
      { patch: '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n' },
      [['diff', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n']],
    ],
  ])('show %s', (_what, args, shown) => {
    expect(forms(argumentBlocks(args))).toEqual(shown);
  });

  it('keep the lines that both sides of a replacement share', () => {
    expect(replacementDiff('a\nb\nc', 'a\nB\nc')).toBe(' a\n-b\n+B\n c');
    expect(replacementDiff('a\na', 'a\na\na')).toBe(' a\n a\n+a');
    expect(replacementDiff('a\n', 'b\n')).toBe('-a\n+b');
  });

  it('are one line in the list of calls', () => {
    expect(argumentLine('{"command":"a\\n b"}')).toBe('a b');
    expect(argumentLine('{"n":1}')).toBe('{"n":1}');
    expect(argumentLine('{}')).toBe('');
    expect(argumentLine('not json')).toBe('not json');
    expect(argumentLine('x'.repeat(500))).toHaveLength(200);
  });
});

describe('an opened step', () => {
  it('of a tool shows arguments, output and where all of it is', () => {
    const body = bodyOf(tool({ output: '\u001b[31mred\u001b[0m', output_file: 'outputs/3.txt' }), {
      whole: false,
    });
    expect(forms(body.blocks)).toEqual([
      ['command', 'ls'],
      ['code', 'red'],
    ]);
    expect(body.wholeOutput).toBe(true);
  });

  it('of a tool that failed says so', () => {
    const { blocks } = bodyOf(tool({ ok: false, output: 'no such file' }), { whole: false });
    expect(blocks.at(-1)).toMatchObject({ form: 'error', title: 'Failed', text: 'no such file' });
  });

  it('of a model folds the reasoning and tells unknown costs as unknown', () => {
    const body = bodyOf(
      model({
        reasoning: 'Hm.',
        tool_calls: [{ id: '1', name: 'shell', arguments: '{"command":"ls"}' }],
      }),
      { whole: false },
    );
    expect(body.blocks.map(({ title, folded, text }) => ({ title, folded, text }))).toEqual([
      { title: 'Reasoning', folded: true, text: 'Hm.' },
      { title: null, folded: false, text: 'Done.' },
      { title: 'Calls', folded: false, text: 'shell ls' },
    ]);
    expect(body.facts).toContainEqual({ name: 'Cost', value: 'unknown' });
    expect(body.facts).toContainEqual({ name: 'In', value: '1,200 tokens (1,000 cached)' });
  });

  it('of a model whose answer cannot be used says why', () => {
    const step = model({ text: '', end: 'context_overflow', detail: '9000 of 8000 tokens' });
    expect(forms(bodyOf(step, { whole: false }).blocks)).toEqual([
      ['error', 'context overflow: 9000 of 8000 tokens'],
    ]);
  });

  it('cuts long texts until all is asked for', () => {
    const output = 'x'.repeat(textLimit * 3);
    const cut = bodyOf(tool({ output }), { whole: false }).blocks.at(-1);
    expect(cut).toMatchObject({ omitted: textLimit * 2 });
    expect(cut?.text).toHaveLength(textLimit);
    const whole = bodyOf(tool({ output }), { whole: true }).blocks.at(-1);
    expect(whole).toMatchObject({ omitted: 0, text: output });
    const little = bodyOf(tool({ output: 'x'.repeat(textLimit + 10) }), { whole: false });
    expect(little.blocks.at(-1)).toMatchObject({ omitted: 0 });
  });

  it('cuts between lines', () => {
    const lines = (count: number): string => 'a line\n'.repeat(count);
    const blockOf = (output: string): { text: string; omitted: number } | undefined =>
      bodyOf(tool({ output }), { whole: false }).blocks.at(-1);
    const many = blockOf(lines(lineLimit * 10));
    expect(many?.text.split('\n')).toHaveLength(lineLimit);
    expect(many?.text.endsWith('a line')).toBe(true);
    expect((many?.text.length ?? 0) + (many?.omitted ?? 0)).toBe(lines(lineLimit * 10).length);
    const long = `short\n${'x'.repeat(textLimit * 2)}\n`;
    expect(blockOf(long)?.text).toHaveLength(textLimit);
    expect(blockOf(`\n${'x'.repeat(textLimit * 2)}`)?.text).toHaveLength(textLimit);
    expect(blockOf(lines(3))).toMatchObject({ omitted: 0, text: lines(3) });
  });

  it.each<[string, TrajectoryStep, readonly string[][]]>([
    [
      'a message',
      { ...base, kind: 'message', role: 'user', content: 'Hello' },
      [['prose', 'Hello']],
    ],
    [
      'a handover',
      { ...base, kind: 'handover', from: 'planner', to: 'coder', content: 'Go' },
      [['prose', 'Go']],
    ],
    ['a submission', { ...base, kind: 'submission', content: 'x' }, [['code', 'x']]],
    ['an end', { ...base, kind: 'end', exit_status: 'submitted', detail: null }, []],
  ])('of %s is what it says', (_what, step, shown) => {
    expect(forms(bodyOf(step, { whole: false }).blocks)).toEqual(shown);
  });
});

describe('prose', () => {
  it('tells code between fences from text', () => {
    expect(forms(prose('Look:\n\n```python\nx = 1\n```\n\nand so on'))).toEqual([
      ['prose', 'Look:'],
      ['code', 'x = 1'],
      ['prose', 'and so on'],
    ]);
  });

  it('keeps a fence that never ends, and shorter ones inside', () => {
    expect(forms(prose('````\n```\nx\n```'))).toEqual([['code', '```\nx\n```']]);
  });

  it('never takes markup for anything but text', () => {
    const text = '<img src=x onerror=alert(1)> [link](command:rm)';
    expect(forms(prose(text))).toEqual([['prose', text]]);
  });
});
