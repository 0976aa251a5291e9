import type { Command } from 'commander';
import type { TechniqueId } from '../../runner/model';
import { techniqueIds } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { defined } from '../defined';
import type { WorkFlags } from '../mleFlags';
import { addWorkFlags, competitionOptions, techniqueId } from '../mleFlags';
import { techniqueText } from '../mleReport';
import { integer } from '../numbers';

interface PrepareFlags extends WorkFlags {
  readonly task: TechniqueId;
  readonly seed: number;
  readonly data?: string;
  readonly target?: string;
  readonly out: string;
}

interface GradeFlags extends WorkFlags {
  readonly dir: string;
  readonly answers: string;
}

/** `mle technique prepare`, `mle technique grade`: a technique task without a run. */
export function addMleTechniqueCommand(
  mle: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const technique = mle
    .command('technique')
    .description('technique tasks on a table of yours, or on one that is generated');
  addWorkFlags(
    technique
      .command('prepare')
      .description('make the data of a technique task: DIR/public for the agent, DIR/private')
      .requiredOption('--task <name>', techniqueIds.join(', '), techniqueId)
      .option('--seed <n>', 'what it is drawn by', integer(0), 0)
      .option('--data <csv>', 'a table (default: one that is generated)')
      .option('--target <column>', 'its target (default: the last column)')
      .requiredOption('--out <dir>', 'folder for public and private'),
  ).action(async (flags: PrepareFlags) => {
    const { task, seed, data = null, target, out } = flags;
    const runner = await context.runner();
    const made = await runner.prepareTechnique(
      { task, seed, data, out, ...defined({ target }) },
      competitionOptions(flags, context),
    );
    if (flags.json === true) printJson(context, { task, ...made });
    else if (made.applicable) context.out(`${task}: made in ${out}\n`);
    else context.out(`${task}: not applicable: ${made.reason ?? ''}\n`);
    done(exitStatus.done);
  });
  addWorkFlags(
    technique
      .command('grade')
      .description("grade an agent's artifacts")
      .requiredOption('--dir <dir>', 'folder of the task, with public and private')
      .requiredOption('--answers <dir>', "the agent's artifacts"),
  ).action(async (flags: GradeFlags) => {
    const { dir, answers } = flags;
    const runner = await context.runner();
    const result = await runner.gradeTechnique(
      { dir, answers },
      competitionOptions(flags, context),
    );
    if (flags.json === true) printJson(context, result);
    else context.out(techniqueText(result));
    done(exitStatus.done);
  });
}
