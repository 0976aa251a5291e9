import { describe, expect, it } from 'vitest';
import {
  cleanOutput,
  exceptionIn,
  programRun,
} from '../../../../src/runner/agents/aide/programRun';
import type { ExecResult } from '../../../../src/runner/sandbox/sandbox';

function ended(more: Partial<ExecResult>): Parameters<typeof programRun>[0] {
  return { cause: 'exited', exitCode: 0, signal: null, durationMs: 1500, ...more };
}

const traceback = [
  'Traceback (most recent call last):',
  '  File "/home/code/solution.py", line 3, in <module>',
  '    rows["x"]',
  "KeyError: 'x'",
].join('\n');

describe('how a program ended', () => {
  it.each([
    ['well', ended({}), 'done\n', null],
    ['well, with a warning about a caught error', ended({}), `${traceback}\ndone\n`, null],
    ['by an exception', ended({ exitCode: 1 }), traceback, 'KeyError'],
    ['by itself', ended({ exitCode: 3 }), 'no data\n', 'SystemExit'],
    ['at its limit', ended({ cause: 'timeout', exitCode: null }), '', 'TimeoutError'],
    ['for memory', ended({ cause: 'oom', exitCode: null }), '', 'MemoryError'],
    ['by a flood', ended({ cause: 'output_limit', exitCode: null }), '', 'OutputError'],
    [
      'by a signal',
      ended({ cause: 'signalled', exitCode: null, signal: 'SIGSEGV' }),
      '',
      'SIGSEGV',
    ],
  ])('%s', (_, exec, output, excType) => {
    const run = programRun(exec, output, { limitMs: 60_000 });
    expect(run).toMatchObject({ excType, execTime: 1.5 });
  });

  it('says why it was stopped at the end of its output', () => {
    const exec = ended({ cause: 'timeout', exitCode: null });
    expect(programRun(exec, 'epoch 1', { limitMs: 90_000 }).termOut).toBe(
      'epoch 1\n[stopped: it ran for its limit of 90 s]\n',
    );
  });

  it('keeps beginning and end of a long output', () => {
    const lines = Array.from({ length: 10_000 }, (_, n) => `line ${String(n)}`).join('\n');
    const { termOut } = programRun(ended({}), lines, { limitMs: 1 });
    expect(Buffer.byteLength(termOut)).toBeLessThan(17 * 1024);
    expect(termOut).toMatch(/^line 0\n/);
    expect(termOut).toMatch(/line 9999$/);
  });
});

describe('the exception of a traceback', () => {
  it('has no module, and is the last of a chain', () => {
    const chain = `${traceback}\n\nDuring handling of the above exception, another exception occurred:\n\n${traceback.replace('KeyError', 'pandas.errors.ParserError')}`;
    expect(exceptionIn(chain)).toBe('ParserError');
  });

  it('is found where its message has lines of its own, and where it has none', () => {
    expect(exceptionIn(`${traceback}\nmore: text\nValueError: no\n`)).toBe('KeyError');
    expect(exceptionIn(traceback.replace(": 'x'", ''))).toBe('KeyError');
  });

  it('is found where Python cannot read the program', () => {
    const unread =
      '  File "/home/code/solution.py", line 1\n    x =\n        ^\nSyntaxError: invalid syntax\n';
    expect(exceptionIn(unread)).toBe('SyntaxError');
  });
});

describe('output as a terminal shows it', () => {
  it('has no colours, and the last state of a progress bar', () => {
    expect(cleanOutput('\u001b[31mred\u001b[0m\r\n')).toBe('red\n');
    expect(cleanOutput(' 10%\r 50%\r100%\nnext\n')).toBe('100%\nnext\n');
    expect(cleanOutput(' 10%\r 50%\r')).toBe(' 50%');
    expect(cleanOutput('plain')).toBe('plain');
  });
});
