import type { Submission } from '../benchmark';
import type { ContestContent, ContestProgram, ContestTask } from '../../model';
import { contestProgramSchema, runnableLanguages } from '../../model';
import { parseJsonLines } from '../../store/files';

/** Candidates as they are handed in: a JSON line each. */
export function submissionOf(programs: readonly ContestProgram[]): Submission {
  return {
    kind: 'text',
    text: programs
      .map(({ language, source }) => `${JSON.stringify({ language, source })}\n`)
      .join(''),
  };
}

/** The candidates of a submission, in their order; lines that are none are left out. */
export function programsOf(submission: Submission | null): readonly ContestProgram[] {
  return submission?.kind === 'text' ? parseJsonLines(submission.text, contestProgramSchema) : [];
}

/** The program that is run for a candidate. */
export function framed(
  { frame }: Pick<ContestTask, 'frame'>,
  { language, source }: ContestProgram,
): ContestProgram {
  return frame === null
    ? { language, source }
    : { language, source: `${frame.before}${source}${frame.after}` };
}

/** The problem's own solutions that can be run. */
export function referencesOf({ solutions }: ContestContent): readonly ContestProgram[] {
  return solutions.filter(({ language }) => runnableLanguages.includes(language));
}
