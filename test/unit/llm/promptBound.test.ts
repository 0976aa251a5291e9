import { describe, expect, test } from 'vitest';
import { PromptBound } from '../../../src/runner/llm/promptBound';
import { instructions } from '../../../src/runner/llm/textProtocol';
import type { ChatMessage } from '../../../src/runner/model';
import { ask, shellTool } from '../../support/models';

const said = (content: string): ChatMessage => ({ role: 'user', content });
const long = said('x'.repeat(10_000));
const more = said('y'.repeat(500));

describe('an upper bound of the tokens of a request', () => {
  test('is its bytes and more, as long as nothing is known', () => {
    expect(new PromptBound().of(ask('ü'.repeat(100)))).toBeGreaterThan(200);
  });

  test('counts only what is new in a conversation that was answered', () => {
    const bound = new PromptBound();
    bound.learn({ ...ask(''), messages: [long] }, 2500);
    const next = bound.of({ ...ask(''), messages: [long, more] });
    expect(next).toBeGreaterThan(3000);
    expect(next).toBeLessThan(3100);
  });

  test('knows messages by what they say', () => {
    const bound = new PromptBound();
    bound.learn({ ...ask(''), messages: [long] }, 2500);
    expect(bound.of({ ...ask(''), messages: [{ ...long }] })).toBe(2500);
  });

  test('does not grow when messages are left out, and takes none for two', () => {
    const bound = new PromptBound();
    bound.learn({ ...ask(''), messages: [long, more] }, 2600);
    expect(bound.of({ ...ask(''), messages: [long] })).toBe(2600);
    expect(bound.of({ ...ask(''), messages: [long, more, long] })).toBeGreaterThan(12_000);
  });

  test('remembers several conversations', () => {
    const bound = new PromptBound();
    bound.learn({ ...ask(''), messages: [long] }, 2500);
    bound.learn({ ...ask(''), messages: [more] }, 120);
    expect(bound.of({ ...ask(''), messages: [long] })).toBe(2500);
    expect(bound.of({ ...ask(''), messages: [more] })).toBe(120);
  });

  test('counts tools that it did not know', () => {
    const bound = new PromptBound();
    bound.learn({ ...ask(''), messages: [long] }, 2500);
    const withTool = { ...ask(''), messages: [long], tools: [shellTool] };
    expect(bound.of(withTool)).toBeGreaterThan(2500 + JSON.stringify([shellTool]).length);
    bound.learn(withTool, 2600);
    expect(bound.of({ ...withTool, tools: [{ ...shellTool }] })).toBe(2600);
  });

  test('covers what is said of tools that are called in text', () => {
    for (const tools of [[shellTool], Array.from({ length: 20 }, () => shellTool)]) {
      const request = { ...ask(''), messages: [], tools };
      expect(new PromptBound().of(request)).toBeGreaterThan(Buffer.byteLength(instructions(tools)));
    }
  });
});
