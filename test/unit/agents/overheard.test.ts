import { describe, expect, test } from 'vitest';
import type { AgentStep } from '../../../src/runner/agents/agent';
import { OverheardConversations } from '../../../src/runner/agents/overheard';
import type { Completion } from '../../../src/runner/llm/model';
import type { ChatMessage, ToolCall } from '../../../src/runner/model';
import { noUsage } from '../../../src/runner/model';

function answer(text: string, toolCalls: readonly ToolCall[] = []): Completion {
  return {
    kind: 'answer',
    text,
    reasoning: null,
    toolCalls,
    truncated: false,
    usage: noUsage,
    durationMs: 1,
    attempts: 1,
    cached: false,
  };
}

const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string, calls: ToolCall[] = []): ChatMessage => ({
  role: 'assistant',
  content,
  tool_calls: calls,
});

describe('what is heard of a program’s conversations', () => {
  const told = (steps: readonly AgentStep[]): readonly string[] =>
    steps.map((step) => {
      if (step.kind === 'message') return `${step.role}: ${step.content}`;
      if (step.kind === 'tool') return `${step.tool}: ${step.output}`;
      return step.kind === 'model' ? `model: ${step.text}` : step.kind;
    });

  function listen(): { steps: AgentStep[]; heard: OverheardConversations } {
    const steps: AgentStep[] = [];
    const heard = new OverheardConversations((step) => {
      steps.push(step);
      return Promise.resolve();
    });
    return { steps, heard };
  }

  test('each message once, tools by their names, and the same words again when they are said again', async () => {
    const { steps, heard } = listen();
    const call = { id: 'c1', name: 'sh', arguments: '{"command": "ls"}' };
    const first: ChatMessage[] = [{ role: 'system', content: 'be good' }, user('go on')];
    await heard.asked(first);
    await heard.answered('m', answer(' looking ', [call]));
    const second = [
      ...first,
      assistant('looking', [call]),
      { role: 'tool' as const, tool_call_id: 'c1', content: 'a.py' },
    ];
    await heard.asked(second);
    await heard.answered('m', answer('ok'));
    await heard.asked([...second, assistant('ok'), user('go on')]);
    await heard.answered('m', answer('ok'));
    await heard.asked([...second, assistant('ok'), user('go on'), assistant('ok'), user('end')]);
    expect(told(steps)).toEqual([
      ...['system: be good', 'user: go on', 'model:  looking ', 'sh: a.py', 'model: ok'],
      ...['user: go on', 'model: ok', 'user: end'],
    ]);
    expect(steps[3]).toMatchObject({ arguments: { command: 'ls' }, call_id: 'c1', ok: true });
  });

  test('a shortened or a second conversation repeats nothing', async () => {
    const { steps, heard } = listen();
    const start = [user('a'), user('b'), user('c')];
    await heard.asked(start);
    await heard.asked([user('a'), user('c'), user('d')]);
    await heard.asked([user('a'), user('e')]);
    expect(told(steps)).toEqual(['user: a', 'user: b', 'user: c', 'user: d', 'user: e']);
  });

  test('words that the model never said are told as the program’s', async () => {
    const { steps, heard } = listen();
    await heard.asked([user('q'), assistant('I am an example'), user('q2')]);
    expect(told(steps)[1]).toContain('by the program]\nI am an example');
  });

  test('the tree is looked at once a request and once an answer', async () => {
    const { steps, heard } = listen();
    await heard.asked([user('a'), user('b')]);
    await heard.answered('m', answer('x'));
    expect(steps.map(({ changesFiles }) => changesFiles)).toEqual([false, true, true]);
  });

  test('a long result is shown cut and kept whole', async () => {
    const { steps, heard } = listen();
    const long = 'line\n'.repeat(20_000);
    await heard.asked([
      assistant('', [{ id: 'x', name: 'cat', arguments: 'no json' }]),
      { role: 'tool', tool_call_id: 'x', content: long },
    ]);
    const step = steps.at(-1);
    expect(step).toMatchObject({ arguments: 'no json', output_bytes: long.length, whole: long });
    expect(step?.kind === 'tool' ? step.output.length : 0).toBeLessThan(20_000);
  });
});
