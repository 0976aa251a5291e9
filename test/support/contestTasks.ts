import type { ContestTask } from '../../src/runner/model';

/** A contest problem; what is not said of it is nothing special. */
export function contestTask(more: Partial<ContestTask> = {}): ContestTask {
  const name = more.name ?? '4_A. Sum of Two';
  return {
    benchmark: 'contests',
    taskId: name,
    group: 'Codeforces',
    repo: null,
    ref: null,
    dataset: 'practice',
    version: null,
    difficulty: 'A',
    size: { patchLines: null, tests: 1 },
    source: { file: 'practice.contests.jsonl', line: 1 },
    name,
    style: 'stdin',
    statement: 'Print the sum of two numbers.',
    frame: null,
    publicTests: [{ input: '1 2\n', output: '3\n' }],
    testCounts: { public_tests: 1, private_tests: 1, generated_tests: 0 },
    timeLimitS: 2,
    memoryLimitBytes: 256_000_000,
    inputFile: null,
    outputFile: null,
    origin: 'CODEFORCES',
    tags: ['implementation'],
    rating: 800,
    hasSolution: true,
    content: { file: 'practice.contests.jsonl', row: 1 },
    ...more,
  };
}

/** Rows of a dataset of contest problems, as people write them. */
export const contestRows: readonly Readonly<Record<string, unknown>>[] = [
  {
    name: '4_A. Sum of Two',
    description:
      'Two numbers a_1 and a_2 (1 ≤ a_i ≤ 10^9) are given on a line.\n\n  * Print their *sum*.\n  * Print nothing else, see <image>.\n\nInput\n\nTwo integers.\n\nOutput\n\nTheir sum.\n\nExamples\n\nInput\n\n1 2\n\n\nOutput\n\n3\n\nInput\n\n10 -4\n\n\nOutput\n\n6\n\nNote\n\nSee ![a picture](https://example.org/a.png) and <script>alert(1)</script>.',
    public_tests: { input: ['1 2\n', '10 -4\n'], output: ['3\n', '6\n'] },
    private_tests: { input: ['0 0\n', '7 8\n'], output: ['0\n', '15\n'] },
    generated_tests: { input: ['1000000000 1\n'], output: ['1000000001\n'] },
    solutions: { language: [3], solution: ['print(sum(map(int, input().split())))\n'] },
    incorrect_solutions: { language: [], solution: [] },
    source: 2,
    difficulty: 7,
    cf_rating: 800,
    cf_tags: ['implementation', 'math'],
    time_limit: { seconds: 2, nanos: 0 },
    memory_limit_bytes: 256_000_000,
  },
  {
    name: 'Longest Line',
    description: 'Print the length of the longest of n lines.',
    public_tests: { input: ['2\nab\nabc\n'], output: ['3\n'] },
    private_tests: { input: [], output: [] },
    generated_tests: { input: [], output: [] },
    solutions: { language: [], solution: [] },
    incorrect_solutions: { language: [], solution: [] },
    source: 6,
    difficulty: 0,
  },
];
