import * as z from 'zod';
import { defineTool, told } from './agentTool';

export const listTasks = defineTool({
  name: 'benchyard_list_tasks',
  title: 'List Benchmark Tasks',
  description: 'Lists tasks that can be opened with benchyard_open_task.',
  readOnly: true,
  input: z.strictObject({
    filter: z.string().optional().describe('Only tasks whose id or repository contains this'),
    limit: z.int().min(1).max(500).default(100),
  }),
  async call({ filter, limit }, host, options) {
    const runner = await host.runner();
    const { tasks, problems } = await runner.loadTasks(await host.taskFiles(), options);
    const fitting = tasks.filter(
      ({ taskId, repo }) =>
        filter === undefined || taskId.includes(filter) || (repo ?? '').includes(filter),
    );
    return told({
      tasks: fitting.slice(0, limit).map(({ taskId, benchmark, repo, ref }) => ({
        task_id: taskId,
        benchmark,
        repo,
        ref,
      })),
      in_all: fitting.length,
      ...(problems.length > 0 ? { bad_lines: problems.length } : {}),
    });
  },
});

export const openTask = defineTool({
  name: 'benchyard_open_task',
  title: 'Open a Benchmark Task',
  description:
    'Opens a task to work on: makes its sandbox and tells the problem, the rules and the deadline. The swe_* or contest_* tools and the file tools then act in that sandbox, until benchyard_submit hands the work in and tells the verdict.',
  readOnly: false,
  input: z.strictObject({
    task_id: z.string().describe('As benchyard_list_tasks tells it'),
    tasks: z
      .string()
      .optional()
      .describe('Task file (JSONL) that has it; without it, the files that are known'),
  }),
  async call({ task_id: taskId, tasks }, host, options) {
    const files = tasks === undefined ? await host.taskFiles() : [tasks];
    const config = host.runConfig({
      tasks: [...files],
      task_ids: [taskId],
      agent: 'human',
      attempts: 1,
      skip_bad: true,
    });
    const { id, session } = await host.sessions.open(config, options);
    return told({
      session: id,
      task_id: session.taskId,
      run_dir: session.runDir,
      trial_id: session.trialId,
      deadline: session.deadline,
      working_folder: session.brief.workdir,
      problem: session.brief.statement,
      rules: session.brief.rules,
    });
  },
});
