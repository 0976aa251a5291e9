import type { AgentStep } from '../../src/runner/agents/agent';
import type { FlowTest, OutcomeStep } from '../../src/runner/model';
import { said } from './trajectories';

const wrong = 'a, b = map(int, input().split())\nprint(a - b)\n';
const right = 'a, b = map(int, input().split())\nprint(a + b)\n';
const broken = 'a, b = map(int, input().split())\nprint(abs(a + b))\n';

function code(source: string): { readonly language: string; readonly source: string } {
  return { language: 'PYTHON3', source };
}

export function flowTest(name: string, more: Partial<FlowTest> = {}): FlowTest {
  return {
    name,
    verdict: 'passed',
    input: '1 2\n',
    expected: '3\n',
    actual: '3\n',
    message: null,
    anchor: false,
    ...more,
  };
}

/** What a stage came to. */
export function outcome(
  flow: NonNullable<AgentStep['flow']>,
  more: Partial<OutcomeStep> = {},
): AgentStep {
  return {
    kind: 'outcome',
    flow,
    content: '',
    code: null,
    previous: null,
    tests: [],
    decision: 'kept',
    detail: null,
    ...more,
  };
}

const reflect = { stage: 'reflect', title: 'Self-reflection', iteration: null };
const solutions = { stage: 'solutions', title: 'Possible solutions', iteration: null };
const publicFix = (iteration: number) => ({
  stage: 'public_tests',
  title: 'Fix on public tests',
  iteration,
});
const aiFix = (iteration: number) => ({ stage: 'ai_tests', title: 'Fix on AI tests', iteration });

/** The steps of a flow of an agent that works stage by stage: a wrong first program, a fix, and one that is reverted. */
export const flowSteps: readonly AgentStep[] = [
  { ...said('self_reflection: |\n  - add the numbers'), flow: reflect },
  outcome(reflect, { content: '- Two numbers stand on a line.\n- Their sum is asked for.' }),
  { ...said('possible_solutions: …'), flow: solutions },
  outcome(solutions, { content: '1. Add them.\n2. Count up.' }),
  outcome(
    { stage: 'initial_code', title: 'Initial code', iteration: 1 },
    {
      code: code(wrong),
      tests: [flowTest('public test 1', { verdict: 'wrong_answer', actual: '-1\n' })],
      detail: 'the least distance of all candidates',
    },
  ),
  { ...said('fixed_code: …'), flow: publicFix(1) },
  outcome(publicFix(1), {
    content: 'The sign is wrong.',
    code: code(right),
    previous: code(wrong),
    tests: [flowTest('public test 1', { anchor: true })],
  }),
  { ...said('fixed_code: …'), flow: aiFix(1) },
  outcome(aiFix(1), {
    content: 'A sum is never negative.',
    code: code(broken),
    previous: code(right),
    decision: 'reverted',
    detail: 'public test 2 is an anchor and fails',
    tests: [
      flowTest('public test 1', { anchor: true }),
      flowTest('public test 2', {
        anchor: true,
        verdict: 'wrong_answer',
        input: '-1 -2\n',
        expected: '-3\n',
        actual: '3\n',
      }),
      flowTest('AI test 3', {
        verdict: 'runtime_error',
        input: '\n',
        expected: null,
        actual: '',
        message: 'exit code 1\nValueError: not enough values to unpack',
      }),
    ],
  }),
  { kind: 'submission', content: right },
  { kind: 'end', exit_status: 'submitted', detail: null },
];
