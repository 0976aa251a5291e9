import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import type { ToolHost } from '../../../src/agentTools/index';
import { callTool } from '../../../src/agentTools/index';
import { cutMiddle, defineTool, inputSchemaOf } from '../../../src/agentTools/agentTool';
import { RunnerError } from '../../../src/runner/model';

// The tools of these tests reach nothing of it.
const host = {} as ToolHost;
const { signal } = new AbortController();

function toolThat(act: (n: number) => string): ReturnType<typeof defineTool> {
  return defineTool({
    name: 'benchyard_double',
    title: 'Double',
    description: 'Doubles a number.',
    readOnly: true,
    input: z.strictObject({ n: z.int().default(1).describe('The number') }),
    call: ({ n }) => Promise.resolve({ ok: true, text: act(n) }),
  });
}

describe('a call from outside', () => {
  const double = toolThat((n) => String(2 * n));

  it('is parsed: defaults are filled in', async () => {
    expect(await callTool(double, { n: 4 }, { host, signal })).toEqual({ ok: true, text: '8' });
    expect(await callTool(double, undefined, { host, signal })).toEqual({ ok: true, text: '2' });
  });

  it.each<[unknown, RegExp]>([
    [{ n: 'four' }, /benchyard_double do not fit:[^]*n/],
    [{ m: 4 }, /m/],
    ['n=4', /object/],
  ])('with the arguments %j is answered by what is wrong', async (args, words) => {
    const answer = await callTool(double, args, { host, signal });
    expect(answer.ok).toBe(false);
    expect(answer.text).toMatch(words);
  });

  it('that finds nothing is an answer; a defect is not', async () => {
    const absent = toolThat(() => {
      throw new RunnerError('not-found', 'There is no such run.');
    });
    expect(await callTool(absent, {}, { host, signal })).toEqual({
      ok: false,
      text: 'There is no such run.',
    });
    const broken = toolThat(() => {
      throw new TypeError('a defect');
    });
    await expect(callTool(broken, {}, { host, signal })).rejects.toThrow('a defect');
  });

  it('that is cancelled rejects with the reason', async () => {
    const reason = new Error('enough');
    const late = toolThat(() => {
      throw new RunnerError('not-found', 'too late');
    });
    await expect(callTool(late, {}, { host, signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
  });

  it('is described by a schema of what may be written', () => {
    expect(inputSchemaOf(double)).toEqual({
      type: 'object',
      properties: {
        n: expect.objectContaining({ type: 'integer', default: 1 }) as unknown,
      },
      additionalProperties: false,
    });
  });
});

describe('a long text', () => {
  it('keeps its beginning and its end, and says how much is left out', () => {
    expect(cutMiddle('short', 10)).toBe('short');
    expect(cutMiddle('abcdefghij0123456789', 8)).toBe('abcd\n[… 12 characters left out …]\n6789');
  });
});
