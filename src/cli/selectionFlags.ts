import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunConfigInput } from '../runner/model';
import { defined } from './defined';
import { integer } from './numbers';

/** Which tasks are meant, in the words of every command that takes some. */
export interface SelectionFlags {
  readonly tasks?: string[];
  readonly taskId?: string[];
  readonly filter?: string;
  readonly repositories?: string[];
  readonly versions?: string[];
  readonly difficulties?: string[];
  readonly order?: NonNullable<RunConfigInput['order']>;
  readonly limit?: number;
}

/** Adds the flags that say which tasks are meant, but for `--tasks`, which some commands require. */
export function addSelectionFlags(command: Command): Command {
  return command
    .option('--task-id <id...>', 'only these tasks (* stands for any text)')
    .option('--filter <text>', 'only tasks whose id or repository contains this')
    .option(
      '--repositories <name...>',
      'only tasks of these repositories: owner/name, name, or with *',
    )
    .option('--versions <version...>', 'only tasks of these versions of their repositories')
    .option('--difficulties <text...>', "only tasks of these difficulties, in the dataset's words")
    .addOption(
      new Option(
        '--order <order>',
        'as the sources list them, or small and quick ones first',
      ).choices(['listed', 'small-first']),
    )
    .option('--limit <n>', 'only so many tasks, the first ones in their order', integer(1));
}

/** What a source of tasks may be, for `--tasks`. */
export const tasksHelp =
  'task files (.jsonl, .json, .parquet) or datasets of the Hugging Face hub: hub:NAME[@REVISION][:SPLIT], as hub:lite or hub:OWNER/NAME:test';

/** The keys that these flags set, in RunConfig's spelling. */
export function selectionOf(flags: SelectionFlags): Partial<RunConfigInput> {
  const { tasks, taskId, filter, repositories, versions, difficulties, order, limit } = flags;
  return defined({
    tasks,
    task_ids: taskId,
    filter,
    repositories,
    versions,
    difficulties,
    order,
    limit,
  });
}
