import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunReport } from '../../presentation/runReport';
import { reportAsCsv, reportAsMarkdown, reportOf } from '../../presentation/runReport';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { plainTable } from '../summary';

interface ReportFlags {
  readonly compare?: true;
  readonly format: 'text' | 'md' | 'csv' | 'json';
  readonly stable?: true;
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
    .option('--json', 'the same as --format json')
    .action(async (runDirs: string[], flags: ReportFlags) => {
      const runner = await context.runner();
      const states = [];
      for (const runDir of runDirs)
        states.push(await runner.openRun(runDir, { signal: context.signal }));
      const report = reportOf(states, {
        stable: flags.stable === true,
        compare: flags.compare === true,
      });
      print(context, report, flags.json === true ? 'json' : flags.format);
      done(exitStatus.done);
    });
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
      for (const { head, rows, title } of report.tables) {
        const table = plainTable([...head]);
        for (const row of rows) table.push([...row]);
        context.out(`${title}\n${table.toString()}\n\n`);
      }
      break;
  }
}
