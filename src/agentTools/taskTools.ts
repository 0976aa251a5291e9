import * as z from 'zod';
import type { TaskToolName } from '../runner/model';
import { toolParameters } from '../runner/model';
import { reasonOf } from '../presentation/trialReason';
import { untilAborted } from '../presentation/untilAborted';
import type { AgentTool, ToolAnswer } from './agentTool';
import { defineTool, told } from './agentTool';

const session = z
  .string()
  .optional()
  .describe('The open task, as benchyard_open_task told it; needed when several are open');

interface TaskToolText {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Its name among the tools that the task itself offers. */
  readonly inside: TaskToolName;
}

/** A tool of the open task, with the task's own limits, guardrails and answers. */
function taskTool({ inside, ...text }: TaskToolText): AgentTool {
  return defineTool({
    ...text,
    readOnly: false,
    // What goes on to the task is parsed there once more, by the tool that does the work.
    input: z.strictObject({ ...toolParameters[inside], session }),
    async call({ session: id, ...args }, { sessions }, options): Promise<ToolAnswer> {
      const task = sessions.get(typeof id === 'string' ? id : undefined);
      return task.session.call(inside, args, options);
    },
  });
}

/** What an agent may do in the sandbox of the task that it opened. */
export const taskTools: readonly AgentTool[] = [
  taskTool({
    name: 'swe_clone',
    inside: 'swe_clone',
    title: "Clone the Task's Repository",
    description:
      "Tells where the open task's repository is: it was cloned at its commit before work began.",
  }),
  taskTool({
    name: 'swe_install',
    inside: 'swe_install',
    title: "Install the Task's Project",
    description: "Tells how the open task's project was installed before work began.",
  }),
  taskTool({
    name: 'swe_apply_patch',
    inside: 'swe_apply_patch',
    title: 'Apply a Patch',
    description: "Applies a unified diff to the open task's repository.",
  }),
  taskTool({
    name: 'swe_pytest',
    inside: 'swe_pytest',
    title: 'Run Tests',
    description:
      "Runs the tests of the open task's repository and returns what they print. What is handed in is judged by others as well.",
  }),
  taskTool({
    name: 'contest_statement',
    inside: 'contest_statement',
    title: "Read the Task's Problem",
    description: "The open contest task's statement with its limits and public tests.",
  }),
  taskTool({
    name: 'contest_run',
    inside: 'contest_run',
    title: 'Run a Program on Tests',
    description:
      "Runs a program on the open contest task's public tests, or on tests of your own, and tells what it printed and which tests it passed. What is handed in is judged by other tests as well.",
  }),
  taskTool({
    name: 'benchyard_list_files',
    inside: 'list_files',
    title: 'List Files of the Task',
    description: "Lists files and folders in the open task's sandbox.",
  }),
  taskTool({
    name: 'benchyard_read_file',
    inside: 'read_file',
    title: 'Read a File of the Task',
    description:
      "Reads a text file in the open task's sandbox. Every line begins with its number and a tab.",
  }),
  taskTool({
    name: 'benchyard_search',
    inside: 'search',
    title: 'Search in the Task',
    description: "Searches text files in the open task's sandbox; prints path:line:text.",
  }),
  taskTool({
    name: 'benchyard_edit_file',
    inside: 'edit_file',
    title: 'Edit a File of the Task',
    description:
      "Replaces a text in a file of the open task's sandbox. The text must occur exactly once: give enough lines around it, or replace_all.",
  }),
  taskTool({
    name: 'benchyard_write_file',
    inside: 'write_file',
    title: 'Write a File of the Task',
    description: "Creates or replaces a file in the open task's sandbox.",
  }),
  taskTool({
    name: 'benchyard_shell',
    inside: 'shell',
    title: 'Run a Command in the Task',
    description:
      "Runs a shell command in the open task's sandbox and returns what it prints. The sandbox has no network; each call is a new shell.",
  }),
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
