import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunConfigInput } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { defined } from '../defined';
import type { EnvironmentFlags } from '../environmentFlags';
import { addEnvironmentFlags, environmentsOf } from '../environmentFlags';
import { integer, seconds } from '../numbers';
import { runReporter } from '../runReporter';
import type { SelectionFlags } from '../selectionFlags';
import { addSelectionFlags, selectionOf, tasksHelp } from '../selectionFlags';
import { plainTable } from '../summary';

interface ValidateFlags extends SelectionFlags, EnvironmentFlags {
  readonly tasks: string[];
  readonly repeat: number;
  readonly maxWorkers?: number;
  readonly sandbox?: NonNullable<RunConfigInput['sandbox']>;
  readonly timeoutInstall?: number;
  readonly timeoutTest?: number;
  readonly timeoutTotal?: number;
  readonly out?: string;
  readonly json?: true;
}

/** Adds `validate` to `swe`. */
export function addValidateCommand(
  swe: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const command = swe
    .command('validate')
    .description(
      'try what tasks are worth: the gold patch must resolve each, doing nothing must not',
    )
    .requiredOption('--tasks <source...>', tasksHelp);
  addEnvironmentFlags(addSelectionFlags(command))
    .option('--repeat <n>', 'how often, to find flaky ones', integer(1), 1)
    .option('--max-workers <n>', 'trials at the same time', integer(1))
    .addOption(
      new Option('--sandbox <kind>', 'where tasks run').choices(['auto', 'docker', 'bubblewrap']),
    )
    .option('--timeout-install <s>', 'limit of the install stage', seconds)
    .option('--timeout-test <s>', 'limit of each test stage', seconds)
    .option('--timeout-total <s>', 'limit of all stages together', seconds)
    .option('--out <dir>', 'folder for run folders (default: sandbox/runs)')
    .option('--json', 'print one JSON document')
    .action(async (flags: ValidateFlags) => {
      done(await validate(context, flags));
    });
}

async function validate(context: CliContext, flags: ValidateFlags): Promise<ExitStatus> {
  const { maxWorkers, sandbox, out, timeoutInstall, timeoutTest, timeoutTotal } = flags;
  const config = {
    ...selectionOf(flags),
    ...environmentsOf(flags),
    ...defined({ concurrency: maxWorkers, sandbox, out }),
    tasks: flags.tasks,
    timeouts: defined({ install: timeoutInstall, test: timeoutTest, total: timeoutTotal }),
  };
  const runner = await context.runner();
  const { tasks } = await runner.validateTasks(config, {
    repeat: flags.repeat,
    signal: context.signal,
    observer: runReporter(context),
  });
  if (flags.json === true) {
    printJson(context, { tasks });
  } else {
    const table = plainTable(['task', 'state', 'detail']);
    for (const { task_id, state, detail } of tasks) table.push([task_id, state, detail]);
    context.out(`${table.toString()}\n`);
  }
  if (tasks.some(({ state }) => state === 'unknown')) return exitStatus.infrastructure;
  return tasks.every(({ state }) => state === 'good') ? exitStatus.done : exitStatus.gateNotMet;
}
