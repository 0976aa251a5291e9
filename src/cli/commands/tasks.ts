import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunConfigInput } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { integer, seconds } from '../numbers';
import { defined } from '../runFlags';
import { runReporter } from '../runReporter';
import { plainTable } from '../summary';

interface FromCommitFlags {
  readonly repeat: number;
  readonly install?: string;
  readonly testCommand?: string;
  readonly image?: string;
  readonly sandbox?: NonNullable<RunConfigInput['sandbox']>;
  readonly timeoutInstall?: number;
  readonly timeoutTest?: number;
  readonly out?: string;
  readonly json?: true;
}

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
  tasks
    .command('from-commit')
    .argument('<repo>', 'URL or path of the repository')
    .argument('<sha>', 'the commit that mended something')
    .description('make a task of a fix: its tests are run before and after it')
    .option('--repeat <n>', 'how often the tests are run, to find flaky ones', integer(1), 3)
    .option('--install <command>', 'how the project is installed')
    .option('--test-command <command>', 'how its tests are run (default: pytest)')
    .option('--image <image>', 'container image of its environment')
    .addOption(
      new Option('--sandbox <kind>', 'where it runs').choices(['auto', 'docker', 'bubblewrap']),
    )
    .option('--timeout-install <s>', 'limit of the install stage', seconds)
    .option('--timeout-test <s>', 'limit of each test stage', seconds)
    .option('--out <file>', 'seed file that the row is added to (default: it is printed)')
    .option('--json', 'print the row as one JSON document')
    .action(async (repo: string, sha: string, flags: FromCommitFlags) => {
      done(await fromCommit(context, { repo, sha, flags }));
    });
}

async function fromCommit(
  context: CliContext,
  {
    repo,
    sha,
    flags,
  }: { readonly repo: string; readonly sha: string; readonly flags: FromCommitFlags },
): Promise<ExitStatus> {
  const { install, testCommand, image, sandbox, timeoutInstall, timeoutTest } = flags;
  const runner = await context.runner();
  const { row, flaky } = await runner.taskFromCommit(
    {
      ...defined({ install, testCommand, image }),
      repo,
      commit: sha,
      repeat: flags.repeat,
      config: {
        ...defined({ sandbox }),
        timeouts: defined({ install: timeoutInstall, test: timeoutTest }),
      },
    },
    { signal: context.signal, observer: runReporter(context) },
  );
  if (flaky.length > 0)
    context.say(`left out, since they come to different ends: ${flaky.join(', ')}`);
  if (flags.out !== undefined) {
    await runner.addTask(flags.out, row, { signal: context.signal });
    context.say(`${String(row['task_id'])} was added to ${flags.out}`);
  }
  if (flags.json === true) printJson(context, row);
  else if (flags.out === undefined) context.out(`${JSON.stringify(row)}\n`);
  return exitStatus.done;
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
