import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus } from '../context';

export function addTrajectoryCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  program
    .command('trajectory')
    .argument('<run-dir>', 'folder of the run')
    .argument('<trial-id>', "the trial's folder in it")
    .description('print what an agent did, step by step')
    .addOption(
      new Option('--format <format>', 'Markdown for people, JSON lines for programs')
        .choices(['markdown', 'jsonl'])
        .default('markdown'),
    )
    .option('--json', 'the same as --format jsonl')
    .action(
      async (
        runDir: string,
        trialId: string,
        flags: { readonly format: 'markdown' | 'jsonl'; readonly json?: true },
      ) => {
        const runner = await context.runner();
        const format = flags.json === true ? 'jsonl' : flags.format;
        const { signal } = context;
        const pieces = runner.exportTrajectory(runDir, trialId, format, { signal });
        // A trajectory may be larger than the memory, and whoever reads may be slow.
        await pipeline(pieces, process.stdout, { end: false, signal }).catch(unlessClosed);
        done(exitStatus.done);
      },
    );
}

/** Whoever has read enough (`| head`) closes the pipe, which is no failure. */
function unlessClosed(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
}
