import * as z from 'zod';
import { reasonOf } from '../presentation/trialReason';
import { untilAborted } from '../presentation/untilAborted';
import type { AgentTool, ToolAnswer } from './agentTool';
import { defineTool, told } from './agentTool';

const session = z
  .string()
  .optional()
  .describe('The open task, as benchyard_open_task told it; needed when several are open');

const path = z.string().min(1).describe('File, relative to the working folder or absolute');

interface TaskToolText {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Its name among the tools that the task itself offers. */
  readonly inside: string;
}

/** A tool of the open task, with the task's own limits, guardrails and answers. */
function taskTool({ inside, ...text }: TaskToolText, shape: z.ZodRawShape): AgentTool {
  return defineTool({
    ...text,
    readOnly: false,
    // What goes on to the task is parsed there once more, by the tool that does the work.
    input: z.strictObject({ ...shape, session }),
    async call({ session: id, ...args }, { sessions }, options): Promise<ToolAnswer> {
      const task = sessions.get(typeof id === 'string' ? id : undefined);
      return task.session.call(inside, args, options);
    },
  });
}

/** What an agent may do in the sandbox of the task that it opened. */
export const taskTools: readonly AgentTool[] = [
  taskTool(
    {
      name: 'swe_clone',
      inside: 'swe_clone',
      title: "Clone the Task's Repository",
      description:
        "Tells where the open task's repository is: it was cloned at its commit before work began.",
    },
    {},
  ),
  taskTool(
    {
      name: 'swe_install',
      inside: 'swe_install',
      title: "Install the Task's Project",
      description: "Tells how the open task's project was installed before work began.",
    },
    {},
  ),
  taskTool(
    {
      name: 'swe_apply_patch',
      inside: 'swe_apply_patch',
      title: 'Apply a Patch',
      description: "Applies a unified diff to the open task's repository.",
    },
    { patch: z.string().min(1).describe('Unified diff, with paths relative to the repository') },
  ),
  taskTool(
    {
      name: 'swe_pytest',
      inside: 'swe_pytest',
      title: 'Run Tests',
      description:
        "Runs the tests of the open task's repository and returns what they print. What is handed in is judged by others as well.",
    },
    {
      paths: z
        .array(z.string().min(1))
        .default([])
        .describe("Test files, folders or ids; default: the task's own selection"),
      k: z.string().min(1).optional().describe('Expression for pytest -k'),
    },
  ),
  taskTool(
    {
      name: 'benchyard_list_files',
      inside: 'list_files',
      title: 'List Files of the Task',
      description: "Lists files and folders in the open task's sandbox.",
    },
    {
      path: z.string().default('.').describe('Folder, relative to the working folder or absolute'),
      depth: z.int().min(1).max(20).default(3).describe('How many levels of folders'),
    },
  ),
  taskTool(
    {
      name: 'benchyard_read_file',
      inside: 'read_file',
      title: 'Read a File of the Task',
      description:
        "Reads a text file in the open task's sandbox. Every line begins with its number and a tab.",
    },
    {
      path,
      start_line: z.int().min(1).default(1).describe('First line, from 1'),
      end_line: z
        .int()
        .min(1)
        .optional()
        .describe('Last line; default: 400 lines from the first on'),
    },
  ),
  taskTool(
    {
      name: 'benchyard_search',
      inside: 'search',
      title: 'Search in the Task',
      description: "Searches text files in the open task's sandbox; prints path:line:text.",
    },
    {
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
  ),
  taskTool(
    {
      name: 'benchyard_edit_file',
      inside: 'edit_file',
      title: 'Edit a File of the Task',
      description:
        "Replaces a text in a file of the open task's sandbox. The text must occur exactly once: give enough lines around it, or replace_all.",
    },
    {
      path,
      old_text: z
        .string()
        .min(1)
        .describe('Text to replace, exactly as it stands in the file, without line numbers'),
      new_text: z.string().describe('What takes its place; empty to delete'),
      replace_all: z.boolean().default(false).describe('Replace every occurrence, not just one'),
    },
  ),
  taskTool(
    {
      name: 'benchyard_write_file',
      inside: 'write_file',
      title: 'Write a File of the Task',
      description: "Creates or replaces a file in the open task's sandbox.",
    },
    { path, content: z.string().describe('All of its content') },
  ),
  taskTool(
    {
      name: 'benchyard_shell',
      inside: 'shell',
      title: 'Run a Command in the Task',
      description:
        "Runs a shell command in the open task's sandbox and returns what it prints. The sandbox has no network; each call is a new shell.",
    },
    {
      command: z.string().min(1).describe('Command line; runs in the working folder'),
      timeout_s: z
        .number()
        .positive()
        .max(600)
        .default(60)
        .describe('Seconds after which it is stopped'),
    },
  ),
];

export const submit = defineTool({
  name: 'benchyard_submit',
  title: 'Submit the Task',
  description:
    'Hands in the open task as its files are now, ends the work on it and tells the verdict of its tests.',
  readOnly: false,
  input: z.strictObject({ session }),
  async call({ session: id }, { sessions }, options) {
    const { session: task, run } = sessions.get(id);
    const answer = await task.call('submit', {}, options);
    if (!answer.ok) return answer;
    const state = await untilAborted(options.signal, run.ended);
    const trial = state.trials.get(task.trialId);
    if (trial === undefined) throw new Error(`the run has no trial ${task.trialId}`);
    return told({
      run_id: state.plan?.run_id ?? null,
      trial_id: task.trialId,
      status: trial.result?.status ?? state.phase,
      verdict: trial.result?.verdict?.resolution ?? null,
      why: reasonOf(trial),
    });
  },
});
