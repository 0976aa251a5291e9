import { posix } from 'node:path';
import type { CallOptions } from '../../../agents/tools/sandboxCalls';
import { readText } from '../../../agents/tools/sandboxCalls';
import type { ContestLanguage, ContestProgram } from '../../../model';
import { solutionFiles } from '../../../model';
import type { Sandbox } from '../../../sandbox/sandbox';

/** For rules and answers: `solution.py, solution.cpp or Solution.java`. */
export const solutionNames: string = solutionFiles
  .map(({ name }) => name)
  .join(', ')
  .replace(/, ([^,]*)$/, ' or $1');

const languages: ReadonlyMap<string, ContestLanguage> = new Map([
  ['.py', 'PYTHON3'],
  ['.cpp', 'CPP'],
  ['.cc', 'CPP'],
  ['.java', 'JAVA'],
]);

/** By the ending of its name; PYTHON3 where that says nothing. */
export function languageOfFile(path: string): ContestLanguage {
  return languages.get(posix.extname(path).toLowerCase()) ?? 'PYTHON3';
}

/** The program that stands in the working folder; null: there is none. */
export async function solutionIn(
  sandbox: Sandbox,
  options: CallOptions,
): Promise<ContestProgram | null> {
  for (const { name, language } of solutionFiles) {
    const read = await readText(sandbox, name, options);
    if ('text' in read && read.text.trim() !== '') return { language, source: read.text };
  }
  return null;
}
