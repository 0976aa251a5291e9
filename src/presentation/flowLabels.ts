import type { FlowDecision } from '../runner/model/flow';
import type { FlowTestView } from './flowOutcome';
import { verdictLabel } from './verdictLabels';

export function decisionLabel(decision: FlowDecision): string {
  switch (decision) {
    case 'kept':
    case 'reverted':
    case 'discarded':
    case 'skipped':
      return decision;
    case 'fallback':
      return 'fell back';
  }
}

/** `public test 1, wrong answer, anchor`: a test of a stage for a screen reader. */
export function flowTestLabel({
  name,
  verdict,
  anchor,
}: Pick<FlowTestView, 'name' | 'verdict' | 'anchor'>): string {
  return `${name}, ${verdictLabel(verdict)}${anchor ? ', anchor' : ''}`;
}

const languages: Readonly<Record<string, string>> = {
  PYTHON3: 'Python 3',
  CPP: 'C++',
  JAVA: 'Java',
};

/** `Python 3`; one that is not known as it is. */
export function languageName(language: string): string {
  return languages[language] ?? language;
}

/** How the name of a document ends that shows such a program, so that the editor knows its language. */
export function programExtension(language: string): 'py' | 'cpp' | 'java' | 'txt' {
  const name = language.toLowerCase();
  if (name.startsWith('py')) return 'py';
  if (name === 'cpp' || name.startsWith('c++')) return 'cpp';
  return name === 'java' ? 'java' : 'txt';
}
