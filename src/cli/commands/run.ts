import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunHandle, RunOptions, RunOutcome } from '../../runner/index';
import { isInfrastructureStop } from '../../runner/model';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { LiveProgress } from '../liveProgress';
import { readConfig } from '../readConfig';
import { runReporter } from '../runReporter';
import { SessionDesk } from '../sessionDesk';
import { summarizeRun } from '../summary';
import { addModelFlags, addSpendingFlags } from '../modelFlags';
import { integer, numberFrom, seconds } from '../numbers';
import type { RunFlags } from '../runFlags';
import { addEnvironmentFlags } from '../environmentFlags';
import { configOf } from '../runFlags';
import { addSelectionFlags, tasksHelp } from '../selectionFlags';

export function addRunCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  const command = program
    .command('run')
    .description('run an agent on tasks in sandboxes and grade what it hands in')
    .option('--config <file>', 'defaults from a JSON or YAML file; flags override them')
    .option('--tasks <source...>', tasksHelp);
  addEnvironmentFlags(addSelectionFlags(command))
    .option('--repo <repo>', 'one task given directly: URL or path of its repository')
    .option('--ref <ref>', 'its commit, tag or branch')
    .option('--pytest-k <expression>', 'its tests, as pytest -k selects them')
    .option('--install <command>', 'its install command')
    .option('--test-command <command>', 'its test command (default: pytest)')
    .option('--image <image>', 'container image for tasks that name none')
    .option(
      '--agent <name>',
      'gold, empty, patch, replay, predictions, candidates, dummy, runner, team, alphacodium, aide, aide/dev, command or human (default: gold where there are gold patches, else empty)',
    )
    .option('--patch <file>', 'patch that the agent "patch" hands in')
    .option('--actions <file>', 'recorded actions that the agent "replay" performs')
    .option('--predictions <file>', 'patches by task that the agent "predictions" hands in')
    .option('--command <command>', 'program inside the sandbox that the agent "command" runs')
    .option('--prompt <name=file...>', 'prompts of the agent that files replace')
    .option(
      '--end-when-tests-pass [pattern]',
      "end an episode when the end of the agent's test output says so",
    );
  addModelFlags(command)
    .option('--attempts <k>', 'trials per task', integer(1))
    .option(
      '--concurrency <n>',
      'trials at the same time (default: the number of cores; on a cluster, what it has room for)',
      integer(1),
    )
    .addOption(
      new Option('--sandbox <kind>', 'where tasks run').choices(['auto', 'docker', 'bubblewrap']),
    )
    .addOption(
      new Option(
        '--engine <name>',
        'what runs the trials: this process, or jobs of your Slurm or Kubernetes cluster',
      ).choices(['local', 'slurm', 'kubernetes']),
    )
    .option('--slurm-partition <name>', 'partition that the jobs are submitted to')
    .option('--slurm-account <name>', 'account that the jobs are charged to')
    .option('--slurm-arg <arg...>', 'more arguments of sbatch: --slurm-arg=--qos=high')
    .option('--kubernetes-context <name>', 'context of the kubeconfig')
    .option('--kubernetes-namespace <name>', 'namespace that the jobs are made in')
    .option('--timeout-clone <s>', 'limit of the clone stage (default 5)', seconds)
    .option('--timeout-install <s>', 'limit of the install stage (default 20)', seconds)
    .option('--timeout-apply <s>', 'limit of applying the patch (default 2)', seconds)
    .option('--timeout-test <s>', 'limit of each test stage (default 5)', seconds)
    .option('--timeout-total <s>', 'limit of all these stages together (default 30)', seconds)
    .option('--timeout-agent <s>', "limit of the agent's own work (default 600)", seconds)
    .option('--out <dir>', 'folder for run folders (default: sandbox/runs)');
  addSpendingFlags(command)
    .option('--keep-sandbox', 'keep the sandbox of every trial for inspection')
    .option(
      '--fail-under <rate>',
      'exit with 1 when a smaller share (0 to 1) is resolved',
      numberFrom(0, 1),
    )
    .addOption(
      new Option(
        '--grading <version>',
        'rules for official tasks: those of version 5 of the harness, or of 4.1',
      ).choices(['v4', 'v5']),
    )
    .option('--no-tests-before', "do not run the tests before the agent's work")
    .option('--predictions-model <name>', 'whose predictions, where the file has several models')
    .option('--skip-bad', 'run although some lines of the task files cannot be used')
    .option('--json', 'print one JSON document')
    .action(async (flags: RunFlags) => {
      const file = await readConfig(flags.config, context.host.cwd);
      const config = { ...file, ...configOf(flags, file) };
      const status = await followRun(context, {
        json: flags.json === true,
        failUnder: config.fail_under,
        start: async (options) => (await context.runner()).startRun(config, options),
      });
      done(status);
    });
}

/** Runs to the end, telling progress on stderr and the outcome on stdout. */
export async function followRun(
  context: CliContext,
  {
    json,
    failUnder,
    start,
    describe = ({ state }) => summarizeRun(state),
  }: {
    readonly json: boolean;
    readonly failUnder: number | undefined;
    readonly start: (options: RunOptions) => Promise<RunHandle>;
    /** The outcome for people. Default: a table of its trials. */
    readonly describe?: (outcome: RunOutcome) => string;
  },
): Promise<ExitStatus> {
  using desk = new SessionDesk(context);
  using live = new LiveProgress(context, { plain: json });
  const observer = live.with({
    ...runReporter(context),
    onSession: (session) => {
      // Somebody types in this terminal.
      live.end();
      desk.onSession(session);
    },
  });
  const handle = await start({ signal: context.signal, observer });
  context.say(`run folder: ${handle.runDir}`);
  const outcome = await handle.done;
  live.end();
  const { totals, results, state, runDir, runId } = outcome;
  if (json) printJson(context, { run_dir: runDir, run_id: runId, totals, trials: results });
  else context.out(describe(outcome));
  if (context.signal.aborted && state.phase === 'cancelled') return exitStatus.interrupted;
  // Before the other ways to be cancelled: a run that stopped because the disk is full was not interrupted by anybody.
  if (totals.infra_failure > 0 || isInfrastructureStop(state.endCause))
    return exitStatus.infrastructure;
  if (state.phase === 'cancelled') return exitStatus.interrupted;
  if (failUnder !== undefined && totals.resolved_rate < failUnder) {
    context.say(
      `resolved ${(totals.resolved_rate * 100).toFixed(1)} %, under the ${(failUnder * 100).toFixed(1)} % asked for`,
    );
    return exitStatus.gateNotMet;
  }
  return exitStatus.done;
}
