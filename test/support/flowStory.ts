import { writeFile } from 'node:fs/promises';

/** A problem whose first program is wrong at negative numbers, as the story below tells it. */
export const largest = {
  name: 'largest',
  description:
    'Print the largest of n numbers.\n\nInput\n\nThe first line has n (0 ≤ n ≤ 1000), the second n integers.\n\nOutput\n\nThe largest of them, or none when there is none.',
  public_tests: { input: ['3\n1 2 3\n', '2\n-5 -2\n'], output: ['3\n', '-2\n'] },
  private_tests: { input: ['4\n4 4 9 1\n', '0\n\n'], output: ['9\n', 'none\n'] },
  generated_tests: { input: ['1\n-1\n'], output: ['-1\n'] },
  solutions: { language: [], solution: [] },
  incorrect_solutions: { language: [], solution: [] },
};

const read = 'numbers = list(map(int, open(0).read().split()))[1:]\n';

/** The programs of the story. */
export const programs = {
  /** Forgets that all numbers may be negative. */
  fromZero: `${read}best = 0\nfor number in numbers:\n    if number > best:\n        best = number\nprint(best)\n`,
  /** Mends that, and breaks what passed. */
  last: `${read}print(min(numbers) if min(numbers) > 0 else numbers[-1])\n`,
  /** Right but for no numbers at all. */
  max: `${read}print(max(numbers))\n`,
  /** Right. */
  right: `${read}print(max(numbers) if numbers else 'none')\n`,
  /** Bends itself to a wrong test. */
  sum: `${read}print(sum(numbers) if numbers else 'none')\n`,
} as const;

export const reflection = [
  'reflection:',
  '- the largest of n numbers',
  '- edge: n may be 0',
  'tests:',
  '- input: |',
  '    3',
  '    1 2 3',
  '  explanation: 3 is the largest',
].join('\n');

export const solutions = [
  'solutions:',
  '- name: Brute force',
  '  outline: compare all pairs',
  '- name: Sort',
  '  outline: sort, take the last',
  '- name: Running maximum',
  '  outline: one pass',
  '  complexity: O(n)',
].join('\n');

export const choice = 'name: Running maximum\nwhy: simple: one pass\nflow:\n- read\n- one pass\n';

/** The last one is wrong. */
export const aiTests = [
  'tests:',
  '- input: |',
  '    1',
  '    7',
  '  output: |',
  '    7',
  '- input: |',
  '    0',
  '  output: |',
  '    none',
  '- input: |',
  '    2',
  '    4 5',
  '  output: |',
  '    9',
].join('\n');

export function codeAnswer(code: string, analysis = 'it is wrong'): string {
  const block = code.replace(/^(?=.)/gm, '  ');
  return `analysis: |\n  ${analysis}\ncode: |\n${block}`;
}

/** What a model says to all questions of the flow: a test that fails, a fix that breaks, one that helps, anchors. */
export const story: readonly string[] = [
  `Sure, here it is:\n\n\`\`\`yaml\n${reflection}\n\`\`\`\n`,
  solutions,
  choice,
  aiTests,
  codeAnswer(programs.fromZero),
  codeAnswer(programs.fromZero),
  codeAnswer(programs.last, 'the last one'),
  codeAnswer(programs.max, 'it begins at 0'),
  codeAnswer(programs.right, 'there may be no numbers'),
  codeAnswer(programs.sum, 'they are added'),
];

/** Answers as a script for `scripted:FILE`. */
export async function writeScript(file: string, answers: readonly string[]): Promise<string> {
  await writeFile(file, answers.map((text) => `${JSON.stringify({ text })}\n`).join(''));
  return `scripted:${file}`;
}
