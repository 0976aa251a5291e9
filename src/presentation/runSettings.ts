import type { Price, RunConfigInput, RunPlan } from '../runner/index';
import { usesBaseUrl } from './modelChoices';

/** The settings that steer a run, as the editor holds them. null and 0 mean: not set. */
export interface RunSettings {
  readonly agent: string;
  readonly attempts: number;
  readonly concurrency: number;
  readonly sandbox: string;
  readonly image: string;
  readonly imageMirror: string;
  readonly imageBudget: string;
  readonly keepSandbox: boolean;
  readonly runsFolder: string;
  readonly model: string;
  readonly modelBaseUrl: string;
  readonly maxCost: number | null;
  readonly modelPrices: Readonly<Record<string, Price>>;
  readonly competitions: {
    /** Folders with competitions of the user's own. */
    readonly folders: readonly string[];
    /** Folder of the competitions' data; empty: the usual one. */
    readonly data: string;
  };
  readonly timeouts: Readonly<
    Record<'clone' | 'install' | 'apply' | 'test' | 'total' | 'agent', number | null>
  >;
  readonly patchLimits: {
    readonly maxBytes: number;
    readonly maxFiles: number;
    readonly maxHunks: number;
  };
}

/** What the user chose for one run, over the settings. */
export type RunChoices = Pick<
  RunConfigInput,
  | 'tasks'
  | 'task_ids'
  | 'filter'
  | 'agent'
  | 'patch'
  | 'actions'
  | 'predictions'
  | 'model'
  | 'command'
  | 'max_cost'
  | 'attempts'
  | 'concurrency'
  | 'sandbox'
  | 'keep_sandbox'
  | 'skip_bad'
  | 'contests'
  | 'seed'
>;

/** Settings and choices → the config that the core checks. What is not set is left out, so that the core's defaults hold. */
export function toRunConfig(
  settings: RunSettings,
  { model = settings.model, ...choices }: RunChoices,
): RunConfigInput {
  const timeouts = Object.fromEntries(
    Object.entries(settings.timeouts).filter(([, limit]) => limit !== null),
  );
  return {
    ...(settings.agent === '' ? {} : { agent: settings.agent }),
    attempts: settings.attempts,
    ...(settings.concurrency === 0 ? {} : { concurrency: settings.concurrency }),
    // A string from the settings; the core refuses one that it does not know, with the list of those it does.
    sandbox: settings.sandbox as NonNullable<RunConfigInput['sandbox']>,
    ...(settings.image === '' ? {} : { image: settings.image }),
    ...(settings.imageMirror === '' ? {} : { image_mirror: settings.imageMirror }),
    ...(settings.imageBudget === '' ? {} : { image_budget: settings.imageBudget }),
    keep_sandbox: settings.keepSandbox,
    out: settings.runsFolder,
    ...modelConfig(settings, model),
    ...competitionConfig(settings),
    timeouts,
    patch_limits: {
      max_bytes: settings.patchLimits.maxBytes,
      max_files: settings.patchLimits.maxFiles,
      max_hunks: settings.patchLimits.maxHunks,
    },
    ...choices,
  };
}

function competitionConfig({ competitions: { folders, data } }: RunSettings): RunConfigInput {
  return folders.length === 0 && data === ''
    ? {}
    : { mle: { registry: [...folders], ...(data === '' ? {} : { data_dir: data }) } };
}

/** `model` empty: the provider's own, also where the settings name another. */
function modelConfig(settings: RunSettings, model: string): RunConfigInput {
  const { modelBaseUrl, maxCost, modelPrices } = settings;
  return {
    ...(model === '' ? {} : { model }),
    ...(modelBaseUrl === '' || !usesBaseUrl(model) ? {} : { base_url: modelBaseUrl }),
    ...(maxCost === null ? {} : { max_cost: maxCost }),
    ...(Object.keys(modelPrices).length === 0 ? {} : { prices: { ...modelPrices } }),
  };
}

/**
 * What a run was told → the config of a run that tries some of its tasks once more. Files of the agent are copied into the
 * run folder and named relative to it; `inRunFolder` makes such a name whole.
 */
export function toRerunConfig(
  plan: RunPlan,
  taskIds: readonly string[],
  inRunFolder: (file: string) => string,
): RunConfigInput {
  const { patch, actions, contests, ...config } = plan.config;
  const { candidates, checker } = contests;
  return {
    ...config,
    // A task that was given directly has no id in a file.
    ...(config.direct === undefined ? { task_ids: [...taskIds] } : {}),
    ...(patch === undefined ? {} : { patch: inRunFolder(patch) }),
    ...(actions === undefined ? {} : { actions: inRunFolder(actions) }),
    contests: {
      ...contests,
      ...(candidates === undefined ? {} : { candidates: inRunFolder(candidates) }),
      ...(checker === undefined ? {} : { checker: inRunFolder(checker) }),
    },
    agent: plan.agent,
    attempts: 1,
    skip_bad: true,
  };
}
