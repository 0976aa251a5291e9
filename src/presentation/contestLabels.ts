import type { CandidateVerdict, ContestLanguage, TestKind } from '../runner/index';
import type { Icon } from './trialLabels';
import { icons } from './trialLabels';
import { verdictTone } from './verdictLabels';

const toneIcons: Readonly<Record<ReturnType<typeof verdictTone>, Icon>> = {
  passed: icons.passed,
  failed: icons.failed,
  warning: icons.errored,
  idle: icons.skipped,
};

export function verdictIcon(verdict: CandidateVerdict): Icon {
  return toneIcons[verdictTone(verdict)];
}

/** The kinds in the order in which one tries a program on them. */
export const testKinds: readonly TestKind[] = ['public_tests', 'private_tests', 'generated_tests'];

/** `public`, as in “public test 3”. */
export function kindLabel(kind: TestKind): 'public' | 'private' | 'generated' {
  switch (kind) {
    case 'public_tests':
      return 'public';
    case 'private_tests':
      return 'private';
    case 'generated_tests':
      return 'generated';
  }
}

interface Language {
  readonly name: string;
  /** Of a document that holds such a program. */
  readonly extension: string;
}

const languages: Readonly<Record<ContestLanguage, Language>> = {
  UNKNOWN_LANGUAGE: { name: 'Unknown language', extension: 'txt' },
  PYTHON: { name: 'Python 2', extension: 'py' },
  PYTHON3: { name: 'Python 3', extension: 'py' },
  CPP: { name: 'C++', extension: 'cpp' },
  JAVA: { name: 'Java', extension: 'java' },
};

export function contestLanguage(language: ContestLanguage): Language {
  return languages[language];
}

/** The language of a candidate by what the editor says of its document; undefined: none that can be run. */
export function languageOfEditor(editorLanguage: string): ContestLanguage | undefined {
  switch (editorLanguage) {
    case 'python':
      return 'PYTHON3';
    case 'cpp':
    case 'c': // C that is sent to a contest compiles as C++, and `.h` or no ending are often taken for it
      return 'CPP';
    case 'java':
      return 'JAVA';
    default:
      return undefined;
  }
}
