import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunConfigInput, Task } from '../../runner/model';
import { describeTaskProblem } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { defined } from '../defined';
import { integer, seconds } from '../numbers';
import { runReporter } from '../runReporter';
import type { SelectionFlags } from '../selectionFlags';
import { addSelectionFlags, selectionOf, tasksHelp } from '../selectionFlags';
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

interface TasksFlags extends SelectionFlags {
  readonly benchmark?: NonNullable<RunConfigInput['benchmark']>;
  readonly json?: true;
}

export function addTasksCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const tasks = program.command('tasks').description('look at task files');
  const list = tasks
    .command('list', { isDefault: true })
    .description('list the tasks of files and datasets, and every row that cannot be used')
    .option('--tasks <source...>', `${tasksHelp} (default: seed_tasks.jsonl)`);
  addSelectionFlags(list)
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
      ...selectionOf(flags),
      tasks: flags.tasks ?? ['seed_tasks.jsonl'],
      ...defined({ benchmark: flags.benchmark }),
    },
    {
      signal: context.signal,
      onProgress: (line) => {
        context.say(line);
      },
    },
  );
  if (flags.json === true) {
    printJson(context, { tasks: tasks.map(listedTask), errors: problems });
  } else {
    printTasks(context, tasks);
    for (const problem of problems) context.say(describeTaskProblem(problem));
    context.out(
      `${tasks.length} tasks${problems.length > 0 ? `, ${problems.length} problems` : ''}\n`,
    );
  }
  return problems.length > 0 ? exitStatus.badInput : exitStatus.done;
}

function listedTask(task: Task): Readonly<Record<string, unknown>> {
  const { taskId, benchmark, dataset, repo, ref, version, difficulty, size, source } = task;
  const { patchLines: patch_lines, tests } = size;
  return {
    task_id: taskId,
    benchmark,
    repo,
    ref,
    source,
    dataset,
    version,
    difficulty,
    patch_lines,
    tests,
  };
}

/** Versions and difficulties are shown where a task has one. */
function printTasks(context: CliContext, tasks: readonly Task[]): void {
  if (tasks.length === 0) return;
  const hasVersion = tasks.some(({ version }) => version !== null);
  const hasDifficulty = tasks.some(({ difficulty }) => difficulty !== null);
  const table = plainTable([
    'task',
    'dataset',
    'repository',
    ...(hasVersion ? ['version'] : []),
    ...(hasDifficulty ? ['difficulty'] : []),
    'ref',
    'source',
  ]);
  for (const { taskId, dataset, group, version, difficulty, ref, source } of tasks) {
    table.push([
      taskId,
      dataset,
      group,
      ...(hasVersion ? [version ?? ''] : []),
      ...(hasDifficulty ? [difficulty ?? ''] : []),
      (ref ?? '').slice(0, 12),
      `${shortSource(source.file)}:${source.line}`,
    ]);
  }
  context.out(`${table.toString()}\n`);
}

/** The commit of a dataset, cut to what tells it from others. */
function shortSource(file: string): string {
  return file.replace(/^(hub:[^@]+@[0-9a-f]{12})[0-9a-f]{28}/, '$1');
}
