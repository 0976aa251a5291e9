import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { gradingReport, seededReports } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import type { MleRunFlags } from '../mleFlags';
import { addMleRunFlags, mleRunQuery } from '../mleFlags';
import { gradingText, medalText, techniqueText } from '../mleReport';
import { readConfig } from '../readConfig';
import { addMleDataCommands } from './mleData';
import { addMleGradeCommands } from './mleGrade';
import { addMleTechniqueCommand } from './mleTechnique';
import { followRun } from './run';

interface MedalFlags {
  readonly leaderboard: string;
  readonly score: number[];
  readonly json?: true;
}

export function addMleCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const mle = program
    .command('mle')
    .description('competitions of MLE-bench, and technique tasks on their data');
  addMleDataCommands(mle, context, done);
  addMleRunFlags(
    mle.command('run').description('run an agent on competitions and technique tasks'),
  ).action(async (flags: MleRunFlags) => {
    done(await runCompetitions(context, flags));
  });
  addMleGradeCommands(mle, context, done);
  mle
    .command('medal')
    .description('hold scores against a leaderboard: thresholds, direction and medals')
    .requiredOption(
      '--leaderboard <csv>',
      'the final leaderboard: a CSV with a column `score`, the best team first',
    )
    .requiredOption('--score <score...>', 'scores to hold against it', addScore)
    .option('--json', 'print one JSON document: a list with one award a score')
    .action(async ({ leaderboard, score, json }: MedalFlags) => {
      const runner = await context.runner();
      const awards = await runner.medals(leaderboard, score, { signal: context.signal });
      if (json === true) printJson(context, awards);
      else context.out(medalText(awards));
      done(exitStatus.done);
    });
  addMleTechniqueCommand(mle, context, done);
}

async function runCompetitions(context: CliContext, flags: MleRunFlags): Promise<ExitStatus> {
  const runner = await context.runner();
  const { cwd } = context.host;
  const query = await mleRunQuery(flags, await readConfig(flags.config, cwd), cwd);
  const config = await runner.competitionRun(query, { signal: context.signal });
  const status = await followRun(context, {
    json: flags.json === true,
    failUnder: undefined,
    start: (options) => runner.startRun(config, options),
    describe: ({ results }) => {
      const facts = { createdAt: new Date().toISOString(), submissionPath: null };
      const reports = seededReports(results, () => facts);
      const techniques = results.flatMap(({ technique }) => technique ?? []);
      return [
        ...(reports.length === 0 ? [] : [gradingText(gradingReport(reports))]),
        ...techniques.map(techniqueText),
      ].join('\n');
    },
  });
  return status;
}

function addScore(text: string, earlier: number[] | undefined): number[] {
  const score = Number(text);
  if (text.trim() === '' || !Number.isFinite(score))
    throw new InvalidArgumentError('expected a number.');
  return [...(earlier ?? []), score];
}
