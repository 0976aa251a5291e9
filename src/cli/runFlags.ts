import type { RunConfigInput } from '../runner/model';
import { RunnerError } from '../runner/model';
import { defined } from './defined';
import type { EnvironmentFlags } from './environmentFlags';
import { environmentsOf } from './environmentFlags';
import type { SelectionFlags } from './selectionFlags';
import { selectionOf } from './selectionFlags';

/** What `run` can be told on the command line. */
export interface RunFlags extends SelectionFlags, EnvironmentFlags {
  readonly config?: string;
  readonly json?: true;
  readonly repo?: string;
  readonly ref?: string;
  readonly pytestK?: string;
  readonly install?: string;
  readonly testCommand?: string;
  readonly image?: string;
  readonly agent?: string;
  readonly patch?: string;
  readonly actions?: string;
  readonly predictions?: string;
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
  readonly slurmPartition?: string;
  readonly slurmAccount?: string;
  readonly slurmArg?: string[];
  readonly kubernetesContext?: string;
  readonly kubernetesNamespace?: string;
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
  readonly grading?: RunConfigInput['grading'];
  /** Set where the flag was not given, too. */
  readonly testsBefore: boolean;
  readonly predictionsModel?: string;
  readonly skipBad?: true;
}

/** The keys that flags set, in RunConfig's spelling. */
export function configOf(flags: RunFlags, file: RunConfigInput): Partial<RunConfigInput> {
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
    ...selectionOf(flags),
    ...environmentsOf(flags, file),
    direct: direct === undefined ? undefined : defined(direct),
    agent: flags.agent ?? (flags.patch === undefined ? undefined : 'patch'),
    patch: flags.patch,
    actions: flags.actions,
    predictions: flags.predictions,
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
    slurm: {
      ...file.slurm,
      ...defined({
        partition: flags.slurmPartition,
        account: flags.slurmAccount,
        args: flags.slurmArg,
      }),
    },
    kubernetes: {
      ...file.kubernetes,
      ...defined({ context: flags.kubernetesContext, namespace: flags.kubernetesNamespace }),
    },
    image: flags.image,
    timeouts,
    out: flags.out,
    max_cost: flags.maxCost,
    max_turns: flags.maxTurns,
    budget: budgetOf(flags, file),
    cache: flags.cache,
    keep_sandbox: flags.keepSandbox,
    fail_under: flags.failUnder,
    grading: flags.grading,
    tests_before: flags.testsBefore ? undefined : false,
    predictions_model: flags.predictionsModel,
    skip_bad: flags.skipBad,
  });
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
