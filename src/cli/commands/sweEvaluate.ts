import type { Command } from 'commander';
import { Option } from 'commander';
import path from 'node:path';
import { plural } from '../../presentation/format';
import type { EvaluatedModel, EvaluatedPrediction } from '../../runner/index';
import type { RunConfigInput } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { defined } from '../defined';
import type { EnvironmentFlags } from '../environmentFlags';
import { addEnvironmentFlags, environmentsOf } from '../environmentFlags';
import { integer, seconds } from '../numbers';
import { colored, runReporter } from '../runReporter';
import type { SelectionFlags } from '../selectionFlags';
import { addSelectionFlags, selectionOf, tasksHelp } from '../selectionFlags';
import { plainTable } from '../summary';
import { readConfig } from '../readConfig';

interface EvaluateFlags extends SelectionFlags, EnvironmentFlags {
  readonly config?: string;
  readonly predictions: string;
  readonly runId?: string;
  readonly maxWorkers?: number;
  readonly logsDir: string;
  readonly reportDir: string;
  readonly grading?: NonNullable<RunConfigInput['grading']>;
  readonly sandbox?: NonNullable<RunConfigInput['sandbox']>;
  readonly timeoutTest?: number;
  readonly out?: string;
  readonly skipBad?: true;
  readonly json?: true;
}

/** Adds `evaluate` to `swe`. */
export function addEvaluateCommand(
  swe: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const command = swe
    .command('evaluate')
    .description(
      "evaluate predictions of any agent and write what SWE-bench's harness writes: logs, reports, a summary",
    )
    .requiredOption('--tasks <source...>', tasksHelp)
    .requiredOption(
      '--predictions <file>',
      "predictions (JSON or JSON lines), or gold for the tasks' own patches",
    );
  addEnvironmentFlags(addSelectionFlags(command))
    .option('--config <file>', 'defaults from a JSON or YAML file; flags override them')
    .option('--run-id <id>', 'name of this evaluation (default: a hash of what is evaluated)')
    .option('--max-workers <n>', 'trials at the same time', integer(1))
    .option('--logs-dir <dir>', 'folder of the logs', 'logs/run_evaluation')
    .option('--report-dir <dir>', 'folder of the summary', '.')
    .addOption(
      new Option('--grading <version>', "rules of the harness's version (default: v5)").choices([
        'v4',
        'v5',
      ]),
    )
    .addOption(
      new Option('--sandbox <kind>', 'where tasks run').choices(['auto', 'docker', 'bubblewrap']),
    )
    .option('--timeout-test <s>', 'limit of the evaluation script', seconds)
    .option('--out <dir>', 'folder for run folders (default: sandbox/runs)')
    .option('--skip-bad', 'leave out tasks that cannot be used')
    .option('--json', 'print one JSON document: the summary')
    .action(async (flags: EvaluateFlags) => {
      done(await evaluate(context, flags));
    });
}

async function evaluate(context: CliContext, flags: EvaluateFlags): Promise<ExitStatus> {
  const file = await readConfig(flags.config, context.host.cwd);
  const runner = await context.runner();
  const { models } = await runner.evaluatePredictions(
    {
      config: { ...file, ...configOf(flags, file) },
      predictions: flags.predictions,
      logsDir: flags.logsDir,
      reportDir: flags.reportDir,
      ...defined({ runId: flags.runId }),
    },
    { signal: context.signal, observer: runReporter(context), onProblem: context.say },
  );
  for (const { summaryFile } of models) context.say(`summary: ${summaryFile}`);
  if (flags.json === true) {
    const [first, ...others] = models;
    // Several models have several summaries: each under its name.
    const named = models.map(({ model, summary }) => [model, summary] as const);
    printJson(context, others.length === 0 ? first?.summary : Object.fromEntries(named));
  } else {
    for (const model of models) context.out(asTable(model));
  }
  const lost = models.some(({ predictions }) =>
    predictions.some(({ status }) => status === 'infra_failure' || status === 'cancelled'),
  );
  return lost ? exitStatus.infrastructure : exitStatus.done;
}

function configOf(flags: EvaluateFlags, file: RunConfigInput): RunConfigInput {
  const { maxWorkers, sandbox, timeoutTest, out, skipBad, grading } = flags;
  return {
    ...selectionOf(flags),
    ...environmentsOf(flags, file),
    ...defined({ concurrency: maxWorkers, sandbox, out, skip_bad: skipBad, grading }),
    timeouts: { ...file.timeouts, ...defined({ test: timeoutTest }) },
  };
}

function asTable({ model, predictions, summary, summaryFile }: EvaluatedModel): string {
  const table = plainTable(['task', 'verdict', 'FAIL_TO_PASS', 'PASS_TO_PASS', 'note']);
  for (const prediction of predictions) {
    table.push([
      prediction.taskId,
      colored(prediction.status),
      passedOf(prediction.failToPass),
      passedOf(prediction.passToPass),
      noteOf(prediction),
    ]);
  }
  const { resolved_instances: resolved, submitted_instances: submitted } = summary;
  const parts = [
    `${model}: ${String(resolved)} of ${plural(submitted, 'prediction')} resolved`,
    ...countOf(summary.empty_patch_instances, 'empty'),
    ...countOf(summary.error_instances, 'without a report'),
    ...countOf(summary.incomplete_ids.length, 'tasks without a prediction'),
  ];
  return `${table.toString()}\n${parts.join(', ')} (${path.basename(summaryFile)})\n`;
}

function countOf(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${String(count)} ${what}`];
}

function passedOf(counts: readonly [number, number] | null): string {
  return counts === null ? '' : `${String(counts[0])} of ${String(counts[1])}`;
}

function noteOf({ detail, cause, earlier, evidence }: EvaluatedPrediction): string {
  return [
    detail ?? cause,
    evidence === 'log' ? 'evidence: the log only' : null,
    earlier ? 'evaluated before' : null,
  ]
    .filter((part) => part !== null)
    .join('; ');
}
