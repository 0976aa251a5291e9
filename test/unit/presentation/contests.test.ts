import { describe, expect, it } from 'vitest';
import { candidateCases, testName } from '../../../src/presentation/candidateCases';
import { candidateFacts, spokenCandidates } from '../../../src/presentation/candidateFacts';
import { namedTasks, searchTasks, tasksOfFile } from '../../../src/presentation/candidateTask';
import {
  contestStatement,
  contestTestsPage,
  testCounts,
} from '../../../src/presentation/contestStatement';
import { inlineText } from '../../../src/presentation/markdownText';
import { TaskTree } from '../../../src/presentation/taskTree';
import { contestTask } from '../../support/contestTasks';

const tasks = [
  contestTask(),
  contestTask({ name: '1575_A. Another Sorting Problem', tags: ['sortings'] }),
  contestTask({ name: 'HumanEval/0', dataset: 'HumanEval.jsonl.gz', style: 'program' }),
  contestTask({ name: '4_A. Sum of Two', dataset: 'other (valid)', taskId: '4_A. Sum of Two (2)' }),
];
const names = (found: readonly { readonly taskId: string }[]): readonly string[] =>
  found.map(({ taskId }) => taskId);

describe('a problem as a page', () => {
  it('says its facts, and shows its public tests to copy from', () => {
    const page = contestStatement(contestTask({ inputFile: 'in.txt' }));
    expect(page).toContain('# 4\\_A. Sum of Two');
    expect(page).toContain('| Time limit | 2 s of CPU time |');
    expect(page).toContain('| Memory limit | 256 MB |');
    expect(page).toContain('| Input | file in.txt |');
    expect(page).toContain(
      '### Test 1\n\nInput\n\n```\n1 2\n```\n\nExpected output\n\n```\n3\n```',
    );
  });

  it.each([
    ['a_i and *b*', 'a\\_i and \\*b\\*'],
    ['![x](https://example.org/a.png)', '\\!\\[x\\](https\u2060://example.org/a.png)'],
    ['<img src=x onerror=y> & $z$', '\\<img src=x onerror=y\\> \\& \\$z\\$'],
    ['1. not a list', '1\\. not a list'],
    ['- nor this', '\\- nor this'],
    ['====', '\\===='],
    ['www.example.org, a@b.c', 'www\u2060.example.org, a\u2060@b.c'],
  ])('takes nothing of %j for Markdown', (text, escaped) => {
    expect(inlineText(text)).toBe(escaped);
  });

  it('has headings and bullets where the dataset means them, and lines as they are', () => {
    const statement = 'First line\nsecond line\n\n  * one\n  * two\n\nInput\n\nA number.';
    expect(contestStatement(contestTask({ statement }))).toContain(
      'First line\\\nsecond line\n\n- one\n- two\n\n## Input\n\nA number.',
    );
  });

  it('leaves examples out where they are the public tests, and keeps others as they are printed', () => {
    const examples = 'Sum.\n\nExample\n\nInput\n\n\n1 2\n\n\nOutput\n\n\n3\n\nNote\n\nThat is all.';
    const page = contestStatement(contestTask({ statement: examples }));
    expect(page).not.toContain('## Example');
    expect(page).toContain('## Note\n\nThat is all.');
    const others = contestStatement(contestTask({ statement: examples.replace('1 2', '5  8') }));
    expect(others).toContain('## Input\n\n```\n5  8\n```');
  });

  it('cuts long tests and says so; fences hold whatever stands in them', () => {
    const input = '`'.repeat(5) + '1\n'.repeat(5000);
    const page = contestStatement(contestTask({ publicTests: [{ input, output: '' }] }));
    expect(page).toContain('``````\n`````1');
    expect(page).toMatch(/… 6,\d\d\d more characters/);
  });

  it('tells how many tests there are of each kind, as far as that is known', () => {
    const counts = { public_tests: 1, private_tests: 0, generated_tests: null };
    expect(testCounts({ testCounts: counts })).toBe('1 public');
    const page = contestTestsPage(
      contestTask(),
      'generated_tests',
      Array.from({ length: 60 }, () => ({ input: '1', output: '1' })),
    );
    expect(page).toContain('### Generated test 50');
    expect(page).not.toContain('### Generated test 51');
    expect(page).toContain('10 more tests');
  });

  it('shows a program to be completed as a program', () => {
    const page = contestStatement(
      contestTask({ style: 'program', statement: 'def add(a, b):\n    """*"""\n' }),
    );
    expect(page).toContain('```python\ndef add(a, b):\n    """*"""\n```');
  });
});

describe('the task that a program is for', () => {
  it.each([
    ['# benchyard: 4_A\n', ['4_A. Sum of Two', '4_A. Sum of Two (2)']],
    ['\n// Benchyard: practice/4_A. Sum of Two\n', ['4_A. Sum of Two']],
    ['/* benchyard: other/4_A */', ['4_A. Sum of Two (2)']],
    ['# benchyard: HumanEval.jsonl.gz/HumanEval/0', ['HumanEval/0']],
    ['# benchyard: nothing', []],
  ])('%j names it', (text, found) => {
    expect(names(namedTasks(text, tasks)?.tasks ?? [])).toEqual(found);
  });

  it('is not said by other words, nor far below', () => {
    expect(namedTasks('print("benchyard: 4_A")', tasks)).toBeNull();
    expect(namedTasks(`${'\n'.repeat(60)}# benchyard: 4_A`, tasks)).toBeNull();
  });

  it.each([
    ['/a/1575_A.py', ['1575_A. Another Sorting Problem']],
    ['/a/1575a.cpp', ['1575_A. Another Sorting Problem']],
    ['/1575/A.java', ['1575_A. Another Sorting Problem']],
    ['C:\\b\\another-sorting-problem.py', ['1575_A. Another Sorting Problem']],
    ['/a/HumanEval_0.py', ['HumanEval/0']],
    ['/a/4_A.py', ['4_A. Sum of Two', '4_A. Sum of Two (2)']],
    ['/a/main.py', []],
    ['/a/.py', []],
  ])('%s is named after it', (file, found) => {
    expect(names(tasksOfFile(file, tasks))).toEqual(found);
  });

  it('is found by what is typed, names that begin so first', () => {
    expect(names(searchTasks(tasks, 'so', { limit: 9 }))).toEqual([
      '1575_A. Another Sorting Problem',
    ]);
    expect(names(searchTasks(tasks, 'sum', { limit: 1 }))).toEqual(['4_A. Sum of Two']);
    expect(searchTasks(tasks, '', { limit: 2 })).toHaveLength(2);
  });
});

describe('the tests of a program', () => {
  it('have a verdict, what was measured, and where the program points at', () => {
    const message =
      'exit code 1\nTraceback (most recent call last):\n  File "main.py", line 7, in <module>\n    f()\n  File "/usr/lib/python3/x.py", line 90, in f\nValueError: no';
    const { tests: cases, refused } = candidateCases(
      [
        { id: 'public test 1', outcome: 'passed', duration_s: 0.012, peak_bytes: 9_400_000 },
        {
          id: 'public test 2',
          outcome: 'error',
          status: 'runtime_error',
          duration_s: 0.02,
          message,
          expected: '3',
          actual: '',
        },
        { id: 'public test 3', outcome: 'skipped', status: 'not_run', duration_s: 0 },
      ],
      'PYTHON3',
    );
    expect(refused).toBeNull();
    expect(cases.map(({ name, verdict }) => [name, verdict])).toEqual([
      [testName('public_tests', 0), 'passed'],
      [testName('public_tests', 1), 'runtime_error'],
      [testName('public_tests', 2), 'not_run'],
    ]);
    expect(cases[0]).toMatchObject({ durationMs: 12, memory: '9.4 MB' });
    expect(cases[1]).toMatchObject({ headline: 'Runtime error: exit code 1', line: 7 });
    expect(cases[1]?.details).toMatch(/^Traceback/);
  });

  it('are not there where a compiler said no', () => {
    const { refused, tests: cases } = candidateCases(
      [
        {
          id: 'compile_error',
          outcome: 'error',
          status: 'compile_error',
          duration_s: 0,
          message: 'main.cpp:3:5: error: no such name',
        },
        { id: 'public test 1', outcome: 'skipped', status: 'not_run', duration_s: 0 },
      ],
      'CPP',
    );
    expect(refused).toMatchObject({ headline: 'Compile error', line: 3 });
    expect(cases).toHaveLength(1);
  });
});

describe('candidates in the tree of runs', () => {
  it.each([
    [{ n: 1, c: 1, verdicts: { passed: 1 } }, ['passed'], ['passed']],
    [{ n: 1, c: 0, verdicts: { wrong_answer: 1 } }, ['wrong answer'], ['wrong answer']],
    [
      { n: 10, c: 3, verdicts: { passed: 3, time_limit: 2, wrong_answer: 5 } },
      ['3/10 pass', '5 wrong answer, 2 time limit'],
      ['3 of 10 candidates pass', '5 wrong answer, 2 time limit'],
    ],
  ])('%j', (contest, facts, spoken) => {
    expect(candidateFacts(contest)).toEqual(facts);
    expect(spokenCandidates(contest)).toEqual(spoken);
  });
});

describe('the tree of 13,000 problems', () => {
  it('makes only the nodes that are asked for, in pages', () => {
    const many = Array.from({ length: 13_000 }, (_, n) =>
      contestTask({
        name: `${String(n)}_A. Problem`,
        group: n % 4 === 0 ? 'AtCoder' : 'Codeforces',
      }),
    );
    const tree = new TaskTree(many);
    const [root] = tree.roots;
    if (root === undefined) throw new Error('no root');
    const sites = tree.childrenOf(root);
    expect(sites.map(({ label, description }) => [label, description])).toEqual([
      ['AtCoder', '3,250'],
      ['Codeforces', '9,750'],
    ]);
    const [, codeforces] = sites;
    if (codeforces === undefined) throw new Error('no site');
    expect(tree.childrenOf(codeforces)).toHaveLength(20);
    expect(tree.madeLeavesOf('1_A. Problem')).toEqual([]);
  });
});
