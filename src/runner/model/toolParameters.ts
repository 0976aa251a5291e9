import * as z from 'zod';
import { contestLanguageSchema } from './contestTask';

/** Lines that `read_file` shows when nobody says how many. */
export const usualLines = 400;

/** Seconds that `shell` gives a command when nobody says how many, and at most. */
export const shellSeconds = { usual: 60, most: 600 } as const;

const file = z.string().min(1).describe('File, relative to the working folder or absolute');

/** What the tools of a task take, by their names: for the agents inside and for those that come from outside. */
export const toolParameters = {
  swe_clone: {},
  swe_install: {},
  swe_apply_patch: {
    patch: z.string().min(1).describe('Unified diff, with paths relative to the repository'),
  },
  swe_pytest: {
    paths: z
      .array(z.string().min(1))
      .default([])
      .describe("Test files, folders or ids; default: the task's own selection"),
    k: z.string().min(1).optional().describe('Expression for pytest -k'),
  },
  contest_statement: {},
  contest_run: {
    source: z.string().min(1).optional().describe('The program itself; or give its file'),
    path: z
      .string()
      .min(1)
      .optional()
      .describe('File with the program; default: the solution in the working folder'),
    language: contestLanguageSchema
      .exclude(['UNKNOWN_LANGUAGE'])
      .optional()
      .describe("Default: by the file's name, else PYTHON3"),
    tests: z
      .array(
        z.object({
          input: z.string(),
          output: z.string().optional().describe('What is right; without it, it is only run'),
        }),
      )
      .max(64)
      .optional()
      .describe('Tests of your own; default: the public tests'),
    kind: z
      .literal('public_tests')
      .optional()
      .describe('Runs the public tests also where tests of your own are given'),
  },
  list_files: {
    path: z.string().default('.').describe('Folder, relative to the working folder or absolute'),
    depth: z.int().min(1).max(20).default(3).describe('How many levels of folders'),
  },
  read_file: {
    path: file,
    start_line: z.int().min(1).default(1).describe('First line, from 1'),
    end_line: z
      .int()
      .min(1)
      .optional()
      .describe(`Last line; default: ${String(usualLines)} lines from the first on`),
  },
  search: {
    pattern: z.string().min(1).describe('What to look for: text as it is, unless regex is true'),
    path: z.string().default('.').describe('File or folder to look in'),
    glob: z
      .string()
      .min(1)
      .optional()
      .describe('Only files with such names, without folders, for example *.py'),
    regex: z.boolean().default(false).describe('The pattern is an extended regular expression'),
    ignore_case: z.boolean().default(false),
  },
  edit_file: {
    path: file,
    old_text: z
      .string()
      .min(1)
      .describe('Text to replace, exactly as it stands in the file, without line numbers'),
    new_text: z.string().describe('What takes its place; empty to delete'),
    replace_all: z.boolean().default(false).describe('Replace every occurrence, not just one'),
  },
  write_file: { path: file, content: z.string().describe('All of its content') },
  shell: {
    command: z.string().min(1).describe('Command line; runs in the working folder'),
    timeout_s: z
      .number()
      .positive()
      .max(shellSeconds.most)
      .default(shellSeconds.usual)
      .describe('Seconds after which it is stopped'),
  },
  submit: {},
} as const;
export type TaskToolName = keyof typeof toolParameters;
