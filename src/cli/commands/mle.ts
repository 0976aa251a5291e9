import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { MedalAward } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { plainTable } from '../summary';

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
  const mle = program.command('mle').description("MLE-bench's rules");
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
}

function addScore(text: string, earlier: number[] | undefined): number[] {
  const score = Number(text);
  if (text.trim() === '' || !Number.isFinite(score))
    throw new InvalidArgumentError('expected a number.');
  return [...(earlier ?? []), score];
}

function medalText(awards: readonly MedalAward[]): string {
  const [first] = awards;
  if (first === undefined) return '';
  const direction = first.is_lower_better ? 'lower is better' : 'higher is better';
  const thresholds = [
    ['gold', first.gold_threshold],
    ['silver', first.silver_threshold],
    ['bronze', first.bronze_threshold],
    ['median', first.median_threshold],
  ].map(([name, score]) => [String(name), String(score)]);
  const rows = awards.map((award) => [
    String(award.score),
    medalOf(award),
    award.above_median ? 'above' : 'not above',
  ]);
  return [
    `${String(first.num_teams)} teams, ${direction}\n\n`,
    `${table(['threshold', 'score'], thresholds)}\n\n`,
    `${table(['score', 'medal', 'median'], rows)}\n`,
  ].join('');
}

function table(head: string[], rows: readonly (readonly string[])[]): string {
  const made = plainTable(head);
  for (const row of rows) made.push([...row]);
  return made.toString();
}

function medalOf(award: MedalAward): string {
  if (award.gold_medal) return 'gold';
  if (award.silver_medal) return 'silver';
  return award.bronze_medal ? 'bronze' : 'none';
}
