import * as z from 'zod';
import type { ContestLanguage } from './contestTask';
import { testVerdictSchema } from './contestVerdict';

/** One test of a `contest_run`. */
export const contestRunTestSchema = z.object({
  /** `public test 1`, `own test 2`. */
  name: z.string(),
  input: z.string(),
  /** null: nobody said what is right, so a program passes when it ends well. */
  expected: z.string().nullable(),
  verdict: testVerdictSchema,
  /** What the program printed; null: it was not run. */
  actual: z.string().nullable(),
  /** The end of stderr; null: nothing. */
  message: z.string().nullable(),
});
export type ContestRunTest = z.infer<typeof contestRunTestSchema>;

/** What the tool `contest_run` answers as a value. */
export const contestRunSchema = z.object({
  /** The compiler's message; null: it could be run. */
  compile_error: z.string().nullable(),
  tests: z.array(contestRunTestSchema),
});
export type ContestRun = z.infer<typeof contestRunSchema>;

/** Where a program stands in the working folder of somebody who works on files; the first that exists is handed in. */
export const solutionFiles: readonly {
  readonly name: string;
  readonly language: ContestLanguage;
}[] = [
  { name: 'solution.py', language: 'PYTHON3' },
  { name: 'solution.cpp', language: 'CPP' },
  { name: 'Solution.java', language: 'JAVA' },
];
