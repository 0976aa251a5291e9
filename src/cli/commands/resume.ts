import type { Command } from 'commander';
import { Option } from 'commander';
import type { BudgetLimits } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { printJson } from '../context';
import { integer, numberFrom, seconds } from '../numbers';
import { followRun } from './run';

interface ResumeFlags {
  readonly retry?: 'infra';
  readonly concurrency?: number;
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly maxTime?: number;
  readonly json?: true;
}

function budgetOf({ maxCost: cost, maxTokens: tokens, maxTime }: ResumeFlags): {
  readonly budget?: BudgetLimits;
} {
  if (cost === undefined && tokens === undefined && maxTime === undefined) return {};
  return {
    budget: {
      ...(cost === undefined ? {} : { cost }),
      ...(tokens === undefined ? {} : { tokens }),
      ...(maxTime === undefined ? {} : { time_s: maxTime }),
    },
  };
}

export function addResumeCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  program
    .command('resume')
    .argument('<run-dir>', 'folder of the run')
    .description('go on with a run that was interrupted: what ended is kept, the rest is run')
    .addOption(
      new Option(
        '--retry <what>',
        'run again only trials that failed through infrastructure',
      ).choices(['infra']),
    )
    .option('--concurrency <n>', 'trials at the same time', integer(1))
    .option('--max-cost <usd>', 'what the models may cost in all from now on', numberFrom(0))
    .option('--max-tokens <n>', 'tokens that the run may use in all from now on', integer(1))
    .option('--max-time <s>', 'seconds that the run may go on from now', seconds)
    .option('--json', 'print one JSON document')
    .action(async (runDir: string, flags: ResumeFlags) => {
      const status = await followRun(context, {
        json: flags.json === true,
        failUnder: undefined,
        start: async (options) =>
          (await context.runner()).resumeRun(runDir, {
            ...options,
            ...(flags.retry === undefined ? {} : { retry: flags.retry }),
            ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
            ...budgetOf(flags),
          }),
      });
      done(status);
    });

  program
    .command('trial')
    .argument('<run-dir>', 'folder of the run')
    .argument('<index>', 'number of the trial, from 0', integer(0))
    .description('run one trial of a run folder (the worker of an engine)')
    .option('--json', 'print one JSON document')
    .action(async (runDir: string, index: number) => {
      const runner = await context.runner();
      printJson(context, await runner.runTrial(runDir, index, { signal: context.signal }));
    });
}
