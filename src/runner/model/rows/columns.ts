import * as z from 'zod';
import type { RowKind } from '../repositoryTask';
import type { TaskSize, TaskSource } from '../task';
import { parsePythonStrings } from './pythonStrings';

/** What a row is read with besides its own columns. */
export interface RowContext {
  readonly source: TaskSource;
  /** Readable name of the dataset. */
  readonly dataset: string;
  /** What the dataset is known to hold; null: the columns tell. */
  readonly kind: RowKind | null;
}

/** A list of strings, or a string that holds one: as JSON (SWE-bench), or as Python writes it (SWE-bench Pro). */
export const stringListSchema = z.union(
  [
    z.array(z.string()),
    z.string().transform((text, context) => {
      const list = parseJsonList(text) ?? parsePythonStrings(text);
      if (list !== null) return [...list];
      context.addIssue({
        code: 'custom',
        message: 'expected a JSON list of test ids in the string',
      });
      return z.NEVER;
    }),
  ],
  { error: 'expected a list of test ids, or a string that holds one as JSON' },
);

function parseJsonList(text: string): readonly string[] | null {
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export const taskIdSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\u0000-\u001f]*$/u, 'expected no control characters');

/** A command line, or several that are run one after the other. */
export const commandsSchema = z.union(
  [z.string(), z.array(z.string()).transform((all) => all.join(' && '))],
  { error: 'expected a command line, or a list of them' },
);

export const versionSchema = z.union([z.string(), z.number().transform(String)]).nullish();

export const ownerAndNameSchema = z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'expected owner/name');

export const commitSchema = z.string().regex(/^[0-9a-f]{7,40}$/, 'expected a commit hash');

/** Columns that seed rows and all official datasets but Multi-SWE-bench share. */
export const commonShape = {
  problem_statement: z.string().optional(),
  patch: z.string().optional(),
  test_patch: z.string().optional(),
  FAIL_TO_PASS: stringListSchema.optional(),
  PASS_TO_PASS: stringListSchema.optional(),
  version: versionSchema,
  difficulty: z.string().nullish(),
};

/** What can be known of a task's size from its patch and its lists. */
export function sizeOf(
  patch: string | null,
  failToPass: readonly string[] | null,
  passToPass: readonly string[] | null,
): TaskSize {
  return {
    patchLines: patch === null ? null : (patch.match(/^(?:\+(?!\+\+ )|-(?!-- ))/gm)?.length ?? 0),
    tests: failToPass === null ? null : failToPass.length + (passToPass?.length ?? 0),
  };
}

/** A text that says something; null for an empty one. */
export function textOf(text: string | null | undefined): string | null {
  return text === null || text === undefined || text.trim() === '' ? null : text;
}
