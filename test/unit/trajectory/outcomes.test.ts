import { describe, expect, it } from 'vitest';
import type { AgentStep } from '../../../src/runner/agents/agent';
import type { OutcomeStep } from '../../../src/runner/model';
import { stepSummarySchema, trajectoryStepSchema } from '../../../src/runner/model';
import { summaryOf } from '../../../src/runner/run/stepSummary';
import { stepMarkdown } from '../../../src/runner/trajectory/markdown';

const outcome: OutcomeStep = {
  kind: 'outcome',
  content: 'The last one is left out.',
  code: { language: 'PYTHON3', source: 'print("```")\n' },
  previous: { language: 'PYTHON3', source: 'print()\n' },
  tests: [
    {
      name: 'public test 1',
      verdict: 'passed',
      input: '',
      expected: '1',
      actual: '1',
      message: null,
      anchor: true,
    },
    {
      name: 'AI test 1',
      verdict: 'time_limit',
      input: '',
      expected: null,
      actual: null,
      message: null,
      anchor: false,
    },
  ],
  decision: 'reverted',
  detail: 'it fails what passed before',
};
const flow = { stage: 'ai', title: 'Fixes on AI tests', iteration: 2 };
const line = { v: 1, step: 7, time: '2026-01-31T08:05:09.000Z', agent: null, tree: null } as const;

describe('outcomes of stages', () => {
  it('are told in one line', () => {
    const told = (step: OutcomeStep, place = flow): string =>
      summaryOf({ ...step, flow: place } satisfies AgentStep).summary;
    expect(told(outcome)).toBe(
      'Fixes on AI tests 2: reverted, 1 of 2 tests passed: it fails what passed before',
    );
    const plain: OutcomeStep = { ...outcome, tests: [], detail: null, decision: 'kept' };
    expect(told(plain)).toBe('Fixes on AI tests 2: kept: The last one is left out.');
    expect(summaryOf({ ...plain, content: '' }).summary).toBe('outcome: kept');
    expect(summaryOf({ ...plain, decision: 'fallback' }).ok).toBe(false);
    expect(summaryOf(outcome)).toMatchObject({ kind: 'outcome', ok: true, usage: null });
  });

  it('are sections of the exported Markdown, whatever the program holds', () => {
    const step = trajectoryStepSchema.parse({ ...line, flow, ...outcome });
    expect(stepMarkdown(step)).toBe(
      [
        '## 7. Outcome: reverted (Fixes on AI tests 2)',
        '> it fails what passed before',
        '> The last one is left out.',
        '````PYTHON3\nprint("```")\n````',
        '- `public test 1` (anchor): passed\n- `AI test 1`: time_limit',
      ].join('\n\n'),
    );
  });

  it('need not be there: steps of earlier versions say no place in a plan', () => {
    const old = { ...line, kind: 'message', role: 'user', content: 'Go' };
    expect(trajectoryStepSchema.parse(old)).toEqual(old);
    const summary = {
      ...{ step: 7, time: line.time, kind: 'message', summary: 'user: Go', agent: null },
      ...{ tree: null, tool: null, ok: true, duration_s: 0, usage: null, offset: 0, bytes: 10 },
    };
    expect(stepSummarySchema.parse(summary)).toEqual(summary);
  });
});
