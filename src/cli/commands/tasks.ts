import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunConfigInput } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { plainTable } from '../summary';

interface TasksFlags {
  readonly tasks?: string[];
  readonly filter?: string;
  readonly benchmark?: NonNullable<RunConfigInput['benchmark']>;
  readonly json?: true;
}

export function addTasksCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const tasks = program.command('tasks').description('look at task files');
  tasks
    .command('list', { isDefault: true })
    .description('list the tasks of task files, and every line that cannot be used')
    .option('--tasks <file...>', 'task files (default: seed_tasks.jsonl)')
    .option('--filter <text>', 'only tasks whose id or repository contains this')
    .addOption(
      new Option('--benchmark <name>', 'only tasks of this benchmark').choices([
        'swe',
        'contests',
        'mle',
      ]),
    )
    .option('--json', 'print one JSON document')
    .action(async (flags: TasksFlags) => {
      done(await listTasks(context, flags));
    });
}

async function listTasks(context: CliContext, flags: TasksFlags): Promise<ExitStatus> {
  const runner = await context.runner();
  const { tasks, problems } = await runner.selectTasks(
    {
      tasks: flags.tasks ?? ['seed_tasks.jsonl'],
      ...(flags.filter === undefined ? {} : { filter: flags.filter }),
      ...(flags.benchmark === undefined ? {} : { benchmark: flags.benchmark }),
    },
    { signal: context.signal },
  );
  if (flags.json === true) {
    printJson(context, {
      tasks: tasks.map(({ taskId, benchmark, repo, ref, source }) => ({
        task_id: taskId,
        benchmark,
        repo,
        ref,
        source,
      })),
      errors: problems,
    });
  } else {
    const table = plainTable(['task', 'benchmark', 'repository', 'ref', 'source']);
    for (const { taskId, benchmark, group, ref, source } of tasks) {
      table.push([
        taskId,
        benchmark,
        group,
        (ref ?? '').slice(0, 12),
        `${source.file}:${source.line}`,
      ]);
    }
    if (tasks.length > 0) context.out(`${table.toString()}\n`);
    for (const { file, line, field, message } of problems) {
      context.say(`${file}:${line}: ${field === '' ? '' : `${field}: `}${message}`);
    }
    context.out(
      `${tasks.length} tasks${problems.length > 0 ? `, ${problems.length} problems` : ''}\n`,
    );
  }
  return problems.length > 0 ? exitStatus.badInput : exitStatus.done;
}
