import { contestStatement } from '../../presentation/contestStatement';
import type { ContestTask, Task } from '../../runner/model';
import { isContestTask, RunnerError } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { describeDataset } from '../dataSummary';
import { plainTable } from '../summary';

export interface ShowFlags {
  readonly split?: string;
  readonly task?: string;
  readonly json?: true;
}

/** Shows a saved dataset: how it was made, the tasks of a split, or one task. */
export async function showDataset(
  context: CliContext,
  name: string,
  flags: ShowFlags,
): Promise<ExitStatus> {
  const runner = await context.runner();
  const { signal } = context;
  const manifest = await runner.readDataset(name, { signal });
  if (flags.split === undefined && flags.task === undefined) {
    if (flags.json === true) printJson(context, manifest);
    else context.out(describeDataset(manifest));
    return exitStatus.done;
  }
  const source = `data:${name}${flags.split === undefined ? '' : `:${flags.split}`}`;
  const { tasks, problems } = await runner.loadTasks([source], { signal });
  const [problem] = problems;
  if (problem !== undefined)
    throw new RunnerError('invalid-task', `${problem.file}: ${problem.message}`);
  if (flags.task !== undefined) await showTask(context, tasks, { name: flags.task, flags });
  else if (flags.json === true) printJson(context, { tasks: tasks.map(listed) });
  else printTasks(context, tasks);
  return exitStatus.done;
}

async function showTask(
  context: CliContext,
  tasks: readonly Task[],
  { name, flags }: { readonly name: string; readonly flags: ShowFlags },
): Promise<void> {
  const task = tasks.find((one) => one.taskId === name);
  if (task === undefined || !isContestTask(task))
    throw new RunnerError('not-found', `There is no task "${name}" in it; list them with --split.`);
  const { signal } = context;
  if (flags.json !== true) {
    context.out(contestStatement(task));
    return;
  }
  const content = await (await context.runner()).readContestContent(task, { signal });
  const { tests, solutions, incorrectSolutions } = content;
  printJson(context, {
    ...listed(task),
    description: task.statement,
    ...tests,
    solutions,
    incorrect_solutions: incorrectSolutions,
  });
}

function listed(task: Task): Readonly<Record<string, unknown>> {
  const { taskId, dataset, difficulty, source } = task;
  const common = { task_id: taskId, dataset, difficulty, source };
  if (!isContestTask(task)) return common;
  const { name, origin, tags, rating, timeLimitS, memoryLimitBytes } = task;
  const limits = { time_limit: timeLimitS, memory_limit_bytes: memoryLimitBytes };
  return { ...common, name, origin, tags, rating, ...limits };
}

function printTasks(context: CliContext, tasks: readonly Task[]): void {
  const table = plainTable(['problem', 'site', 'difficulty', 'rating', 'seconds', 'tags']);
  for (const task of tasks.filter((one): one is ContestTask => isContestTask(one)))
    table.push([
      task.taskId,
      task.group,
      task.difficulty ?? '',
      task.rating ?? '',
      task.timeLimitS ?? '',
      task.tags.join(', '),
    ]);
  context.out(`${table.toString()}\n`);
}
