import type { RunSettings } from '../../../src/presentation/runSettings';
import type {
  RunEvent,
  RunState,
  Task,
  TrialPlan,
  TrialResult,
  TrialState,
} from '../../../src/runner/index';
import { emptyRunState, reduceRun, runConfigSchema } from '../../../src/runner/model';
import { passedResult } from '../../support/results';

const time = '2026-01-31T08:05:09.000Z';

/** The settings as they are where nobody changed one. */
export const plainSettings: RunSettings = {
  agent: '',
  attempts: 1,
  concurrency: 0,
  sandbox: 'auto',
  image: '',
  imageMirror: '',
  imageBudget: '',
  keepSandbox: false,
  runsFolder: 'sandbox/runs',
  model: '',
  modelBaseUrl: '',
  maxCost: null,
  modelPrices: {},
  competitions: { folders: [], data: '' },
  timeouts: { clone: null, install: null, apply: null, test: null, total: null, agent: null },
  patchLimits: { maxBytes: 262_144, maxFiles: 50, maxHunks: 500 },
};

export function taskOf(taskId: string, more: Partial<Task> = {}): Task {
  return {
    benchmark: 'swe',
    taskId,
    group: 'django',
    repo: 'https://example.com/django/django',
    ref: '0123456789abcdef0123456789abcdef01234567',
    dataset: more.source?.file ?? 'seed_tasks.jsonl',
    version: null,
    difficulty: null,
    size: { patchLines: null, tests: null },
    source: { file: 'seed_tasks.jsonl', line: 1 },
    ...more,
  };
}

export function planOf(taskId: string, index = 0, attempt = 0): TrialPlan {
  return {
    trial_id: `${taskId}_${String(attempt)}`,
    index,
    attempt,
    task_id: taskId,
    benchmark: 'swe',
    group: 'django',
    repo: 'https://example.com/django/django',
    ref: '0123456789abcdef0123456789abcdef01234567',
    source: { file: 'seed_tasks.jsonl', line: index + 1 },
  };
}

export function resultOf(plan: TrialPlan, more: Partial<TrialResult> = {}): TrialResult {
  const { task_id, repo, ref, attempt } = plan;
  return passedResult({ task_id, repo, ref, attempt, duration_s: 12.4, ...more });
}

type Body = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 'v' | 'seq' | 'time'>
    : never
  : never;

/** A run as the fold makes it of events: state is never put together by hand. */
export class Story {
  #state: RunState = emptyRunState();
  #seq = 0;

  constructor(plans: readonly TrialPlan[], more: { attempts?: number; model?: string } = {}) {
    this.tell({
      type: 'run.started',
      plan: {
        schema_version: 1,
        run_id: '2026-01-31T08-05-09-UTC_run-group_gold',
        created_at: time,
        agent: 'gold',
        model: more.model ?? null,
        sandbox: 'docker',
        concurrency: 2,
        config: runConfigSchema.parse({ attempts: more.attempts ?? 1 }),
        trials: [...plans],
      },
    });
  }

  get state(): RunState {
    return this.#state;
  }

  tell(body: Body, at = time): this {
    // Numbered through over all files, which the fold allows: numbers only have to grow within each.
    this.#state = reduceRun(this.#state, { v: 1, seq: this.#seq++, time: at, ...body });
    return this;
  }

  start(trial: string): this {
    return this.tell({ type: 'trial.started', trial });
  }

  end(plan: TrialPlan, more: Partial<TrialResult> = {}): this {
    return this.tell({ type: 'trial.ended', trial: plan.trial_id, result: resultOf(plan, more) });
  }

  trial(trialId: string): TrialState {
    const trial = this.#state.trials.get(trialId);
    if (trial === undefined) throw new Error(`no trial ${trialId}`);
    return trial;
  }
}

export { toolStep } from '../../support/steps';
