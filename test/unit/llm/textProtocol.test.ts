import { describe, expect, test } from 'vitest';
import { asTexts, parseText } from '../../../src/runner/llm/textProtocol';
import { withTextTools } from '../../../src/runner/llm/withTextTools';
import type { ChatMessage } from '../../../src/runner/model';
import { answered, ask, failed, modelOf, shellTool } from '../../support/models';
import { never } from '../../support/temp';

const tools = [
  shellTool,
  {
    name: 'edit',
    description: 'Replaces text.',
    parameters: {
      type: 'object',
      properties: { path: { type: 'string' }, new_text: { type: 'string' } },
      required: ['path', 'new_text'],
    },
  },
];
const fence = '```';

describe('an answer', () => {
  test.each([
    ['JSON', `${fence}tool shell\n{"command": "ls"}\n${fence}`, '{"command": "ls"}'],
    ['the text itself', `${fence}tool shell\nls -l\npwd\n${fence}`, '{"command":"ls -l\\npwd"}'],
    ['a forgotten end', `${fence}tool shell\nls`, '{"command":"ls"}'],
    ['tildes', `~~~tool shell\nls\n~~~`, '{"command":"ls"}'],
    [
      'a longer fence around another',
      `${fence}\`tool shell\ncat <<X\n${fence}\nX\n${fence}\``,
      JSON.stringify({ command: `cat <<X\n${fence}\nX` }),
    ],
    [
      'the name inside',
      `${fence}tool\n{"name": "shell", "arguments": {"command": "ls"}}\n${fence}`,
      '{"command":"ls"}',
    ],
    ['nothing', `${fence}tool shell\n${fence}`, '{}'],
  ])('calls a tool with %s', (_, text, args) => {
    expect(parseText(`First I look.\n\n${text}`, tools)).toEqual({
      text: 'First I look.',
      calls: [{ name: 'shell', arguments: args }],
    });
  });

  test('may call several tools, also unknown ones', () => {
    const text = `a\n${fence}tool shell\nls\n${fence}\nb\n${fence}tool fly\n{"to": "moon"}\n${fence}\nc`;
    expect(parseText(text, tools)).toEqual({
      text: 'a\nb\nc',
      calls: [
        { name: 'shell', arguments: '{"command":"ls"}' },
        { name: 'fly', arguments: '{"to": "moon"}' },
      ],
    });
  });

  test('keeps other fences as text', () => {
    const text = `Look:\n${fence}python\nprint()\n${fence}\n${fence}tools\nx\n${fence}`;
    expect(parseText(text, tools)).toEqual({ text, calls: [] });
  });

  test('with broken arguments is a call all the same, so that the model is told what is wrong', () => {
    expect(parseText(`${fence}tool edit\n{"path": "a", \n${fence}`, tools).calls).toEqual([
      { name: 'edit', arguments: '{"path": "a", ' },
    ]);
  });
});

describe('a conversation in text', () => {
  const call = { id: 'c1', name: 'shell', arguments: '{"command":"ls"}' };
  const messages: readonly ChatMessage[] = [
    { role: 'system', content: 'Be good.' },
    { role: 'user', content: 'Fix it.' },
    { role: 'assistant', content: 'I look.', tool_calls: [call, { ...call, id: 'c2' }] },
    { role: 'tool', tool_call_id: 'c1', content: 'a.py' },
    { role: 'tool', tool_call_id: 'c2', content: 'b.py' },
    { role: 'user', content: 'Hurry.' },
  ];

  test('knows no tool messages; speakers take turns', () => {
    const texts = asTexts(messages, tools);
    expect(texts.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(texts[0]?.content).toContain('Be good.');
    expect(texts[0]?.content).toContain('Runs a command.');
    expect(texts[3]?.content).toBe('Result of shell:\na.py\n\nResult of shell:\nb.py\n\nHurry.');
    expect(JSON.stringify(texts)).not.toContain('tool_call_id');
  });

  test('shows earlier calls as the model has to write them', () => {
    const [, , said] = asTexts(messages, tools);
    expect(parseText(said?.content ?? '', tools)).toEqual({
      text: 'I look.',
      calls: [
        { name: 'shell', arguments: call.arguments },
        { name: 'shell', arguments: call.arguments },
      ],
    });
  });

  test('has the tools explained also without a system prompt', () => {
    const texts = asTexts([{ role: 'user', content: 'Fix it.' }], tools);
    expect(texts.map(({ role }) => role)).toEqual(['system', 'user']);
  });
});

describe('a model without tools', () => {
  test('is told in text from the first refusal on', async () => {
    const offered: number[] = [];
    const model = withTextTools(
      modelOf((request) => {
        offered.push(request.tools.length);
        return request.tools.length > 0
          ? failed('tools are not supported', { toolsRefused: true })
          : answered(`${fence}tool shell\nls\n${fence}`);
      }),
      { mode: 'auto' },
    );
    const request = ask('go', { tools });
    const first = await model.complete(request, { signal: never });
    expect(first).toMatchObject({
      kind: 'answer',
      text: '',
      toolCalls: [{ name: 'shell', arguments: '{"command":"ls"}' }],
      attempts: 2,
    });
    expect(await model.complete(request, { signal: never })).toMatchObject({ attempts: 1 });
    expect(offered).toEqual([2, 0, 0]);
  });

  test('calls have ids of their own within a conversation', async () => {
    const model = withTextTools(
      modelOf(() => answered(`${fence}tool shell\nls\n${fence}\n${fence}tool shell\nls\n${fence}`)),
      { mode: 'text' },
    );
    const ids = new Set<string>();
    for (const messages of [1, 2]) {
      const { role, content } = { role: 'user', content: 'go' } as const;
      const completion = await model.complete(
        ask('', { tools, messages: Array.from({ length: messages }, () => ({ role, content })) }),
        { signal: never },
      );
      if (completion.kind === 'answer') for (const { id } of completion.toolCalls) ids.add(id);
    }
    expect(ids.size).toBe(4);
  });
});
