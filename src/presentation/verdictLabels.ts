import type { CandidateVerdict, TestVerdict } from '../runner/model/contestVerdict';

/** `wrong answer`: verdicts as people read them. */
export function verdictLabel(verdict: CandidateVerdict): string {
  return verdict.replaceAll('_', ' ');
}

/** How a verdict is coloured and marked: red for a program that answered wrong, a warning where it had no say. */
export function verdictTone(verdict: CandidateVerdict): 'passed' | 'failed' | 'warning' | 'idle' {
  switch (verdict) {
    case 'passed':
      return 'passed';
    case 'wrong_answer':
      return 'failed';
    case 'not_run':
    case 'no_tests':
      return 'idle';
    case 'runtime_error':
    case 'crash':
    case 'time_limit':
    case 'memory_limit':
    case 'output_limit':
    case 'compile_error':
    case 'empty':
      return 'warning';
  }
}

const testVerdicts: Readonly<Record<TestVerdict, true>> = {
  passed: true,
  wrong_answer: true,
  runtime_error: true,
  crash: true,
  time_limit: true,
  memory_limit: true,
  output_limit: true,
  not_run: true,
};

/** Without the schema, which is not loaded before something from outside is parsed. */
export function isTestVerdict(text: string): text is TestVerdict {
  return Object.hasOwn(testVerdicts, text);
}

/** Whether a verdict is about a test that was run and not passed. */
export function isFailure(verdict: TestVerdict): boolean {
  return verdict !== 'passed' && verdict !== 'not_run';
}
