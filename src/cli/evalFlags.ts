import type { Command } from 'commander';
import type { RunConfigInput, TestKind } from '../runner/model';
import { addSetFlags, comparisonFlag, each, sandboxFlag, testKind } from './contestFlags';
import { defined } from './defined';
import { byteSize, integer, seconds } from './numbers';

/** What both kinds of `eval` can be told. */
export interface EvalFlags {
  readonly config?: string;
  readonly datasetName: string;
  readonly predictions?: string;
  readonly pathToSolutionsColumn?: string;
  readonly taskNameColumn?: string;
  readonly taskId?: string[];
  readonly limit?: number;
  readonly sampleRate?: number;
  readonly seed?: number;
  readonly kValues?: number[];
  readonly timeLimit?: number;
  readonly memoryLimit?: number;
  readonly listBadReferences?: true;
  readonly excludeBadReferences?: true;
  readonly workers?: number;
  readonly sandbox?: NonNullable<RunConfigInput['sandbox']>;
  readonly out?: string;
  readonly skipBad?: true;
  readonly json?: true;
}

/** What only `eval pass-at-k` can be told. */
export interface PassAtKFlags extends EvalFlags {
  readonly splitName?: string;
  readonly evaluationTestType?: TestKind[];
  readonly comparison?: NonNullable<NonNullable<RunConfigInput['contests']>['comparison']>;
  readonly checker?: string;
  readonly stopOnFirstFailure?: true;
  readonly submissions?: number;
}

export function addEvalFlags(command: Command): Command {
  return addSetFlags(command)
    .option('--config <file>', 'defaults from a JSON or YAML file; flags override them')
    .option('--predictions <file>', 'candidates: rows of {task_name, solution_candidates}')
    .option('--path-to-solutions-column <column>', 'column that holds the candidates')
    .option('--task-name-column <column>', 'column with the name of a problem')
    .option(
      '--k-values <k...>',
      'the k of pass@k (default: 1 10 100)',
      each((text) => integer(1)(text)),
    )
    .option('--time-limit <s>', 'CPU seconds for one test', seconds)
    .option('--memory-limit <size>', 'memory for one test: 256MB', byteSize)
    .option(
      '--list-bad-references',
      "judge the problems' own solutions as well, and list the problems whose solutions fail",
    )
    .option('--exclude-bad-references', 'the same, and leave these problems out of the numbers')
    .option('--workers <n>', 'problems at the same time (default: the number of cores)', integer(1))
    .addOption(sandboxFlag())
    .option('--out <dir>', 'folder for run folders (default: sandbox/runs)')
    .option('--skip-bad', 'leave out rows that cannot be used')
    .option('--json', 'print one JSON document');
}

export function addPassAtKFlags(command: Command): Command {
  return addEvalFlags(command)
    .option('--split-name <split>', 'split of a saved dataset')
    .option(
      '--evaluation-test-type <kind...>',
      'public_tests, private_tests, generated_tests (default: the last two)',
      each(testKind),
    )
    .addOption(comparisonFlag())
    .option(
      '--checker <program>',
      'Python program that decides instead: started with the files input, output, answer; exits with 0 (right), 1 or 2 (wrong)',
    )
    .option('--stop-on-first-failure', "leave out a candidate's tests after its first failure")
    .option(
      '--submissions <n>',
      'also n@k: of k candidates n are handed in after filtering by the public tests',
      integer(1),
    );
}

/** The keys that these flags set, in RunConfig's spelling. `own`: what the command itself says of the contests. */
export function evalConfigOf(
  flags: EvalFlags,
  file: RunConfigInput,
  { source, contests }: { readonly source: string; readonly contests: RunConfigInput['contests'] },
): RunConfigInput {
  const { excludeBadReferences, listBadReferences } = flags;
  return {
    ...file,
    ...defined({
      task_ids: flags.taskId,
      limit: flags.limit,
      sample_rate: flags.sampleRate,
      seed: flags.seed,
      concurrency: flags.workers,
      sandbox: flags.sandbox,
      out: flags.out,
      skip_bad: flags.skipBad,
    }),
    tasks: [source],
    benchmark: 'contests',
    agent: 'candidates',
    contests: {
      ...file.contests,
      ...contests,
      ...defined({
        candidates: flags.predictions,
        candidates_column: flags.pathToSolutionsColumn,
        name_column: flags.taskNameColumn,
        k_values: flags.kValues,
        time_limit: flags.timeLimit,
        memory_limit: flags.memoryLimit,
        references:
          excludeBadReferences === true
            ? ('exclude' as const)
            : listBadReferences === true
              ? ('list' as const)
              : undefined,
      }),
    },
  };
}

/** What only `pass-at-k` says of the contests. Without predictions the candidates are the dataset's own solutions. */
export function passAtKContests(flags: PassAtKFlags): NonNullable<RunConfigInput['contests']> {
  return defined({
    tests: flags.evaluationTestType,
    comparison: flags.comparison,
    checker: flags.checker,
    stop_on_first_failure: flags.stopOnFirstFailure,
    submissions: flags.submissions,
    candidates_column: flags.predictions === undefined ? 'solutions.solution' : undefined,
  });
}
