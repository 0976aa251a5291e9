import type { Command } from 'commander';
import { Option } from 'commander';
import type { CliContext, ExitStatus } from '../context';
import { printJson } from '../context';
import { followRun, integer } from './run';

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
    .option('--json', 'print one JSON document')
    .action(
      async (runDir: string, flags: { retry?: 'infra'; concurrency?: number; json?: true }) => {
        const status = await followRun(context, {
          json: flags.json === true,
          failUnder: undefined,
          start: async (options) =>
            (await context.runner()).resumeRun(runDir, {
              ...options,
              ...(flags.retry === undefined ? {} : { retry: flags.retry }),
              ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
            }),
        });
        done(status);
      },
    );

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
