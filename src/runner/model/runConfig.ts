import * as z from 'zod';
import { aideConfigSchema, aideSteps } from './aideConfig';
import { alphacodiumConfigSchema } from './alphacodiumConfig';
import type { BudgetLimits } from './budget';
import { budgetLimitsSchema } from './budget';
import { byteSizeSchema } from './byteSize';
import { contestConfigSchema } from './contestConfig';
import { kubernetesConfigSchema } from './kubernetesConfig';
import { partialStageLimitsSchema, patchLimitsSchema } from './limits';
import { mleConfigSchema } from './mleConfig';
import { modelConfigShape } from './modelConfig';
import { slurmConfigSchema } from './slurmConfig';
import { benchmarkIdSchema } from './task';

export const sandboxChoiceSchema = z.enum(['auto', 'docker', 'bubblewrap']);
export type SandboxChoice = z.infer<typeof sandboxChoiceSchema>;

export const engineIdSchema = z.enum(['local', 'slurm', 'kubernetes']);
export type EngineId = z.infer<typeof engineIdSchema>;

/** Where official tasks run: in their official images, in environments built from specs, or in what can be had. */
export const environmentChoiceSchema = z.enum(['official', 'spec', 'auto']);
export type EnvironmentChoice = z.infer<typeof environmentChoiceSchema>;

/** One task given without a file (`--repo --ref …`). */
export const directTaskSchema = z.strictObject({
  repo: z.string().min(1).describe('URL or local path of the repository'),
  ref: z.string().min(1).describe('Commit, tag or branch'),
  pytest_k: z.string().optional().describe('Expression for pytest -k'),
  install: z.string().optional().describe('Command that installs the project'),
  test_command: z.string().optional().describe('Command that runs the tests'),
  image: z.string().optional().describe('Container image of the environment'),
});
export type DirectTask = z.infer<typeof directTaskSchema>;

function isRegExp(text: string): boolean {
  try {
    new RegExp(text, 'm');
    return true;
  } catch {
    return false;
  }
}

/**
 * Everything that a run can be told: the command line's flags, the config file (`--config`), VS Code's settings and the
 * server's request body are all parsed by this schema.
 */
export const runConfigSchema = z.strictObject({
  $schema: z.string().optional(),
  tasks: z
    .array(z.string())
    .default([])
    .describe(
      'Where tasks come from: files (.jsonl, .json, .parquet; also .gz), relative to the working folder; datasets of the Hugging Face hub as hub:NAME[@REVISION][:SPLIT]; competitions as mle:ID, mle:ID/TECHNIQUE or mle:SPLIT',
    ),
  task_ids: z.array(z.string()).optional().describe('Run only these tasks; * stands for any text'),
  repositories: z
    .array(z.string())
    .optional()
    .describe(
      'Run only tasks of these repositories (owner/name, or the name); * stands for any text',
    ),
  versions: z
    .array(z.string())
    .optional()
    .describe('Run only tasks of these versions of their repositories; * stands for any text'),
  difficulties: z
    .array(z.string())
    .optional()
    .describe(
      "Run only tasks of these difficulties, in the dataset's words; * stands for any text",
    ),
  filter: z
    .string()
    .optional()
    .describe('Run only tasks whose id, repository or group contains this text'),
  benchmark: benchmarkIdSchema.optional().describe('Run only tasks of this benchmark'),
  order: z
    .enum(['listed', 'small-first'])
    .default('listed')
    .describe(
      'Order of the tasks: as their sources list them, or small and quick ones first (gold patch, tests, difficulty, earlier runs)',
    ),
  limit: z
    .int()
    .min(1)
    .optional()
    .describe('Run only so many tasks, the first ones in their order'),
  sample_rate: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe('Run only this share of the tasks, drawn by the seed; at least one'),
  direct: directTaskSchema.optional().describe('One task given here instead of in a file'),
  agent: z
    .string()
    .optional()
    .describe(
      'Agent: gold, empty, patch, replay, predictions, candidates, dummy, runner, team, alphacodium, aide, aide/dev, command or human. Default: gold where the tasks have gold patches, else empty',
    ),
  patch: z.string().optional().describe('Patch file that the agent `patch` hands in'),
  actions: z
    .string()
    .optional()
    .describe('Recorded actions (JSONL) that the agent `replay` performs'),
  predictions: z
    .string()
    .optional()
    .describe('Predictions that the agent `predictions` hands in, by task (JSON or JSONL)'),
  predictions_model: z
    .string()
    .optional()
    .describe('Whose predictions, where the file has those of several models'),
  command: z
    .string()
    .optional()
    .describe('Shell command inside the sandbox that the agent `command` runs'),
  prompts: z
    .record(z.string(), z.string())
    .optional()
    .describe('Files that replace prompts of the agent, by their names'),
  end_when_tests_pass: z
    .union([z.boolean(), z.string().refine(isRegExp, 'expected a regular expression')])
    .default(false)
    .describe(
      "End the episode when the end of the agent's test output matches: true for pytest's own words, or a regular expression",
    ),
  ...modelConfigShape,
  attempts: z.int().min(1).max(1000).default(1).describe('Trials per task'),
  concurrency: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      'Trials at the same time. Default: the number of cores; on a cluster, what it has room for',
    ),
  sandbox: sandboxChoiceSchema
    .default('auto')
    .describe('Where tasks run; auto takes Docker, then bubblewrap'),
  engine: engineIdSchema
    .default('local')
    .describe('What runs the trials: this process, or jobs of a Slurm or Kubernetes cluster'),
  slurm: slurmConfigSchema.prefault({}).describe('How the engine `slurm` submits its jobs'),
  kubernetes: kubernetesConfigSchema
    .prefault({})
    .describe('Which cluster the engine `kubernetes` uses'),
  image: z.string().optional().describe('Container image for all tasks that name none'),
  image_mirror: z
    .string()
    .optional()
    .describe(
      'Where images are pulled from instead of Docker Hub: a prefix such as mirror.example.com/dockerhub; registry=prefix for other registries, several with commas',
    ),
  image_budget: byteSizeSchema
    .optional()
    .describe(
      'Most bytes that pulled images may take together, as a number or a size such as 50GB. Default: a share of what is free',
    ),
  min_free_disk: byteSizeSchema
    .optional()
    .describe(
      'Bytes that stay free on every disk that the run writes to, as a number or a size such as 5GB: below it the run stops. Default: 1 GiB, at most a twentieth of the disk',
    ),
  dockerfile: z
    .string()
    .optional()
    .describe(
      'Dockerfile of the environment of all tasks that name none; official tasks run in it instead of their images',
    ),
  devcontainer: z
    .string()
    .optional()
    .describe('devcontainer.json of the environment, as `dockerfile`'),
  environments: environmentChoiceSchema
    .default('auto')
    .describe(
      'Where official tasks run: in their official images, in environments built from specs, or (auto) in a spec environment where the image cannot be had',
    ),
  specs: z
    .array(z.string())
    .default([])
    .describe(
      'Files with specs of environments by repository and version (JSON), laid over the known ones',
    ),
  repository_mirrors: z
    .record(z.string().min(1), z.string().min(1))
    .default({})
    .describe(
      'Where repositories are cloned from instead: beginnings of addresses and what takes their place, such as a local folder',
    ),
  timeouts: partialStageLimitsSchema.default({}).describe('Time limits of the stages, in seconds'),
  patch_limits: patchLimitsSchema.prefault({}).describe('Guardrails for patches'),
  out: z.string().default('sandbox/runs').describe('Folder that run folders are made in'),
  max_cost: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      'Stop when the models have cost this many US dollars; the short form of budget.run.cost',
    ),
  max_turns: z
    .int()
    .positive()
    .optional()
    .describe('Model calls per trial; the short form of budget.trial.turns'),
  budget: z
    .strictObject({
      trial: budgetLimitsSchema.default({}).describe('What each trial may spend'),
      run: budgetLimitsSchema.default({}).describe('What the run may spend; then it stops'),
    })
    .prefault({})
    .describe('Limits of what the agents may spend'),
  cache: z
    .boolean()
    .default(false)
    .describe('Answer model requests that were made before from the cache'),
  keep_sandbox: z
    .boolean()
    .default(false)
    .describe('Keep the sandbox of every trial for inspection'),
  fail_under: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Exit with status 1 when a smaller share is resolved'),
  skip_bad: z
    .boolean()
    .default(false)
    .describe('Run although some lines of the task files cannot be used'),
  grading: z
    .enum(['v4', 'v5'])
    .default('v5')
    .describe("Rules for official tasks: those of version 5 of SWE-bench's harness, or of 4.1"),
  contests: contestConfigSchema
    .prefault({})
    .describe('How programs of contest tasks are judged, and where candidates come from'),
  alphacodium: alphacodiumConfigSchema
    .prefault({})
    .describe('Knobs of the agent `alphacodium`; `temperature` overrides those of its stages'),
  aide: aideConfigSchema.prefault({}).describe('Knobs of the agents `aide` and `aide/dev`'),
  mle: mleConfigSchema.prefault({}).describe('How competitions and technique tasks are run'),
  stop_when_solved: z
    .boolean()
    .default(false)
    .describe(
      'Attempt a task again only while it is unsolved, one attempt after another; what is left is not run',
    ),
  tests_before: z
    .boolean()
    .default(true)
    .describe("Run the tests also before the agent's work, to tell what it changed"),
  seed: z.int().default(0).describe('Seed for everything that is random'),
});
export type RunConfig = z.infer<typeof runConfigSchema>;
export type RunConfigInput = z.input<typeof runConfigSchema>;

/** JSON schema of the config file, for editors (package.json contributes it under `jsonValidation`). */
export function runConfigJsonSchema(): unknown {
  return z.toJSONSchema(runConfigSchema, { io: 'input' });
}

/** Model calls that an agent has when nobody says otherwise. */
const leastUsualTurns = 100;

/** A search over programs asks at least twice for each of them, and again where an answer cannot be used. */
const turnsOfNode = 6;

function usualTurns({ agent, aide }: RunConfig): number {
  if (agent !== 'aide' && agent !== 'aide/dev') return leastUsualTurns;
  return Math.max(leastUsualTurns, turnsOfNode * aideSteps(agent, aide));
}

/** What each trial may spend: the short form counts where the long one says nothing. */
export function trialBudget(config: RunConfig): BudgetLimits & { readonly turns: number } {
  const { budget, max_turns: turns = usualTurns(config) } = config;
  return { ...budget.trial, turns: budget.trial.turns ?? turns };
}

/** What the run may spend in all. */
export function runBudget({ budget, max_cost: cost }: RunConfig): BudgetLimits {
  return cost === undefined ? budget.run : { cost, ...budget.run };
}
