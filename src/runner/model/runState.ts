import type { AgentStats } from './agentStats';
import type { BudgetLimits } from './budget';
import { countStep, noAgentStats } from './agentStats';
import type { RunEvent, RunPlan, JobSubmission, TrialEvent, TrialPlan } from './events';
import type { StageResult, TrialResult } from './result';
import type { NodeFacts } from './searchNode';
import { classOf } from './trialClass';
import type { Usage } from './usage';
import { addUsage, noUsage, tokensOf } from './usage';

/** `skipped`: it was not needed, and never ran. */
export type TrialPhase = 'queued' | 'running' | 'ended' | 'skipped';

/** A node of a search, and the step of the trajectory that has all of it. */
export type SearchNode = NodeFacts & { readonly step: number };

/** One trial as its events tell it. */
export interface TrialState {
  readonly plan: TrialPlan;
  readonly phase: TrialPhase;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** When it was told to wait (again); null: it has waited from the run's start on, or began. */
  readonly queuedAt: string | null;
  /** The machine that works on it, or did; null: the one of the run. */
  readonly node: string | null;
  /** The log of its worker, relative to the run folder; null: it has none. */
  readonly workerLog: string | null;
  /** The stage that is running now. */
  readonly stage: {
    readonly name: string;
    readonly startedAt: string;
    readonly limitS: number | null;
  } | null;
  readonly stages: readonly StageResult[];
  readonly notes: readonly string[];
  /** What its agent did so far. */
  readonly agentStats: AgentStats;
  /** What a search over solutions made so far, in the order of its steps; of other agents none. */
  readonly nodes: readonly SearchNode[];
  /** What its model calls used so far; null before the first. */
  readonly usage: Usage | null;
  readonly keptSandbox: { readonly id: string; readonly command: readonly string[] } | null;
  readonly result: TrialResult | null;
  /** Why it was not needed; null: it was, or it is not known yet. */
  readonly skipped: { readonly reason: 'solved' | 'recorded'; readonly by: string } | null;
  readonly lastSeq: number;
}

/** From a start or a resume on, to the run's end or the next resume. */
export interface RunSession {
  readonly startedAt: string;
  readonly concurrency: number;
  /** `infra`: only trials that failed through infrastructure are run again. */
  readonly retry: 'infra' | null;
}

export type RunPhase = 'running' | 'finished' | 'cancelled' | 'interrupted';

/** A run as its events tell it: the only run state that any face shows. */
export interface RunState {
  readonly plan: RunPlan | null;
  readonly phase: RunPhase;
  readonly notes: readonly { readonly level: 'info' | 'warning'; readonly text: string }[];
  readonly trials: ReadonlyMap<string, TrialState>;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Why it was stopped (`user`, `disk`, …); null while it goes on, and when it came to its end. */
  readonly endCause: string | null;
  /** The last time that somebody began or went on with the run. */
  readonly session: RunSession | null;
  /** What the run may spend, where a resume changed it. */
  readonly budget: BudgetLimits | null;
  /** What all model calls of the run came to, those of trials that began anew among them. */
  readonly spent: {
    readonly turns: number;
    readonly tokens: number;
    /** null: the price of some call is not known. */
    readonly cost: number | null;
    /** What the calls of known price came to: all that the run cost at least. */
    readonly knownCost: number;
  };
  /** What was given to a cluster so far. */
  readonly submissions: readonly JobSubmission[];
  readonly lastSeq: number;
}

export function emptyRunState(): RunState {
  return {
    plan: null,
    phase: 'running',
    notes: [],
    trials: new Map(),
    startedAt: null,
    endedAt: null,
    endCause: null,
    session: null,
    budget: null,
    spent: { turns: 0, tokens: 0, cost: 0, knownCost: 0 },
    submissions: [],
    lastSeq: -1,
  };
}

function queued(plan: TrialPlan): TrialState {
  return {
    plan,
    phase: 'queued',
    startedAt: null,
    endedAt: null,
    queuedAt: null,
    node: null,
    workerLog: null,
    stage: null,
    stages: [],
    notes: [],
    agentStats: noAgentStats,
    nodes: [],
    usage: null,
    keptSandbox: null,
    result: null,
    skipped: null,
    lastSeq: -1,
  };
}

/**
 * The fold. Same events, same state: an event whose number was already seen (a file read twice, a stream that
 * reconnected) changes nothing. A trial that starts again (after a crash) begins anew.
 *
 * `state` is consumed: go on with what is returned. Each TrialState is immutable, so comparing two of them by identity
 * tells whether a trial changed; the map that holds them is handed on from state to state.
 */
export function reduceRun(state: RunState, event: RunEvent): RunState {
  if ('trial' in event) {
    const trial = state.trials.get(event.trial);
    if (trial === undefined || event.seq <= trial.lastSeq) return state;
    // Copying the map per event would cost n² over a run of n trials, so it moves on with the state (see the doc comment).
    const trials = state.trials as Map<string, TrialState>; // ReadonlyMap to everyone else
    trials.set(event.trial, reduceTrial(trial, event));
    return { ...state, trials, spent: spentWith(state.spent, event) };
  }
  if (event.seq <= state.lastSeq) return state;
  const next = { ...state, lastSeq: event.seq };
  switch (event.type) {
    case 'run.started':
      return {
        ...next,
        plan: event.plan,
        phase: 'running',
        startedAt: event.time,
        session: { startedAt: event.time, concurrency: event.plan.concurrency, retry: null },
        // Workers may have been there before the run begins.
        trials: new Map(
          event.plan.trials.map((plan) => [
            plan.trial_id,
            state.trials.get(plan.trial_id) ?? queued(plan),
          ]),
        ),
      };
    case 'run.resumed':
      return {
        ...next,
        phase: 'running',
        endedAt: null,
        endCause: null,
        session: {
          startedAt: event.time,
          // Earlier versions did not say.
          concurrency: event.concurrency ?? state.plan?.concurrency ?? 1,
          retry: event.retry ?? null,
        },
        budget: event.budget ?? state.budget,
      };
    case 'run.note':
      return { ...next, notes: [...state.notes, { level: event.level, text: event.text }] };
    case 'run.submitted': {
      const { job, indexes, offset } = event;
      return { ...next, submissions: [...state.submissions, { job, indexes, offset }] };
    }
    case 'run.ended':
      return { ...next, phase: event.end, endedAt: event.time, endCause: event.cause ?? null };
  }
}

function spentWith(spent: RunState['spent'], event: TrialEvent): RunState['spent'] {
  if (event.type !== 'agent.step' || event.usage === null) return spent;
  const { usage } = event;
  return {
    turns: spent.turns + 1,
    tokens: spent.tokens + tokensOf(usage),
    cost: spent.cost === null || usage.cost === null ? null : spent.cost + usage.cost,
    knownCost: spent.knownCost + (usage.cost ?? 0),
  };
}

function reduceTrial(trial: TrialState, event: TrialEvent): TrialState {
  const next = { ...trial, lastSeq: event.seq };
  switch (event.type) {
    case 'trial.started':
      return {
        ...queued(trial.plan),
        phase: 'running',
        startedAt: event.time,
        node: event.node ?? null,
        workerLog: event.log ?? null,
        lastSeq: event.seq,
      };
    case 'trial.queued':
      return { ...queued(trial.plan), queuedAt: event.time, lastSeq: event.seq };
    case 'trial.note':
      return { ...next, notes: [...trial.notes, event.text] };
    case 'stage.started':
      return {
        ...next,
        stage: { name: event.stage, startedAt: event.time, limitS: event.limit_s },
      };
    case 'stage.ended':
      return { ...next, stage: null, stages: withStage(trial.stages, event.result) };
    case 'agent.step':
      return {
        ...next,
        agentStats: countStep(trial.agentStats, event),
        nodes:
          event.node === undefined
            ? trial.nodes
            : [...trial.nodes, { ...event.node, step: event.step }],
        usage: event.usage === null ? trial.usage : addUsage(trial.usage ?? noUsage, event.usage),
      };
    case 'sandbox.kept':
      return { ...next, keptSandbox: { id: event.sandbox, command: event.command } };
    case 'trial.ended':
      return { ...next, phase: 'ended', stage: null, endedAt: event.time, result: event.result };
    case 'trial.skipped':
      return { ...next, phase: 'skipped', skipped: { reason: event.reason, by: event.by } };
  }
}

/** A stage that goes on (the ref was looked up, now the clone follows) tells its end again; the last word counts. */
function withStage(stages: readonly StageResult[], result: StageResult): readonly StageResult[] {
  const known = stages.some((stage) => stage.stage === result.stage);
  return known
    ? stages.map((stage) => (stage.stage === result.stage ? result : stage))
    : [...stages, result];
}

/**
 * Whether going on with a run runs a trial: it never ended, was cancelled, or (with `retry`, and then no other) its
 * infrastructure failed.
 */
export function isTrialLeft(
  { phase, result }: Pick<TrialState, 'phase' | 'result'>,
  retry: 'infra' | null,
): boolean {
  if (result === null) return retry === null && phase !== 'skipped';
  return classOf(result.status) === (retry === null ? 'incomplete' : 'infra_failure');
}

/**
 * Totals of a run. `total` is every planned trial and never shrinks, but for those that were not needed (`skipped`);
 * rates are over it.
 */
export interface RunTotals {
  readonly total: number;
  readonly completed: number;
  readonly running: number;
  readonly resolved: number;
  readonly unresolved: number;
  readonly empty_patch: number;
  readonly infra_failure: number;
  readonly incomplete: number;
  /** Not needed: their tasks were solved before, or they were made before the run. */
  readonly skipped: number;
  /** Their tasks do not fit the data: neither solved nor failed, and no part of `total`. */
  readonly not_applicable: number;
  /** resolved / total, 0 for an empty run. */
  readonly resolved_rate: number;
}

export function totalsOf(state: RunState): RunTotals {
  const counts = {
    resolved: 0,
    unresolved: 0,
    empty_patch: 0,
    infra_failure: 0,
    incomplete: 0,
    not_applicable: 0,
  };
  let running = 0;
  let skipped = 0;
  for (const trial of state.trials.values()) {
    if (trial.phase === 'skipped') {
      skipped += 1;
      continue;
    }
    if (trial.phase === 'running') running += 1;
    counts[trial.result === null ? 'incomplete' : classOf(trial.result.status)] += 1;
  }
  const total = state.trials.size - skipped - counts.not_applicable;
  return {
    total,
    completed: total - counts.incomplete,
    running,
    ...counts,
    skipped,
    resolved_rate: total === 0 ? 0 : counts.resolved / total,
  };
}
