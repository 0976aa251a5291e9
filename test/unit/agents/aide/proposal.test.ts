import { describe, expect, it } from 'vitest';
import { readProposal } from '../../../../src/runner/agents/aide/proposal';

function read(text: string, { truncated = false } = {}): ReturnType<typeof readProposal> {
  return readProposal({ text, truncated }, { maxTokens: 100 });
}

function proposed(plan: string, code: string): object {
  return { ok: true, value: { plan, code } };
}

describe('plan and program of an answer', () => {
  it('are the prose and the block', () => {
    expect(read('A forest.\n\n```python\nimport os\nprint(1)\n```\n')).toEqual(
      proposed('A forest.', 'import os\nprint(1)\n'),
    );
    expect(read('```py\nprint(1)\n```\nA forest.')).toEqual(proposed('A forest.', 'print(1)\n'));
    expect(read('A forest.\r\n~~~python3\r\nprint(1)\r\n~~~')).toEqual(
      proposed('A forest.', 'print(1)\n'),
    );
  });

  it('leave out blocks of other languages and take the longest program', () => {
    const answer = [
      'First see:',
      '```bash\npip install something-long-that-is-longer-than-the-program\n```',
      'A snippet: `x`',
      '```python\nx = 1\n```',
      'Then',
      '```python\nimport os\nprint(os.name)\n```',
    ].join('\n');
    const result = read(answer);
    expect(result).toMatchObject({ ok: true, value: { code: 'import os\nprint(os.name)\n' } });
  });

  it('are found in a block without a language, in an indented one and in one without an end', () => {
    expect(read('Plan.\n```\nimport os\n```')).toEqual(proposed('Plan.', 'import os\n'));
    expect(read('Plan.\n  ```python\n  if 1:\n      print(1)\n  ```')).toEqual(
      proposed('Plan.', 'if 1:\n    print(1)\n'),
    );
    expect(read('Plan.\n```python\nprint(1)')).toEqual(proposed('Plan.', 'print(1)\n'));
  });

  it('keep fences that are shorter than the block’s own', () => {
    const code = 'text = """\n```\n"""\nprint(text)';
    expect(read(`Plan.\n\`\`\`\`python\n${code}\n\`\`\`\``)).toEqual(
      proposed('Plan.', `${code}\n`),
    );
  });

  it('are not looked for in what the model thought', () => {
    const answer =
      '<think>maybe\n```python\nimport wrong_and_much_longer\n```\n</think>\nPlan.\n```python\nprint(1)\n```';
    expect(read(answer)).toEqual(proposed('Plan.', 'print(1)\n'));
  });

  it('may be a program alone', () => {
    expect(read('import os\nprint(os.name)')).toEqual(proposed('', 'import os\nprint(os.name)\n'));
  });

  it('are shortened where the prose is no plan any more', () => {
    const result = read(`${'word '.repeat(5000)}\n\`\`\`python\nprint(1)\n\`\`\``);
    expect(result.ok && result.value.plan.length).toBeLessThan(5000);
  });

  it.each([
    ['no program', 'I would start with a forest.', false, /no program in it/],
    ['text in a block', 'See\n```text\nimport os\n```', false, /no program in it/],
    ['an empty program', 'Plan.\n```python\n# later\n\n```', false, /is empty/],
    ['a program that was cut off', 'Plan.\n```python\nimport os\n', true, /cut off at 100 tokens/],
    ['prose that was cut off', 'First I', true, /cut off at 100 tokens/],
  ])('are missing in %s, with the reason', (_, text, truncated, problem) => {
    expect(read(text, { truncated })).toEqual({
      ok: false,
      problem: expect.stringMatching(problem) as string,
    });
  });

  it('are whole where only what follows was cut off', () => {
    expect(read('Plan.\n```python\nprint(1)\n```\nAnd', { truncated: true })).toEqual(
      proposed('Plan.', 'print(1)\n'),
    );
  });
});
