import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { formatBytes, formatCount } from '../../presentation/format';
import type { ContestLanguage } from '../../runner/model';
import { contestLanguage, contestLanguageSchema } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { describeDataset } from '../dataSummary';
import { DataReporter } from '../dataReporter';
import { integer, numberFrom } from '../numbers';
import { plainTable } from '../summary';
import type { ShowFlags } from './dataShow';
import { showDataset } from './dataShow';

interface EtlFlags {
  readonly source: string;
  readonly outputDatasetName: string;
  readonly filterLanguages?: ContestLanguage[];
  readonly trainSample?: number;
  readonly translateReferences?: true;
  readonly splits?: string[];
  readonly seed?: number;
  readonly json?: true;
}

export function addDataCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const data = program
    .command('data')
    .description('datasets of contest problems: make them, and look at them');
  data
    .command('etl')
    .description('download or read a dataset, filter and sample it, and save it in the cache')
    .requiredOption(
      '--source <source>',
      'dataset of the hub (deepmind/code_contests), or a folder or file: .parquet, .jsonl, .jsonl.gz',
    )
    .requiredOption('--output-dataset-name <name>', 'what it is called from then on')
    .option(
      '--filter-languages <language...>',
      'leave out solutions in other languages: PYTHON3, CPP, JAVA, PYTHON',
      languages,
    )
    .option('--train-sample <share>', 'a share of the train split, such as 0.1', share)
    .option(
      '--translate-references',
      'save names of sites, difficulties and languages, not numbers',
    )
    .option('--splits <split...>', 'only these splits (default: all)')
    .option('--seed <n>', 'seed of the sample (default: 0)', integer(0))
    .option('--json', 'print the manifest as one JSON document')
    .action(async (flags: EtlFlags) => {
      done(await etl(context, flags));
    });
  data
    .command('list')
    .description('list the saved datasets')
    .option('--json', 'print one JSON document')
    .action(async (flags: { readonly json?: true }) => {
      done(await listDatasets(context, flags));
    });
  data
    .command('show')
    .argument('<name>', 'a saved dataset')
    .description('how a saved dataset was made, the tasks of a split, or one task')
    .option('--split <split>', 'list the tasks of this split')
    .option('--task <name>', 'show this task, with its public tests')
    .option('--json', 'print one JSON document')
    .action(async (name: string, flags: ShowFlags) => {
      done(await showDataset(context, name, flags));
    });
}

function languages(text: string, before: ContestLanguage[] = []): ContestLanguage[] {
  const language = contestLanguage(text);
  if (language !== null) return before.includes(language) ? before : [...before, language];
  throw new InvalidArgumentError(`Expected ${contestLanguageSchema.options.join(', ')}.`);
}

const share = numberFrom(Number.MIN_VALUE, 1);

async function etl(context: CliContext, flags: EtlFlags): Promise<ExitStatus> {
  const runner = await context.runner();
  using reporter = new DataReporter(context);
  const manifest = await runner.makeDataset(
    {
      source: flags.source,
      name: flags.outputDatasetName,
      splits: flags.splits,
      languages: flags.filterLanguages,
      translateReferences: flags.translateReferences,
      trainSample: flags.trainSample,
      seed: flags.seed,
    },
    { signal: context.signal, onProgress: reporter.onProgress, onNote: reporter.onNote },
  );
  reporter.finish();
  if (flags.json === true) printJson(context, manifest);
  else context.out(describeDataset(manifest));
  return exitStatus.done;
}

async function listDatasets(
  context: CliContext,
  { json }: { readonly json?: true },
): Promise<ExitStatus> {
  const datasets = await (await context.runner()).listDatasets({ signal: context.signal });
  if (json === true) printJson(context, { datasets });
  else if (datasets.length === 0) context.out('no dataset is saved; save one with data etl\n');
  else {
    const table = plainTable(['dataset', 'splits', 'problems', 'size', 'source', 'made']);
    for (const { name, splits, source, created_at: made } of datasets) {
      table.push([
        name,
        splits.map((split) => split.name).join(', '),
        formatCount(splits.reduce((rows, split) => rows + split.rows, 0)),
        formatBytes(splits.reduce((bytes, split) => bytes + split.bytes, 0)),
        source,
        made.slice(0, 10),
      ]);
    }
    context.out(`${table.toString()}\n`);
  }
  return exitStatus.done;
}
