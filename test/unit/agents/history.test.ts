import { describe, expect, test } from 'vitest';
import { History } from '../../../src/runner/agents/history';
import type { ChatMessage } from '../../../src/runner/model';

function turn(n: number, output: string): readonly ChatMessage[] {
  const id = `call_${String(n)}`;
  return [
    {
      role: 'assistant',
      content: `turn ${String(n)}`,
      tool_calls: [{ id, name: 'shell', arguments: '{}' }],
    },
    { role: 'tool', tool_call_id: id, content: output },
  ];
}

function conversation(turns: number, output: string): History {
  const history = new History({ window: 11_000, answer: 1000 });
  history.add({ role: 'system', content: 'the rules' });
  history.add({ role: 'user', content: 'the task' });
  for (let n = 0; n < turns; n += 1) for (const message of turn(n, output)) history.add(message);
  return history;
}

/** What every model insists on. */
function expectEveryCallAnswered(messages: readonly ChatMessage[]): void {
  const asked = messages.flatMap((message) =>
    message.role === 'assistant' ? message.tool_calls.map(({ id }) => id) : [],
  );
  const answered = messages.flatMap((message) =>
    message.role === 'tool' ? [message.tool_call_id] : [],
  );
  expect(answered).toEqual(asked);
}

describe('history', () => {
  test('stays as it is while it fits', () => {
    const history = conversation(5, 'short');
    const before = history.messages;
    expect(history.fit()).toBe(false);
    expect(history.messages).toBe(before);
  });

  test('leaves out the outputs of earlier calls first and keeps the latest whole', () => {
    const history = conversation(12, 'x'.repeat(4000));
    expect(history.fit()).toBe(true);
    const { messages } = history;
    expect(messages).toHaveLength(2 + 24);
    expect(messages[3]?.content).toContain('left out');
    expect(messages.at(-1)?.content).toBe('x'.repeat(4000));
    expectEveryCallAnswered(messages);
    expect(history.fit()).toBe(false);
  });

  test('leaves out whole turns when that is not enough, never what was told at the beginning', () => {
    const history = new History({ window: 11_000, answer: 1000 });
    history.add({ role: 'system', content: 'the rules' });
    history.add({ role: 'user', content: 'the task' });
    for (let n = 0; n < 40; n += 1) {
      const [call, output] = turn(n, 'done');
      if (call !== undefined) history.add({ ...call, content: 'thoughts '.repeat(200) });
      if (output !== undefined) history.add(output);
    }
    expect(history.fit()).toBe(true);
    const { messages } = history;
    expect(messages.slice(0, 2).map(({ content }) => content)).toEqual(['the rules', 'the task']);
    expect(messages.length).toBeLessThan(50);
    expect(messages.at(-1)).toMatchObject({ role: 'tool', tool_call_id: 'call_39' });
    expectEveryCallAnswered(messages);
  });

  test("believes the model's own count over its estimate", () => {
    const history = conversation(5, 'x'.repeat(4000));
    expect(history.fit()).toBe(false);
    history.counted(20_000);
    expect(history.fit()).toBe(true);
  });

  test('is shortened when the model says that it is too long, until nothing is left to shorten', () => {
    const history = conversation(5, 'x'.repeat(400));
    expect(history.fit({ harder: true })).toBe(true);
    const tiny = new History({ window: 11_000, answer: 1000 });
    tiny.add({ role: 'system', content: 'the rules' });
    tiny.add({ role: 'user', content: 'a task that is too long by itself' });
    expect(tiny.fit({ harder: true })).toBe(false);
  });
});
