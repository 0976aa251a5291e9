import type { CandidateVerdict, ContestLanguage, ContestResult, TestKind } from '../runner/index';
import { formatCount } from './format';
import type { Icon } from './trialLabels';
import { icons } from './trialLabels';
import { verdictLabel, verdictTone } from './verdictLabels';

const toneIcons: Readonly<Record<ReturnType<typeof verdictTone>, Icon>> = {
  passed: icons.passed,
  failed: icons.failed,
  warning: icons.errored,
  idle: icons.skipped,
};

export function verdictIcon(verdict: CandidateVerdict): Icon {
  return toneIcons[verdictTone(verdict)];
}

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

/** Verdicts of a trial's candidates, the most frequent first, passed ones left out. */
export function failureCounts({
  verdicts,
}: ContestResult): readonly { readonly verdict: CandidateVerdict; readonly count: number }[] {
  return Object.entries(verdicts)
    .flatMap(([verdict, count]) =>
      // The keys of a record whose keys the schema checked.
      verdict === 'passed' ? [] : [{ verdict: verdict as CandidateVerdict, count }],
    )
    .sort((a, b) => b.count - a.count || a.verdict.localeCompare(b.verdict));
}

/** `3/10 pass · 5 wrong answer, 2 time limit`; of one candidate alone its verdict: `wrong answer`. */
export function candidateFacts(contest: ContestResult): readonly string[] {
  const failures = failureCounts(contest);
  if (contest.n === 1) {
    const [only] = failures;
    return [only === undefined ? 'passed' : verdictLabel(only.verdict)];
  }
  return [
    `${formatCount(contest.c)}/${formatCount(contest.n)} pass`,
    failures
      .map(({ verdict, count }) => `${formatCount(count)} ${verdictLabel(verdict)}`)
      .join(', '),
  ];
}

/** The same for a screen reader: `3 of 10 candidates pass`. */
export function spokenCandidates(contest: ContestResult): readonly string[] {
  const [first = '', ...others] = candidateFacts(contest);
  return contest.n === 1
    ? [first]
    : [`${formatCount(contest.c)} of ${formatCount(contest.n)} candidates pass`, ...others];
}
