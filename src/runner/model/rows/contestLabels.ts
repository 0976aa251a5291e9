import type { ContestLanguage } from '../contestTask';
import { contestLanguageSchema } from '../contestTask';

/** The names of class labels by their numbers, as one file has them; a number without a name means nothing. */
export interface ContestLabels {
  readonly source: readonly (string | null)[];
  readonly difficulty: readonly (string | null)[];
  readonly language: readonly (string | null)[];
}

const letters = (from: string, to: string): readonly string[] =>
  Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_, n) =>
    String.fromCharCode(from.charCodeAt(0) + n),
  );

/** The numbers of `contest_problem.proto`, which have gaps: for rows that do not say their own. */
export const protoLabels: ContestLabels = {
  source: [
    'UNKNOWN_SOURCE',
    'CODECHEF',
    'CODEFORCES',
    'HACKEREARTH',
    'CODEJAM',
    null,
    'ATCODER',
    'AIZU',
  ],
  difficulty: [
    'UNKNOWN_DIFFICULTY',
    'EASY',
    'MEDIUM',
    'HARD',
    'HARDER',
    'HARDEST',
    'EXTERNAL',
    ...letters('A', 'K'),
    null,
    ...letters('L', 'V'),
  ],
  language: contestLanguageSchema.options,
};

/** A label as a row has it (its number, its number as a text, its name) → its name; null: there is none. */
export function labelText(value: unknown, names: readonly (string | null)[]): string | null {
  if (typeof value === 'number') return names[value] ?? String(value);
  if (typeof value !== 'string' || value.trim() === '') return null;
  const text = value.trim();
  if (/^\d+$/.test(text)) return names[Number(text)] ?? text;
  const upper = text.toUpperCase();
  return names.includes(upper) ? upper : text;
}

/** The same; null also for a name that says that nothing is known. */
export function labelName(value: unknown, names: readonly (string | null)[]): string | null {
  const name = labelText(value, names);
  return name?.toUpperCase().startsWith('UNKNOWN') === true ? null : name;
}

const otherNames: Readonly<Record<string, ContestLanguage>> = {
  PYTHON2: 'PYTHON',
  PY2: 'PYTHON',
  PY3: 'PYTHON3',
  'C++': 'CPP',
};

/** The language that a name means, in whatever letters; null for one that is not known. */
export function contestLanguage(name: string): ContestLanguage | null {
  const upper = name.trim().toUpperCase();
  const parsed = contestLanguageSchema.safeParse(otherNames[upper] ?? upper);
  return parsed.success ? parsed.data : null;
}

/** The language of a program as a row has it. */
export function languageOf(value: unknown, labels: ContestLabels): ContestLanguage {
  return contestLanguage(labelName(value, labels.language) ?? '') ?? 'UNKNOWN_LANGUAGE';
}

/** Languages whose programs the judge runs. Python 2 is not among them. */
export const runnableLanguages: readonly ContestLanguage[] = ['PYTHON3', 'CPP', 'JAVA'];
