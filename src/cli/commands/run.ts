import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { RunConfigInput } from '../../runner/model';
import { modelProviderSchema, RunnerError } from '../../runner/model';
import type { RunHandle, RunOptions } from '../../runner/index';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { runReporter } from '../runReporter';
import { summarizeRun } from '../summary';

interface RunFlags {
  readonly config?: string;
  readonly json?: true;
  readonly tasks?: string[];
  readonly taskId?: string[];
  readonly filter?: string;
  readonly repo?: string;
  readonly ref?: string;
  readonly pytestK?: string;
  readonly install?: string;
  readonly testCommand?: string;
  readonly image?: string;
  readonly agent?: string;
  readonly patch?: string;
  readonly actions?: string;
  readonly model?: string;
  readonly provider?: RunConfigInput['provider'];
  readonly baseUrl?: string;
  readonly toolCalls?: RunConfigInput['tool_calls'];
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
  readonly contextWindow?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly command?: string;
  readonly prompt?: string[];
  readonly endWhenTestsPass?: true | string;
  readonly attempts?: number;
  readonly concurrency?: number;
  readonly sandbox?: RunConfigInput['sandbox'];
  readonly engine?: RunConfigInput['engine'];
  readonly timeoutClone?: number;
  readonly timeoutInstall?: number;
  readonly timeoutApply?: number;
  readonly timeoutTest?: number;
  readonly timeoutTotal?: number;
  readonly timeoutAgent?: number;
  readonly out?: string;
  readonly maxCost?: number;
  readonly maxTurns?: number;
  readonly maxTokens?: number;
  readonly maxTime?: number;
  readonly maxTrialCost?: number;
  readonly maxTrialTokens?: number;
  readonly cache?: true;
  readonly keepSandbox?: true;
  readonly failUnder?: number;
  readonly skipBad?: true;
}

export function addRunCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  program
    .command('run')
    .description('run an agent on tasks in sandboxes and grade what it hands in')
    .option('--config <file>', 'defaults from a JSON or YAML file; flags override them')
    .option('--tasks <file...>', 'task files (JSONL: seed rows or SWE-bench instances)')
    .option('--task-id <id...>', 'run only these tasks')
    .option('--filter <text>', 'run only tasks whose id or repository contains this')
    .option('--repo <repo>', 'one task given directly: URL or path of its repository')
    .option('--ref <ref>', 'its commit, tag or branch')
    .option('--pytest-k <expression>', 'its tests, as pytest -k selects them')
    .option('--install <command>', 'its install command')
    .option('--test-command <command>', 'its test command (default: pytest)')
    .option('--image <image>', 'container image for tasks that name none')
    .option(
      '--agent <name>',
      'gold, empty, patch, replay, runner, team, command or human (default: gold where there are gold patches, else empty)',
    )
    .option('--patch <file>', 'patch that the agent "patch" hands in')
    .option('--actions <file>', 'recorded actions that the agent "replay" performs')
    .option('--command <command>', 'program inside the sandbox that the agent "command" runs')
    .option('--prompt <name=file...>', 'prompts of the agent that files replace')
    .option(
      '--end-when-tests-pass [pattern]',
      "end an episode when the end of the agent's test output says so",
    )
    .option('--model <name>', 'model of agents that need one: NAME or PROVIDER:NAME')
    .addOption(
      new Option('--provider <name>', 'who serves the model (default: chutes)').choices(
        modelProviderSchema.options,
      ),
    )
    .option('--base-url <url>', 'OpenAI-compatible endpoint of the model')
    .addOption(
      new Option('--tool-calls <how>', 'how the model calls tools').choices([
        'auto',
        'native',
        'text',
      ]),
    )
    .option('--temperature <t>', 'sampling temperature', numberFrom(0, 2))
    .option('--max-output-tokens <n>', 'longest answer of the model', integer(1))
    .option('--context-window <n>', 'tokens that the model takes in all', integer(1))
    .option('--requests-per-minute <n>', 'rate limit of the whole run', integer(1))
    .option('--tokens-per-minute <n>', 'rate limit of the whole run', integer(1))
    .option('--attempts <k>', 'trials per task', integer(1))
    .option(
      '--concurrency <n>',
      'trials at the same time (default: the number of cores)',
      integer(1),
    )
    .addOption(
      new Option('--sandbox <kind>', 'where tasks run').choices(['auto', 'docker', 'bubblewrap']),
    )
    .addOption(
      new Option('--engine <name>', 'what runs the trials').choices([
        'local',
        'slurm',
        'kubernetes',
      ]),
    )
    .option('--timeout-clone <s>', 'limit of the clone stage (default 5)', seconds)
    .option('--timeout-install <s>', 'limit of the install stage (default 20)', seconds)
    .option('--timeout-apply <s>', 'limit of applying the patch (default 2)', seconds)
    .option('--timeout-test <s>', 'limit of each test stage (default 5)', seconds)
    .option('--timeout-total <s>', 'limit of all these stages together (default 30)', seconds)
    .option('--timeout-agent <s>', "limit of the agent's own work (default 600)", seconds)
    .option('--out <dir>', 'folder for run folders (default: sandbox/runs)')
    .option('--max-cost <usd>', 'stop when the models have cost this much', numberFrom(0))
    .option('--max-tokens <n>', 'stop when the models have used this many tokens', integer(1))
    .option('--max-time <s>', 'stop the run after this many seconds', seconds)
    .option('--max-turns <n>', 'model calls per trial (default 100)', integer(1))
    .option('--max-trial-cost <usd>', 'what the model may cost in one trial', numberFrom(0))
    .option('--max-trial-tokens <n>', 'tokens that one trial may use', integer(1))
    .option('--cache', 'answer model requests that were made before from the cache')
    .option('--keep-sandbox', 'keep the sandbox of every trial for inspection')
    .option(
      '--fail-under <rate>',
      'exit with 1 when a smaller share (0 to 1) is resolved',
      numberFrom(0, 1),
    )
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
  }: {
    readonly json: boolean;
    readonly failUnder: number | undefined;
    readonly start: (options: RunOptions) => Promise<RunHandle>;
  },
): Promise<ExitStatus> {
  const handle = await start({ signal: context.signal, observer: runReporter(context) });
  context.say(`run folder: ${handle.runDir}`);
  const { totals, results, state, runDir, runId } = await handle.done;
  if (json) printJson(context, { run_dir: runDir, run_id: runId, totals, trials: results });
  else context.out(summarizeRun(state));
  if (context.signal.aborted && state.phase === 'cancelled') return exitStatus.interrupted;
  // Before the other ways to be cancelled: a run that stopped because the disk is full was not interrupted by anybody.
  if (totals.infra_failure > 0) return exitStatus.infrastructure;
  if (state.phase === 'cancelled') return exitStatus.interrupted;
  if (failUnder !== undefined && totals.resolved_rate < failUnder) {
    context.say(
      `resolved ${(totals.resolved_rate * 100).toFixed(1)} %, under the ${(failUnder * 100).toFixed(1)} % asked for`,
    );
    return exitStatus.gateNotMet;
  }
  return exitStatus.done;
}

/** The keys that flags set, in RunConfig's spelling. */
function configOf(flags: RunFlags, file: RunConfigInput): Partial<RunConfigInput> {
  const direct =
    flags.repo === undefined
      ? undefined
      : {
          repo: flags.repo,
          ref: flags.ref ?? 'HEAD',
          pytest_k: flags.pytestK,
          install: flags.install,
          test_command: flags.testCommand,
          image: flags.image,
        };
  const timeouts = {
    ...file.timeouts,
    ...defined({
      clone: flags.timeoutClone,
      install: flags.timeoutInstall,
      apply: flags.timeoutApply,
      test: flags.timeoutTest,
      total: flags.timeoutTotal,
      agent: flags.timeoutAgent,
    }),
  };
  return defined({
    tasks: flags.tasks,
    task_ids: flags.taskId,
    filter: flags.filter,
    direct: direct === undefined ? undefined : defined(direct),
    agent: flags.agent ?? (flags.patch === undefined ? undefined : 'patch'),
    patch: flags.patch,
    actions: flags.actions,
    command: flags.command,
    prompts: promptsOf(flags.prompt, file),
    end_when_tests_pass: flags.endWhenTestsPass,
    model: flags.model,
    provider: flags.provider,
    base_url: flags.baseUrl,
    tool_calls: flags.toolCalls,
    temperature: flags.temperature,
    max_output_tokens: flags.maxOutputTokens,
    context_window: flags.contextWindow,
    requests_per_minute: flags.requestsPerMinute,
    tokens_per_minute: flags.tokensPerMinute,
    attempts: flags.attempts,
    concurrency: flags.concurrency,
    sandbox: flags.sandbox,
    engine: flags.engine,
    image: flags.image,
    timeouts,
    out: flags.out,
    max_cost: flags.maxCost,
    max_turns: flags.maxTurns,
    budget: budgetOf(flags, file),
    cache: flags.cache,
    keep_sandbox: flags.keepSandbox,
    fail_under: flags.failUnder,
    skip_bad: flags.skipBad,
  });
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  // The entries without a value are gone, which the compiler cannot see.
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}

/** Flags win over what the file says, limit by limit. */
function budgetOf(flags: RunFlags, { budget }: RunConfigInput): RunConfigInput['budget'] {
  return {
    trial: {
      ...budget?.trial,
      ...defined({ cost: flags.maxTrialCost, tokens: flags.maxTrialTokens }),
    },
    run: {
      ...budget?.run,
      ...defined({ cost: flags.maxCost, tokens: flags.maxTokens, time_s: flags.maxTime }),
    },
  };
}

/** `name=file`, as often as wanted. */
function promptsOf(
  flags: readonly string[] | undefined,
  { prompts }: RunConfigInput,
): RunConfigInput['prompts'] {
  if (flags === undefined) return undefined;
  const given = flags.map((flag) => {
    const [, name, file] = /^([^=]+)=(.+)$/.exec(flag) ?? [];
    if (name === undefined || file === undefined)
      throw new RunnerError('invalid-config', `--prompt ${flag}: expected NAME=FILE.`);
    return [name, file] as const;
  });
  return { ...prompts, ...Object.fromEntries(given) };
}

export function numberFrom(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value) || value < min || value > max) {
      throw new InvalidArgumentError(
        `Expected a number from ${min}${Number.isFinite(max) ? ` to ${max}` : ' up'}.`,
      );
    }
    return value;
  };
}

export function integer(min: number): (text: string) => number {
  const parse = numberFrom(min);
  return (text) => {
    const value = parse(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('Expected a whole number.');
    return value;
  };
}

export function seconds(text: string): number {
  const value = numberFrom(0)(text);
  if (value === 0) throw new InvalidArgumentError('Expected a number of seconds above 0.');
  return value;
}

/** What `--config` names. Its parsers are loaded only when there is one. */
async function readConfig(file: string | undefined, cwd: string): Promise<RunConfigInput> {
  if (file === undefined) return {};
  const { readConfigFile } = await import('../configFile');
  return await readConfigFile(file, cwd);
}
