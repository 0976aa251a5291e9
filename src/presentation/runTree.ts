import type {
  RunListing,
  RunState,
  RunTotals,
  StageResult,
  TrialClass,
  TrialState,
} from '../runner/index';
import { classOf, totalsOf } from '../runner/model';
import { formatCount, formatDuration, plural, secondsBetween } from './format';
import type { Icon } from './trialLabels';
import { findSolution, treeOfSolutions } from './solutionNodes';
import { spendingText } from './spending';
import { hasTrajectory, icons, joinFacts, joinWords } from './trialLabels';

/** A run with more trials than this shows them by what became of them, so that a refresh stays cheap. */
export const flatTrials = 200;

export type TrialBucket = 'running' | TrialClass | 'skipped' | 'queued';

export interface RunNode {
  readonly kind: 'run';
  readonly id: string;
  readonly runDir: string;
  readonly runId: string;
}
export interface BucketNode {
  readonly kind: 'bucket';
  readonly id: string;
  readonly run: RunNode;
  readonly bucket: TrialBucket;
}
export interface TrialNode {
  readonly kind: 'trial';
  readonly id: string;
  readonly run: RunNode;
  readonly trialId: string;
}
export interface StageNode {
  readonly kind: 'stage';
  readonly id: string;
  readonly trial: TrialNode;
  readonly stage: string;
  /** Position in the trial's list of stages; its length: the one that is running now. */
  readonly index: number;
}
/** What the trial's agent did, step by step. */
export interface TrajectoryNode {
  readonly kind: 'trajectory';
  readonly id: string;
  readonly trial: TrialNode;
}
/** All that a search over solutions made. */
export interface SolutionsNode {
  readonly kind: 'solutions';
  readonly id: string;
  readonly trial: TrialNode;
}
/** One of them; below it those that were made from it. */
export interface SolutionNode {
  readonly kind: 'solution';
  readonly id: string;
  readonly trial: TrialNode;
  /** Its number in the trial. */
  readonly node: number;
}
/** What a trial has below it. */
export type TrialPart = StageNode | TrajectoryNode | SolutionsNode | SolutionNode;
export type RunTreeNode = RunNode | BucketNode | TrialNode | TrialPart;
type KeptNode = Exclude<RunTreeNode, RunNode>;

/**
 * The nodes of one run. They are handles: what they show comes from the state at the time of asking, so a node lives as
 * long as its run is listed and a refresh of it finds it again.
 */
export class RunTree {
  readonly root: RunNode;
  readonly #nodes = new Map<string, KeptNode>();

  constructor(listing: RunListing) {
    this.root = { kind: 'run', id: listing.runDir, runDir: listing.runDir, runId: listing.runId };
  }

  trial(trialId: string): TrialNode {
    const id = `${this.root.id}/${trialId}`;
    return this.#keep(id, () => ({ kind: 'trial', id, run: this.root, trialId }));
  }

  childrenOf(node: RunTreeNode, state: RunState): readonly RunTreeNode[] {
    switch (node.kind) {
      case 'run':
        return isBucketed(state)
          ? this.#buckets(state)
          : [...state.trials.keys()].map((id) => this.trial(id));
      case 'bucket':
        return [...state.trials]
          .filter(([, trial]) => bucketOf(trial) === node.bucket)
          .map(([id]) => this.trial(id));
      case 'trial':
        return this.#partsOf(node, state.trials.get(node.trialId));
      case 'solutions':
      case 'solution':
        return this.#solutions(node, state.trials.get(node.trial.trialId));
      case 'stage':
      case 'trajectory':
        return [];
    }
  }

  parentOf(node: RunTreeNode, state: RunState): RunTreeNode | undefined {
    switch (node.kind) {
      case 'run':
        return undefined;
      case 'bucket':
        return node.run;
      case 'trial': {
        const trial = state.trials.get(node.trialId);
        return isBucketed(state) && trial !== undefined ? this.#bucket(bucketOf(trial)) : node.run;
      }
      case 'stage':
      case 'trajectory':
      case 'solutions':
        return node.trial;
      case 'solution': {
        const made = state.trials.get(node.trial.trialId)?.nodes ?? [];
        const parent = made.find((one) => one.node === node.node)?.parent ?? null;
        return parent === null ? this.#solutionsOf(node.trial) : this.#solution(node.trial, parent);
      }
    }
  }

  #buckets(state: RunState): readonly BucketNode[] {
    const present = new Set([...state.trials.values()].map(bucketOf));
    return bucketOrder
      .filter((bucket) => present.has(bucket))
      .map((bucket) => this.#bucket(bucket));
  }

  #bucket(bucket: TrialBucket): BucketNode {
    const id = `${this.root.id}#${bucket}`;
    return this.#keep(id, () => ({ kind: 'bucket', id, run: this.root, bucket }));
  }

  #partsOf(trial: TrialNode, state: TrialState | undefined): readonly RunTreeNode[] {
    if (state === undefined) return [];
    const id = `${trial.id}#trajectory`;
    const trajectory = this.#keep(id, () => ({ kind: 'trajectory', id, trial }));
    return [
      ...(hasTrajectory(state) ? [trajectory] : []),
      ...(state.nodes.length > 0 ? [this.#solutionsOf(trial)] : []),
      ...this.#stages(trial, state),
    ];
  }

  #solutionsOf(trial: TrialNode): SolutionsNode {
    const id = `${trial.id}#solutions`;
    return this.#keep(id, () => ({ kind: 'solutions', id, trial }));
  }

  #solution(trial: TrialNode, node: number): SolutionNode {
    const id = `${trial.id}#solutions/${String(node)}`;
    return this.#keep(id, () => ({ kind: 'solution', id, trial, node }));
  }

  #solutions(
    node: SolutionsNode | SolutionNode,
    trial: TrialState | undefined,
  ): readonly SolutionNode[] {
    const nodes = trial?.nodes ?? [];
    const children =
      node.kind === 'solutions'
        ? treeOfSolutions(nodes).roots
        : (findSolution(nodes, node.node)?.children ?? []);
    return children.map((child) => this.#solution(node.trial, child.node));
  }

  #stages(trial: TrialNode, state: TrialState): readonly StageNode[] {
    const names = [
      ...state.stages.map((stage) => stage.stage),
      ...(state.stage === null ? [] : [state.stage.name]),
    ];
    return names.map((stage, index) => {
      const id = `${trial.id}#${index}:${stage}`;
      return this.#keep(id, () => ({ kind: 'stage', id, trial, stage, index }));
    });
  }

  #keep<N extends KeptNode>(id: string, make: () => N): N {
    const known = this.#nodes.get(id);
    // The id decides the kind: it was made by the same function.
    if (known !== undefined) return known as N;
    const made = make();
    this.#nodes.set(id, made);
    return made;
  }
}

const bucketOrder: readonly TrialBucket[] = [
  'running',
  'unresolved',
  'empty_patch',
  'infra_failure',
  'resolved',
  'incomplete',
  'not_applicable',
  'skipped',
  'queued',
];

function isBucketed(state: RunState): boolean {
  return state.trials.size > flatTrials;
}

/** Where a trial stands in a run that shows its trials by what became of them. */
export function bucketOf(trial: TrialState): TrialBucket {
  if (trial.result !== null) return classOf(trial.result.status);
  return trial.phase === 'running' || trial.phase === 'skipped' ? trial.phase : 'queued';
}

export function describeBucket(
  bucket: TrialBucket,
  state: RunState,
): { label: string; description: string; icon: Icon } {
  let count = 0;
  for (const trial of state.trials.values()) if (bucketOf(trial) === bucket) count += 1;
  return { ...bucketLabels[bucket], description: formatCount(count) };
}

const bucketLabels: Readonly<Record<TrialBucket, { label: string; icon: Icon }>> = {
  running: { label: 'Running', icon: icons.running },
  resolved: { label: 'Resolved', icon: icons.passed },
  unresolved: { label: 'Unresolved', icon: icons.failed },
  empty_patch: { label: 'Empty Patch', icon: icons.errored },
  infra_failure: { label: 'Infrastructure Failure', icon: icons.errored },
  incomplete: { label: 'Cancelled', icon: icons.skipped },
  not_applicable: { label: 'Not Applicable', icon: icons.skipped },
  skipped: { label: 'Not Needed', icon: icons.skipped },
  queued: { label: 'Queued', icon: icons.queued },
};

export interface RunLabel {
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  readonly accessibleLabel: string;
  readonly flags: readonly string[];
}

export interface RunContext {
  readonly now: number;
  readonly ownedHere: boolean;
  /** `Jan 31 08:05` in the reader's zone and language. */
  readonly formatTime: (iso: string) => string;
}

/** How a run stands in the tree. `state` null: its events were not read yet. */
export function describeRun(
  listing: RunListing,
  state: RunState | null,
  context: RunContext,
): RunLabel {
  if (state === null) return describeUnread(listing, false);
  if (state.plan === null) return describeUnread(listing, true);
  const totals = totalsOf(state);
  const running = state.phase === 'running';
  const { who, what } = partsOfName(state);
  const facts = {
    phase: running || state.phase === 'finished' ? '' : state.phase,
    progress: running ? `${progressText(totals)} done` : '',
    rate: `${formatCount(totals.resolved)}/${formatCount(totals.total)} resolved`,
    infra: totals.infra_failure === 0 ? '' : plural(totals.infra_failure, 'infrastructure failure'),
    spending: spendingText(state),
    duration: running ? '' : durationOf(state, context.now),
    time: state.startedAt === null ? '' : context.formatTime(state.startedAt),
  };
  const { phase, progress, rate, infra, spending, duration, time } = facts;
  return {
    label: who,
    // The facts before the name: a narrow side bar cuts the end off.
    description: joinFacts([phase, progress, rate, infra, spending, what, duration, time]),
    icon: runIcon(state, totals),
    accessibleLabel: joinWords([
      runName(state),
      state.phase,
      progress,
      rate.replace('/', ' of '),
      infra,
      spending,
      time,
    ]),
    flags: runFlags(state, totals, context.ownedHere),
  };
}

function durationOf(state: RunState, now: number): string {
  if (state.startedAt === null || state.endedAt === null) return '';
  return formatDuration(secondsBetween(state.startedAt, state.endedAt, now));
}

function describeUnread(listing: RunListing, unreadable: boolean): RunLabel {
  const { agent, time } = partsOfRunId(listing.runId);
  const words = unreadable ? 'cannot be read' : '';
  return {
    label: agent,
    description: joinFacts([words, time]),
    icon: unreadable ? icons.errored : icons.idle,
    accessibleLabel: joinWords(['run', agent, words, time]),
    flags: ['run', 'unread'],
  };
}

/** `2026-01-31T08-05-09-UTC_run-group_gold` → agent and time; another name is its own agent. */
export function partsOfRunId(runId: string): { readonly agent: string; readonly time: string } {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-\d\d.*?_run-group_(.+)$/.exec(runId);
  const [, date, hour, minute, agent] = parts ?? [];
  if (date === undefined || hour === undefined || minute === undefined || agent === undefined) {
    return { agent: runId, time: '' };
  }
  return { agent, time: `${date} ${hour}:${minute} UTC` };
}

/** `gold on django__django-11099`, `gold on 12 tasks`. */
export function runName(state: RunState): string {
  const { who, what } = partsOfName(state);
  return who === '' ? '' : `${who} on ${what}`;
}

function partsOfName({ plan }: RunState): { readonly who: string; readonly what: string } {
  if (plan === null) return { who: '', what: '' };
  const tasks = new Set(plan.trials.map((trial) => trial.task_id));
  const [only = ''] = tasks;
  return {
    who: plan.model === null ? plan.agent : `${plan.agent} (${plan.model})`,
    what: tasks.size === 1 ? only : plural(tasks.size, 'task'),
  };
}

function runIcon(state: RunState, totals: RunTotals): Icon {
  if (state.phase === 'running') return icons.running;
  if (state.phase !== 'finished') return icons.skipped;
  if (totals.infra_failure > 0) return icons.errored;
  return totals.resolved === totals.total ? icons.passed : icons.failed;
}

function runFlags(state: RunState, totals: RunTotals, ownedHere: boolean): readonly string[] {
  const running = state.phase === 'running';
  return [
    'run',
    running ? 'running' : 'ended',
    ...(running && ownedHere ? ['cancellable'] : []),
    ...(!running && totals.incomplete > 0 ? ['resumable'] : []),
    ...(!running && totals.infra_failure > 0 ? ['retryable'] : []),
  ];
}

/** `12/50`: trials that ended of all trials. */
export function progressText(totals: Pick<RunTotals, 'completed' | 'total'>): string {
  return `${formatCount(totals.completed)}/${formatCount(totals.total)}`;
}

/** The stage that a node of the tree stands for; null: the one that is running now, or none any more. */
export function stageOf(node: StageNode, trial: TrialState): StageResult | null {
  return trial.stages[node.index] ?? null;
}
