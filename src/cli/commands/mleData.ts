import type { Command } from 'commander';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import type { WorkFlags } from '../mleFlags';
import { addPlaceFlags, addWorkFlags, competitionOptions } from '../mleFlags';
import { competitionsText, preparedText } from '../mleReport';

interface PrepareFlags extends WorkFlags {
  readonly competition?: string[];
  readonly lite?: true;
  readonly all?: true;
  readonly list?: string;
  readonly from?: string;
  readonly keepRaw?: true;
}

/** `mle list`, `mle prepare`: which competitions there are, and their data. */
export function addMleDataCommands(
  mle: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  addPlaceFlags(mle.command('list').description('list the competitions'))
    .option('--json', 'print one JSON document')
    .action(async (flags: WorkFlags) => {
      const runner = await context.runner();
      const listed = await runner.listCompetitions(competitionOptions(flags, context));
      if (flags.json === true) printJson(context, { competitions: listed });
      else context.out(competitionsText(listed));
      done(exitStatus.done);
    });
  addWorkFlags(
    mle
      .command('prepare')
      .description("download competitions' data from Kaggle, or take it, and prepare it")
      .option('-c, --competition <id...>', 'these competitions')
      .option('--lite', 'the lite ones')
      .option('-a, --all', 'all of them')
      .option(
        '-l, --list <file>',
        'those of a file with one id a line, or of a list that is shipped',
      )
      .option('--from <dir>', 'folder with raw data that is there already: DIR/ID, or DIR for one')
      .option('--keep-raw', 'keep what was downloaded'),
  ).action(async (flags: PrepareFlags) => {
    done(await prepare(context, flags));
  });
}

async function prepare(context: CliContext, flags: PrepareFlags): Promise<ExitStatus> {
  const { competition: ids, lite, all, list, from, keepRaw } = flags;
  const runner = await context.runner();
  const prepared = await runner.prepareCompetitions(
    { ids, lite, all, list, from, keepRaw },
    competitionOptions(flags, context),
  );
  if (flags.json === true) printJson(context, { competitions: prepared });
  else context.out(preparedText(prepared));
  return prepared.some(({ state }) => state === 'failed') ? exitStatus.gateNotMet : exitStatus.done;
}
