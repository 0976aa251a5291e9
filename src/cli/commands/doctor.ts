import type { Command } from 'commander';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';

export function addDoctorCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  program
    .command('doctor')
    .description('tell what this machine lacks for running benchmarks, and how to mend it')
    .option('--json', 'print one JSON document')
    .action(async (flags: { json?: true }) => {
      const report = await (await context.runner()).doctor({ signal: context.signal });
      if (flags.json === true) printJson(context, report);
      else {
        for (const { id, ok, found, fix } of report.checks) {
          context.out(`${ok ? 'ok     ' : 'missing'}  ${id}: ${found}\n`);
          if (!ok && fix !== null) context.out(`         → ${fix}\n`);
        }
        context.out(report.ok ? 'Ready to run.\n' : 'Not ready: mend what is marked above.\n');
      }
      done(report.ok ? exitStatus.done : exitStatus.infrastructure);
    });
}
