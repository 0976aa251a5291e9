import type { Command } from 'commander';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import type { WorkFlags } from '../mleFlags';
import { addWorkFlags, competitionOptions } from '../mleFlags';
import { gradingText, reportText } from '../mleReport';

interface GradeFlags extends WorkFlags {
  readonly submission: string;
  readonly outputDir?: string;
}

/** `mle grade`, `mle grade-sample`: what submissions are worth. */
export function addMleGradeCommands(
  mle: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  addWorkFlags(
    mle
      .command('grade')
      .description('grade many submissions')
      .requiredOption(
        '--submission <jsonl>',
        'a line for each: {"competition_id", "submission_path"}',
      )
      .option('--output-dir <dir>', 'keep grading_report.json there'),
  ).action(async (flags: GradeFlags) => {
    const { submission, outputDir } = flags;
    const runner = await context.runner();
    const report = await runner.gradeSubmissions(submission, {
      ...competitionOptions(flags, context),
      ...(outputDir === undefined ? {} : { outputDir }),
    });
    if (flags.json === true) printJson(context, report);
    else context.out(gradingText(report));
    done(exitStatus.done);
  });
  addWorkFlags(
    mle
      .command('grade-sample')
      .argument('<csv>', 'the submission')
      .argument('<competition>', 'id of the competition')
      .description('grade one submission'),
  ).action(async (csv: string, id: string, flags: WorkFlags) => {
    const runner = await context.runner();
    const report = await runner.gradeSample(csv, id, competitionOptions(flags, context));
    if (flags.json === true) printJson(context, report);
    else context.out(reportText(report));
    done(report.valid_submission ? exitStatus.done : exitStatus.gateNotMet);
  });
}
