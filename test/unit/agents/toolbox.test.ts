import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { cutInTheMiddle } from '../../../src/runner/agents/cutText';
import type { Tool } from '../../../src/runner/agents/tool';
import { Toolbox } from '../../../src/runner/agents/toolbox';
import { never } from '../../support/temp';

const parameters = z.object({ path: z.string(), lines: z.int().positive().default(3) });
const echo: Tool<typeof parameters> = {
  name: 'echo',
  description: 'Says what it was given',
  parameters,
  changesFiles: true,
  call: ({ path, lines }) => Promise.resolve({ ok: true, text: `${path}\n`.repeat(lines) }),
};
const nothing: Tool = {
  name: 'nothing',
  description: 'Takes nothing',
  parameters: z.object({}),
  changesFiles: false,
  call: () => Promise.resolve({ ok: false, text: 'no', ends: 'submitted', testTail: '1 passed' }),
};
const toolbox = new Toolbox([echo, nothing]);
const call = (name: string, args: string) =>
  toolbox.call({ name, arguments: args }, { signal: never });

describe('what a model writes', () => {
  test('is parsed and performed', async () => {
    expect(await call('echo', '{"path": "a"}')).toMatchObject({
      ok: true,
      text: 'a\na\na\n',
      args: { path: 'a', lines: 3 },
      bytes: 6,
      changesFiles: true,
      understood: true,
      ends: null,
    });
    expect(await call('nothing', '')).toMatchObject({
      ok: false,
      understood: true,
      ends: 'submitted',
      testTail: '1 passed',
    });
  });

  test.each([
    ['delete_all', '{}', /There is no tool "delete_all".*echo, nothing/],
    ['echo', '{"path": "a"', /not JSON.*\n.*JSON schema.*"path"/],
    ['echo', '"a"', /expected object/],
    ['echo', '{}', /expected string, received undefined\s+→ at path/],
    ['echo', '{"path": "a", "lines": "many"}', /→ at lines/],
    ['echo', '[1, 2]', /expected object/],
    ['nothing', 'null', /expected object/],
  ])('%s %s comes back as a readable error', async (name, args, text) => {
    const outcome = await call(name, args);
    expect(outcome).toMatchObject({ ok: false, understood: false, changesFiles: false });
    expect(outcome.text).toMatch(text);
  });

  test('what is no JSON is kept as it was written', async () => {
    expect((await call('echo', 'path=a')).args).toBe('path=a');
    expect((await call('unknown', '{"a": 1}')).args).toEqual({ a: 1 });
  });

  test('a cancel rejects with its reason', async () => {
    const reason = new Error('stop');
    const signal = AbortSignal.abort(reason);
    await expect(toolbox.call({ name: 'echo', arguments: '{}' }, { signal })).rejects.toBe(reason);
  });
});

describe('long outputs', () => {
  test('are cut in the middle by lines, and kept whole', async () => {
    const small = new Toolbox([echo], { outputLimit: 100 });
    const long = { name: 'echo', arguments: '{"path": "0123456789", "lines": 50}' };
    const outcome = await small.call(long, { signal: never });
    expect(outcome.text).toBe(
      `${'0123456789\n'.repeat(4)}[… 462 bytes, 42 lines are left out here …]\n${'0123456789\n'.repeat(4)}`,
    );
    expect(outcome.bytes).toBe(550);
    expect(outcome.whole).toBe('0123456789\n'.repeat(50));
  });

  test.each([
    ['one line without an end', 'x'.repeat(1000)],
    ['characters of several bytes', '猫🐈'.repeat(300)],
    ['one short line, then a long one', `short\n${'é'.repeat(1000)}`],
    ['a long line, then a short one', `${'é'.repeat(1000)}\nshort`],
    ['blank lines', '\n'.repeat(1000)],
  ])('%s: what is left and what is missing add up', (_title, text) => {
    const { text: shown, bytes, cut } = cutInTheMiddle(text, 100);
    const [, head = '', missing = '', tail = ''] =
      /^([^]*?)\n?\[… (\d+) bytes.*? are left out here …\]\n([^]*)$/.exec(shown) ?? [];
    expect(cut).toBe(true);
    expect(bytes).toBe(Buffer.byteLength(text));
    expect(shown).not.toContain('\uFFFD');
    expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
    expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeLessThanOrEqual(106);
    const seam = head.length + (text[head.length] === '\n' && text.startsWith('\n') ? 1 : 0);
    expect(Buffer.byteLength(text.slice(seam, text.length - tail.length))).toBe(Number(missing));
  });

  test('what fits is left alone', () => {
    expect(cutInTheMiddle('é'.repeat(50), 100)).toEqual({
      text: 'é'.repeat(50),
      bytes: 100,
      cut: false,
    });
  });
});

test('models are told of tools by JSON schemas', () => {
  expect(toolbox.specs[0]).toEqual({
    name: 'echo',
    description: 'Says what it was given',
    parameters: {
      type: 'object',
      properties: {
        path: { type: 'string' },
        lines: {
          type: 'integer',
          exclusiveMinimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          default: 3,
        },
      },
      required: ['path'],
    },
  });
});
