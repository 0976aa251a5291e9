import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { nodeHost } from '../nodeHost';
import { RunnerError } from '../runner/model';
import type { Runner } from '../runner/index';
import { normalizeArgv } from './argv';
import { addCleanCommand } from './commands/clean';
import { addDataCommand } from './commands/data';
import { addDoctorCommand } from './commands/doctor';
import { addEvalCommand } from './commands/eval';
import { addGenCommand } from './commands/gen';
import { addMcpCommand } from './commands/mcp';
import { addMleCommand } from './commands/mle';
import { addReportCommand } from './commands/report';
import { addResumeCommand } from './commands/resume';
import { addRunCommand } from './commands/run';
import { addServeCommand } from './commands/serve';
import { addSweCommand } from './commands/swe';
import { addTasksCommand } from './commands/tasks';
import { addTrajectoryCommand } from './commands/trajectory';
import type { CliContext, ExitStatus } from './context';
import { exitStatus, statusOf } from './context';
import { Screen } from './screen';

/** Keys may stand in a `.env` of the working folder; what the environment already has wins. */
function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile();
}

/** First Ctrl+C: stop scheduling, cancel what runs, write what happened. Second: leave now; the reaper cleans up later. */
function interruptSignal(say: (text: string) => void): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitStatus.interrupted);
    say('stopping: waiting for the sandboxes to be removed (again to leave at once)');
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

async function main(argv: readonly string[]): Promise<ExitStatus> {
  loadEnvFile();
  const screen = new Screen(process.stderr);
  const { say } = screen;
  const verbose = process.env['BENCHYARD_LOG'];
  const host = nodeHost({
    log: (level, message) => {
      if (level === 'error' || verbose !== undefined) say(`${level}: ${message}`);
    },
  });
  let runner: Promise<Runner> | null = null;
  const context: CliContext = {
    host,
    runner: () =>
      (runner ??= import('../runner/index').then(({ createRunner }) => createRunner(host))),
    signal: interruptSignal(say),
    out: (text) => process.stdout.write(text),
    streams: { stdin: process.stdin, stdout: process.stdout },
    say,
    screen,
  };
  let status: ExitStatus = exitStatus.done;
  const done = (ended: ExitStatus): void => {
    status = ended;
  };
  const program = new Command('benchyard')
    .description('Runs coding-agent benchmarks in sandboxes.')
    .version(host.version)
    .exitOverride()
    .showHelpAfterError('(benchyard --help lists the commands)');
  for (const add of [
    addRunCommand,
    addResumeCommand,
    addTasksCommand,
    addReportCommand,
    addTrajectoryCommand,
    addSweCommand,
    addDataCommand,
    addEvalCommand,
    addGenCommand,
    addMleCommand,
    addServeCommand,
    addMcpCommand,
    addDoctorCommand,
    addCleanCommand,
  ]) {
    add(program, context, done);
  }
  try {
    await program.parseAsync([...normalizeArgv(argv)], { from: 'user' });
    return status;
  } catch (error) {
    if (context.signal.aborted) return exitStatus.interrupted;
    return tell(error, say);
  }
}

function tell(error: unknown, say: (text: string) => void): ExitStatus {
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitStatus.done : exitStatus.badInput;
  if (RunnerError.is(error)) {
    say(`error: ${error.message}`);
    return statusOf(error);
  }
  say(
    `error: this is a bug in Benchyard: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return statusOf(error);
}

// stdout may be a pipe that is slower than exit(): the status is set and the process ends by itself.
void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
