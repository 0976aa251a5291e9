import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import type { CompetitionOptions, CompetitionRunQuery } from '../runner/index';
import type { ContainerConfig, RunConfigInput, SandboxChoice, TechniqueId } from '../runner/model';
import {
  containerConfigSchema,
  RunnerError,
  techniqueIds,
  techniqueIdSchema,
} from '../runner/model';
import { each } from './contestFlags';
import type { CliContext } from './context';
import { defined } from './defined';
import { addModelFlags, addSpendingFlags } from './modelFlags';
import { integer, seconds } from './numbers';
import type { RunFlags } from './runFlags';
import { configOf } from './runFlags';

/** Where competitions and their data are, for every command that takes some. */
export interface PlaceFlags {
  readonly dataDir?: string;
  readonly registry?: string[];
}

export function addPlaceFlags(command: Command): Command {
  return command
    .option('--data-dir <dir>', "folder of the competitions' data (default: in the cache)")
    .option('--registry <dir...>', 'folders with competitions of your own');
}

/** Where preparing and grading happens. */
export interface WorkFlags extends PlaceFlags {
  readonly sandbox?: SandboxChoice;
  readonly json?: true;
}

export function addWorkFlags(command: Command): Command {
  return addPlaceFlags(command)
    .addOption(
      new Option('--sandbox <kind>', 'where it is done').choices(['auto', 'docker', 'bubblewrap']),
    )
    .option('--json', 'print one JSON document');
}

/** The options of calls of the core, with progress on stderr. */
export function competitionOptions(flags: WorkFlags, context: CliContext): CompetitionOptions {
  const { dataDir, registry, sandbox } = flags;
  return {
    signal: context.signal,
    place: defined({ data_dir: dataDir, registry }),
    onProgress: context.say,
    ...defined({ sandbox }),
  };
}

export function techniqueId(text: string): TechniqueId {
  const parsed = techniqueIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(`expected ${techniqueIds.join(', ')}.`);
}

/** What `mle run` can be told. */
export interface MleRunFlags extends Omit<RunFlags, 'tasks'>, PlaceFlags {
  readonly competitionSet?: string;
  readonly lite?: true;
  readonly techniqueTasks?: true;
  readonly tasks?: TechniqueId[];
  /** Set where the flag was not given, too. */
  readonly competitions: boolean;
  readonly nSeeds?: number;
  readonly nWorkers?: number;
  readonly seed?: number;
  readonly containerConfig?: string;
}

export function addMleRunFlags(command: Command): Command {
  command
    .option('--agent <name>', 'dummy, runner, aide, aide/dev, … (default: dummy)')
    .option(
      '--competition-set <file>',
      'file with one id a line, or a list that is shipped: dev, demo, …',
    )
    .option('--lite', 'only the lite competitions of the set; without a set, all of them')
    .option('--technique-tasks', "technique tasks on each competition's data as well")
    .option(
      '--tasks <name...>',
      `which technique tasks: ${techniqueIds.join(', ')}`,
      each(techniqueId),
    )
    .option('--no-competitions', 'the technique tasks alone')
    .option('--n-seeds <n>', 'trials per competition or technique task (default: 1)', integer(1))
    .option('--n-workers <n>', 'trials at the same time', integer(1))
    .option(
      '--seed <n>',
      'what technique tasks are drawn by (default: another one each run)',
      integer(0),
    )
    .option(
      '--container-config <file>',
      "limits of an agent's container: mem_limit, shm_size, nano_cpus, gpus, …",
    )
    .option('--config <file>', 'defaults from a JSON or YAML file; flags override them')
    .option('--prompt <name=file...>', 'prompts of the agent that files replace');
  addSpendingFlags(addModelFlags(addPlaceFlags(command)));
  return command
    .option(
      '--timeout-agent <s>',
      'time of one trial (default: a day; technique tasks: an hour)',
      seconds,
    )
    .addOption(
      new Option('--sandbox <kind>', 'where tasks run').choices(['auto', 'docker', 'bubblewrap']),
    )
    .addOption(
      new Option('--engine <name>', 'what runs the trials').choices([
        'local',
        'slurm',
        'kubernetes',
      ]),
    )
    .option('--out <dir>', 'folder for run folders (default: runs)')
    .option('--keep-sandbox', 'keep the sandbox of every trial for inspection')
    .option('--skip-bad', 'leave out competitions that are not prepared')
    .option('--json', 'print one JSON document');
}

/** The run that these flags ask for. */
export async function mleRunQuery(
  flags: MleRunFlags,
  file: RunConfigInput,
  cwd: string,
): Promise<CompetitionRunQuery> {
  const { tasks, competitionSet, lite, techniqueTasks, competitions, nSeeds, nWorkers, ...rest } =
    flags;
  const { dataDir, registry, containerConfig, seed, agent } = flags;
  const container =
    containerConfig === undefined ? undefined : await readContainer(containerConfig, cwd);
  const config: RunConfigInput = {
    ...file,
    ...configOf({ ...rest, testsBefore: true }, file),
    agent: agent ?? file.agent ?? 'dummy',
    mle: { ...file.mle, ...defined({ data_dir: dataDir, registry, container }) },
    ...defined({ seed }),
  };
  return {
    config,
    competitions,
    ...defined({
      competition_set: competitionSet,
      lite,
      technique_tasks: techniqueTasks,
      tasks,
      n_seeds: nSeeds,
      n_workers: nWorkers,
    }),
  };
}

/** @throws `not-found`, or `invalid-config` with the key that is wrong */
async function readContainer(name: string, cwd: string): Promise<ContainerConfig> {
  const file = path.resolve(cwd, name);
  let value: unknown;
  try {
    // MLE-bench's own files say null for what is not limited.
    value = JSON.parse(await readFile(file, 'utf8'), (_, part: unknown) => part ?? undefined);
  } catch (error) {
    const unreadable = error instanceof SyntaxError ? 'invalid-config' : 'not-found';
    throw new RunnerError(
      unreadable,
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const config = containerConfigSchema.safeParse(value);
  if (config.success) return config.data;
  throw new RunnerError('invalid-config', `${file}: ${z.prettifyError(config.error)}`);
}
