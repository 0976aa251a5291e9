import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunConfigInput, TestKind } from '../runner/model';
import { RunnerError, testKindSchema } from '../runner/model';
import { defined } from './defined';
import { comparisonFlag, each, sandboxFlag, sourceOf, testKind } from './contestFlags';
import { addModelFlags, addSpendingFlags } from './modelFlags';
import { integer, seconds } from './numbers';
import type { RunFlags } from './runFlags';
import { configOf } from './runFlags';

/** What `gen solve-problem` and `gen solve-set` can be told. */
export interface SolveFlags extends Omit<RunFlags, 'prompt' | 'direct'> {
  readonly prompts?: string[];
  readonly datasetName?: string;
  readonly splitName?: string;
  readonly problemName?: string;
  readonly problemFile?: string;
  readonly evaluationTestType?: TestKind[];
  readonly iterations?: number;
  readonly solutions?: string;
  readonly baseline?: true;
  readonly language?: NonNullable<NonNullable<RunConfigInput['alphacodium']>['language']>;
  readonly sampleRate?: number;
  readonly seed?: number;
  readonly comparison?: NonNullable<NonNullable<RunConfigInput['contests']>['comparison']>;
  readonly checker?: string;
  readonly timeLimit?: number;
}

/** The flow takes fifteen to twenty calls; models that think take minutes for each. */
const usualAgentS = 3600;

/** Adds the flags of both. */
export function addSolveFlags(command: Command): Command {
  command
    .option('--config <file>', 'defaults from a JSON or YAML file; flags override them')
    .option('--dataset-name <name>', 'saved dataset (data etl), or a file')
    .option('--split-name <split>', 'split of a saved dataset')
    .option(
      '--evaluation-test-type <kind...>',
      'tests that decide: public_tests, private_tests, generated_tests (default: all of them)',
      each(testKind),
    )
    .option(
      '--iterations <n>',
      'attempts of a problem, until one solves it (default: 1)',
      integer(1),
    )
    .option('--solutions <file>', "solution database in AlphaCodium's format, to go on with")
    .option('--baseline', 'ask once with one plain prompt instead of going through the flow')
    .addOption(
      new Option('--language <name>', 'language of the programs (default: PYTHON3)').choices([
        'PYTHON3',
        'CPP',
        'JAVA',
      ]),
    )
    .option('--agent <name>', 'who solves the problems (default: alphacodium)')
    .option('--prompts <name=file...>', 'prompts of the agent that files replace')
    .addOption(comparisonFlag())
    .option('--checker <program>', 'Python program that decides instead')
    .option('--time-limit <s>', 'CPU seconds for one test', seconds);
  addSpendingFlags(addModelFlags(command));
  return command
    .option('--timeout-agent <s>', 'limit of one attempt (default 3600)', seconds)
    .option('--concurrency <n>', 'problems at the same time (default: number of cores)', integer(1))
    .addOption(sandboxFlag())
    .option('--out <dir>', 'folder for run folders (default: sandbox/runs)')
    .option('--keep-sandbox', 'keep the sandbox of every attempt for inspection')
    .option('--skip-bad', 'leave out rows that cannot be used')
    .option('--json', 'print one JSON document');
}

/**
 * The run that solves problems, in RunConfig's spelling.
 *
 * @throws `invalid-config` when nothing says which problems
 */
export function solveConfig(flags: SolveFlags, file: RunConfigInput, cwd: string): RunConfigInput {
  const { prompts, problemName, baseline, ...runFlags } = flags;
  const { timeouts, ...config } = configOf(
    { ...runFlags, testsBefore: true, ...defined({ prompt: prompts }) },
    file,
  );
  return {
    ...file,
    ...config,
    ...defined({
      task_ids: problemName === undefined ? flags.taskId : [problemName],
      sample_rate: flags.sampleRate,
      seed: flags.seed,
      attempts: flags.iterations,
    }),
    timeouts: { agent: usualAgentS, ...timeouts },
    tasks: [sourceOfProblems(flags, cwd)],
    benchmark: 'contests',
    agent: flags.agent ?? file.agent ?? 'alphacodium',
    stop_when_solved: true,
    contests: {
      ...file.contests,
      tests: flags.evaluationTestType ?? file.contests?.tests ?? testKindSchema.options,
      ...defined({
        comparison: flags.comparison,
        checker: flags.checker,
        time_limit: flags.timeLimit,
        solutions: flags.solutions,
      }),
    },
    alphacodium: {
      ...file.alphacodium,
      ...(baseline === undefined ? {} : { use_baseline: true }),
      ...defined({ language: flags.language }),
    },
  };
}

function sourceOfProblems(flags: SolveFlags, cwd: string): string {
  const { datasetName, splitName, problemFile } = flags;
  if (problemFile !== undefined) return problemFile;
  if (datasetName === undefined)
    throw new RunnerError(
      'invalid-config',
      'Say which problem: --dataset-name with --problem-name, or --problem-file.',
    );
  return sourceOf({ datasetName, ...defined({ splitName }) }, cwd);
}
