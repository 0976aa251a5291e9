import type { Command } from 'commander';
import { Option } from 'commander';
import { reportAsCsv, reportAsMarkdown } from '../../presentation/reportFormats';
import { compactTable } from '../../presentation/reportTables';
import type { RunReport } from '../../presentation/runReport';
import { badTasks, reportOf } from '../../presentation/runReport';
import type { Task, TaskValidation } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { plainTable } from '../summary';

interface ReportFlags {
  readonly compare?: true;
  readonly format: 'text' | 'md' | 'csv' | 'json';
  readonly markdown?: true;
  readonly csv?: true;
  readonly stable?: true;
  readonly excludeBad?: true;
  readonly json?: true;
}

export function addReportCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  program
    .command('report')
    .argument('<run-dir...>', 'folders of the runs')
    .description('sum up runs; with --compare, task by task beside each other')
    .option('--compare', 'pair the runs by task and attempt')
    .addOption(
      new Option('--format <format>', 'shape of the report')
        .choices(['text', 'md', 'csv', 'json'])
        .default('text'),
    )
    .option('--stable', 'leave out everything that varies between two equal runs')
    .option(
      '--exclude-bad',
      'leave out tasks that `swe validate` found broken or flaky, and say which',
    )
    .option('--markdown', 'the same as --format md')
    .option('--csv', 'the same as --format csv')
    .option('--json', 'the same as --format json')
    .action(async (runDirs: string[], flags: ReportFlags) => {
      const runner = await context.runner();
      const states = [];
      for (const runDir of runDirs)
        states.push(await runner.openRun(runDir, { signal: context.signal }));
      const report = reportOf(states, {
        stable: flags.stable === true,
        compare: flags.compare === true,
        exclude: flags.excludeBad === true ? await findBadTasks(context, runDirs) : [],
      });
      for (const { task_id, state, detail } of report.excluded)
        context.say(`left out: ${task_id} is ${state}: ${detail}`);
      print(context, report, formatOf(flags));
      done(exitStatus.done);
    });
}

function formatOf({ json, markdown, csv, format }: ReportFlags): ReportFlags['format'] {
  if (json === true) return 'json';
  if (markdown === true) return 'md';
  return csv === true ? 'csv' : format;
}

/** What validation found of the tasks of these runs, where it was not good. */
async function findBadTasks(
  { runner, signal }: CliContext,
  runDirs: readonly string[],
): Promise<readonly TaskValidation[]> {
  const core = await runner();
  const tasks = new Map<string, Task>();
  for (const runDir of runDirs) {
    for (const task of await core.readRunTasks(runDir, { signal })) tasks.set(task.taskId, task);
  }
  return badTasks((await core.readValidations([...tasks.values()], { signal })).values());
}

function print(context: CliContext, report: RunReport, format: ReportFlags['format']): void {
  switch (format) {
    case 'json':
      printJson(context, report);
      break;
    case 'md':
      context.out(reportAsMarkdown(report));
      break;
    case 'csv':
      context.out(reportAsCsv(report));
      break;
    case 'text':
      for (const { head, rows, title } of report.tables.map(compactTable)) {
        const table = plainTable([...head]);
        for (const row of rows) table.push([...row]);
        context.out(`${title}\n${table.toString()}\n\n`);
      }
      break;
  }
}
