import { describe, expect, test } from 'vitest';
import { splitThinking, StreamedAnswer } from '../../../src/runner/llm/openaiStream';

function receive(deltas: readonly object[], rest: object = {}): StreamedAnswer {
  const answer = new StreamedAnswer(() => undefined);
  for (const delta of deltas) answer.add({ choices: [{ delta }] });
  answer.add({ choices: [{ delta: {}, finish_reason: 'stop' }], ...rest });
  return answer;
}

const call = (parts: object) => ({ tool_calls: [parts] });

describe('tool calls', () => {
  const two = [
    { id: 'a', name: 'one', arguments: '{"x":1}' },
    { id: 'b', name: 'two', arguments: '{"y":2}' },
  ];

  test.each([
    [
      'numbered, in turns',
      [
        call({ index: 0, id: 'a', function: { name: 'one', arguments: '' } }),
        call({ index: 1, id: 'b', function: { name: 'two', arguments: '' } }),
        call({ index: 0, function: { arguments: '{"x"' } }),
        call({ index: 1, function: { arguments: '{"y"' } }),
        call({ index: 0, function: { arguments: ':1}' } }),
        call({ index: 1, function: { arguments: ':2}' } }),
      ],
    ],
    [
      'all numbered 0, each whole',
      [
        call({ index: 0, id: 'a', function: { name: 'one', arguments: '{"x":1}' } }),
        call({ index: 0, id: 'b', function: { name: 'two', arguments: '{"y":2}' } }),
      ],
    ],
    [
      'without numbers',
      [
        call({ id: 'a', function: { name: 'one', arguments: '{"x"' } }),
        call({ function: { arguments: ':1}' } }),
        call({ id: 'b', function: { name: 'two', arguments: '{"y":2}' } }),
      ],
    ],
    [
      'with name and id in every part',
      [
        call({ index: 0, id: 'a', function: { name: 'one', arguments: '{"x"' } }),
        call({ index: 0, id: 'a', function: { name: 'one', arguments: ':1}' } }),
        call({ index: 1, id: 'b', function: { name: 'two', arguments: '{"y":2}' } }),
      ],
    ],
    [
      'in one part',
      [
        {
          tool_calls: [
            { index: 0, id: 'a', function: { name: 'one', arguments: '{"x":1}' } },
            { index: 1, id: 'b', function: { name: 'two', arguments: '{"y":2}' } },
          ],
        },
      ],
    ],
  ])('%s', (_, deltas) => {
    expect(receive(deltas).toolCalls('call')).toEqual(two);
  });

  test('have an id each, whatever the server says', () => {
    const answer = receive([
      call({ index: 0, function: { name: 'one', arguments: '{}' } }),
      call({ index: 1, id: 'x', function: { name: 'two', arguments: '{}' } }),
      call({ index: 2, id: 'x', function: { name: 'three' } }),
    ]);
    expect(answer.toolCalls('call_7')).toEqual([
      { id: 'call_7_0', name: 'one', arguments: '{}' },
      { id: 'x', name: 'two', arguments: '{}' },
      { id: 'call_7_2', name: 'three', arguments: '{}' },
    ]);
  });
});

describe('usage', () => {
  test.each([
    ['nobody says', null, null],
    ['plain', { prompt_tokens: 10, completion_tokens: 5 }, [10, 0, 5, 0]],
    [
      'with details',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        prompt_tokens_details: { cached_tokens: 8 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
      [10, 8, 5, 3],
    ],
    ['Moonshot', { prompt_tokens: 10, completion_tokens: 5, cached_tokens: 4 }, [10, 4, 5, 0]],
    [
      'DeepSeek',
      { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 4 },
      [10, 4, 5, 0],
    ],
    [
      'reasoning beside the completion',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 115,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      [10, 0, 105, 100],
    ],
    ['nonsense', { prompt_tokens: 'many' }, null],
  ])('%s', (_, wire, tokens) => {
    const { usage } = receive([{ content: 'a' }], { usage: wire });
    expect(
      usage && [
        usage.prompt_tokens,
        usage.cached_tokens,
        usage.completion_tokens,
        usage.reasoning_tokens,
      ],
    ).toEqual(tokens);
  });

  test('counts once where every part has it so far', () => {
    const answer = new StreamedAnswer(() => undefined);
    for (const completion of [1, 2, 3])
      answer.add({
        choices: [{ delta: { content: 'a' } }],
        usage: { prompt_tokens: 10, completion_tokens: completion },
      });
    expect(answer.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 3 });
  });
});

test('parts that say nothing of use do no harm', () => {
  const answer = receive([{}, { content: null }, { role: 'assistant' }, { tool_calls: null }]);
  answer.add({ choices: [] });
  answer.add({});
  expect(answer).toMatchObject({ text: '', finish: 'stop' });
  expect(answer.toolCalls('call')).toEqual([]);
});

test('what is no part of an answer is an error, so that the stream counts as broken', () => {
  expect(() => {
    receive([], { choices: 'none' });
  }).toThrow();
});

test.each([
  ['<think>\nHm.\n</think>\n\nYes.', '', 'Yes.', 'Hm.'],
  ['<think>Hm, but', '', '', 'Hm, but'],
  ['Yes. <think>no</think>', '', 'Yes. <think>no</think>', ''],
  ['<think>a</think>b', 'said apart', '<think>a</think>b', 'said apart'],
])('thoughts in the text are told apart: %j', (text, reasoning, rest, thoughts) => {
  expect(splitThinking({ text, reasoning })).toEqual({ text: rest, reasoning: thoughts });
});
