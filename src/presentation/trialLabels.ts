import type {
  StageResult,
  TestSummary,
  TrialResult,
  TrialState,
  TrialStatus,
  Verdict,
} from '../runner/index';
import { classOf } from '../runner/model';
import { candidateFacts, spokenCandidates } from './candidateFacts';
import { mleFacts, spokenMle } from './competitionLabels';
import { formatDuration, plural } from './format';

/** A product icon and the theme colour that it is drawn in; null: the ordinary foreground. */
export interface Icon {
  readonly id: string;
  readonly color: string | null;
}

export const icons = {
  passed: { id: 'pass', color: 'testing.iconPassed' },
  failed: { id: 'error', color: 'testing.iconFailed' },
  errored: { id: 'warning', color: 'testing.iconErrored' },
  queued: { id: 'circle-outline', color: 'testing.iconQueued' },
  skipped: { id: 'circle-slash', color: 'testing.iconSkipped' },
  running: { id: 'sync~spin', color: null },
  idle: { id: 'circle-outline', color: null },
  trajectory: { id: 'list-tree', color: null },
  solutions: { id: 'type-hierarchy-sub', color: null },
} as const satisfies Record<string, Icon>;

/** What people call a status: in trees, for screen readers and in messages. */
export function statusLabel(status: TrialStatus): string {
  switch (status) {
    case 'passed':
      return 'resolved';
    case 'failed':
      return 'unresolved';
    case 'no_tests':
      return 'no tests ran';
    case 'error':
      return 'error';
    case 'timeout':
      return 'timed out';
    case 'patch_rejected':
      return 'patch rejected';
    case 'empty_patch':
      return 'empty patch';
    case 'suspicious':
      return 'suspicious';
    case 'infra_failure':
      return 'infrastructure failure';
    case 'cancelled':
      return 'cancelled';
    case 'not_applicable':
      return 'not applicable';
  }
}

export function statusIcon(status: TrialStatus): Icon {
  switch (classOf(status)) {
    case 'resolved':
      return icons.passed;
    case 'unresolved':
      // Red for tests that ran and said no; a warning where the tests never had their say.
      return status === 'failed' ? icons.failed : icons.errored;
    case 'empty_patch':
    case 'infra_failure':
      return icons.errored;
    case 'incomplete':
    case 'not_applicable':
      return icons.skipped;
  }
}

export interface TrialLabel {
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  /** Name, status and counts in words. */
  readonly accessibleLabel: string;
  /** Flags for `when` clauses: `viewItem =~ /\bhasPatch\b/`. */
  readonly flags: readonly string[];
}

export interface TrialContextOfRun {
  /** Attempts per task in the run: with one only, the attempt is not worth a word. */
  readonly attempts: number;
  /** Whether this window runs it and can cancel it. */
  readonly ownedHere: boolean;
  /** Whether some living process runs it; otherwise a trial without an end was interrupted. */
  readonly alive: boolean;
}

/** How a trial stands in the tree. */
export function describeTrial(trial: TrialState, run: TrialContextOfRun): TrialLabel {
  const label = trialName(trial, run.attempts);
  const { description, spoken, icon } = describePhase(trial, run.alive);
  const counts = spokenCounts(trial);
  return {
    label,
    description,
    icon,
    accessibleLabel: [label, spoken, ...counts].join(', '),
    flags: trialFlags(trial, run),
  };
}

/** `django__django-11099`, and with several attempts per task `django__django-11099 (attempt 2)`. */
export function trialName(trial: Pick<TrialState, 'plan'>, attempts: number): string {
  const { task_id, attempt } = trial.plan;
  return attempts > 1 ? `${task_id} (attempt ${attempt + 1})` : task_id;
}

function describePhase(
  trial: TrialState,
  alive: boolean,
): { readonly description: string; readonly spoken: string; readonly icon: Icon } {
  if (trial.result !== null) {
    const { status, detail, competition } = trial.result;
    const [standing = statusLabel(status)] = isGraded(status) ? mleFacts(trial.result) : [];
    // What a score is worth is said already.
    const why = competition?.valid_submission === true ? null : detail;
    return {
      description: joinFacts(endFacts(trial)),
      spoken: why === null ? standing : `${standing}: ${why}`,
      icon: statusIcon(status),
    };
  }
  if (!alive || trial.phase === 'skipped') {
    const { phase } = trial;
    const cut = phase === 'skipped' ? 'not needed' : 'interrupted';
    const spoken = phase === 'queued' ? 'not run' : cut;
    return { description: spoken, spoken, icon: icons.skipped };
  }
  if (trial.phase === 'queued') return { description: '', spoken: 'queued', icon: icons.queued };
  const stage = stageWords(trial);
  return { description: stage, spoken: `running ${stage}`, icon: icons.running };
}

function endFacts({ result }: TrialState): readonly string[] {
  if (result === null) return [];
  const duration = formatDuration(result.duration_s);
  const { contest } = result;
  if (contest !== undefined && contest.n > 0 && isGraded(result.status))
    return [...candidateFacts(contest), duration];
  if (isMleResult(result) && isGraded(result.status)) return [...mleFacts(result), duration];
  if (!isGraded(result.status)) {
    const cause = result.cause === null ? '' : `: ${causeLabel(result.cause)}`;
    return [`${statusLabel(result.status)}${cause}`, duration];
  }
  const fixed = countsOf(result.verdict?.FAIL_TO_PASS);
  const kept = countsOf(result.verdict?.PASS_TO_PASS);
  // What still passes is worth a word only where something does not any more.
  const lists = [
    fixed === null ? '' : `${fixed.good}/${fixed.total} FAIL_TO_PASS`,
    kept === null || kept.good === kept.total ? '' : `${kept.good}/${kept.total} PASS_TO_PASS`,
  ];
  return joinFacts(lists) === '' ? [testCount(result.after), duration] : [...lists, duration];
}

/** Competitions and technique tasks are told by what they came to, not by tests. */
export function isMleResult({ competition, technique }: TrialResult): boolean {
  return competition !== undefined || technique !== undefined;
}

function isGraded(status: TrialStatus): boolean {
  return status === 'passed' || status === 'failed';
}

function countsOf(
  list: Verdict['FAIL_TO_PASS'] | undefined,
): { readonly good: number; readonly total: number } | null {
  const total = (list?.success.length ?? 0) + (list?.failure.length ?? 0);
  return list === null || list === undefined || total === 0
    ? null
    : { good: list.success.length, total };
}

function testCount(after: TestSummary | null): string {
  return after === null
    ? ''
    : `${after.passed}/${after.passed + after.failed + after.errors} tests`;
}

function spokenCounts({ result }: TrialState): readonly string[] {
  if (result === null) return [];
  if (result.contest !== undefined && result.contest.n > 0 && isGraded(result.status))
    return spokenCandidates(result.contest);
  if (isMleResult(result) && isGraded(result.status)) return spokenMle(result).slice(1);
  const lists = [
    { name: 'fail to pass', counts: countsOf(result.verdict?.FAIL_TO_PASS) },
    { name: 'pass to pass', counts: countsOf(result.verdict?.PASS_TO_PASS) },
  ];
  const named = lists.flatMap(({ name, counts }) =>
    counts === null ? [] : [`${counts.good} of ${counts.total} ${name} tests`],
  );
  if (named.length > 0 || result.after === null) return named;
  const { passed, failed, errors } = result.after;
  return [`${passed} of ${plural(passed + failed + errors, 'test')} passed`];
}

/** What a running trial is at: `install`, `agent · 3 steps`. */
function stageWords(trial: TrialState): string {
  // Between stages sandboxes are opened and closed, and the agent thinks.
  const between = trial.stages.length === 0 ? 'starting' : 'working';
  const stage = trial.stage === null ? between : stageLabel(trial.stage.name);
  return joinFacts([
    stage,
    trial.agentStats.steps > 0 ? plural(trial.agentStats.steps, 'step') : '',
  ]);
}

function trialFlags(trial: TrialState, run: TrialContextOfRun): readonly string[] {
  const { result } = trial;
  const running = run.alive && trial.phase === 'running';
  return [
    'trial',
    ...(result === null ? [] : ['ended', classOf(result.status)]),
    ...(running ? ['running'] : []),
    ...(running && run.ownedHere ? ['cancellable'] : []),
    ...((result?.patch_stats?.bytes ?? 0) > 0 ? ['hasPatch'] : []),
    ...((result?.contest?.n ?? 0) > 0 ? ['hasCandidates'] : []),
    ...((result?.contest?.n ?? 0) > 1 ? ['severalCandidates'] : []),
    ...(result?.competition === undefined ? [] : ['hasLeaderboard']),
    ...(result?.competition?.submission_exists === true ? ['hasSubmission'] : []),
    ...(hasTests(trial) ? ['hasTests'] : []),
    ...(hasTrajectory(trial) ? ['hasTrajectory'] : []),
    ...(trial.keptSandbox === null ? [] : ['hasSandbox']),
    ...(run.attempts > 1 ? ['severalAttempts'] : []),
  ];
}

/** Whether there is something for Test Results: tests that ran, checks, a score. */
export function hasTests({ result }: Pick<TrialState, 'result'>): boolean {
  if (result === null) return false;
  return (result.after ?? result.before) !== null || isMleResult(result);
}

/** Whether the agent worked: one that only handed something in has nothing to be read step by step. */
export function hasTrajectory({ agentStats }: TrialState): boolean {
  return agentStats.turns + agentStats.tool_calls > 0;
}

/** Names of the pipeline's stages as people read them; others are shown as they are. */
export function stageLabel(stage: string): string {
  const names: Readonly<Record<string, string>> = {
    before: 'test (before)',
    after: 'test (after)',
    apply: 'apply patch',
  };
  return names[stage] ?? stage;
}

/** `nothing_selected` → `nothing selected`. */
export function causeLabel(cause: string): string {
  return cause.replaceAll('_', ' ');
}

export interface StageLabel {
  readonly label: string;
  readonly description: string;
  readonly icon: Icon;
  readonly accessibleLabel: string;
}

/** How an ended stage stands in the tree. */
export function describeStage(stage: StageResult): StageLabel {
  const label = stageLabel(stage.stage);
  const words = stageEnd(stage);
  const duration = stage.cause === 'snapshot' ? '' : formatDuration(stage.duration_s);
  return {
    label,
    description: joinFacts([words, stage.detail ?? '', duration]),
    icon: stageIcon(stage),
    accessibleLabel: joinWords([
      label,
      words === '' ? 'done' : words,
      stage.detail ?? '',
      duration,
    ]),
  };
}

/** How the stage that is running now stands in the tree. */
export function describeRunningStage(trial: TrialState): StageLabel {
  const name = trial.stage === null ? 'starting' : stageLabel(trial.stage.name);
  const limit = trial.stage?.limitS ?? null;
  const description = limit === null ? '' : `limit ${formatDuration(limit)}`;
  return {
    label: name,
    description,
    icon: icons.running,
    accessibleLabel: `${name}, running`,
  };
}

function stageEnd(stage: StageResult): string {
  switch (stage.cause) {
    case 'done':
      return stage.exit_code === null || stage.exit_code === 0 ? '' : `exit ${stage.exit_code}`;
    case 'snapshot':
      return 'from snapshot';
    case 'timeout':
      return 'timed out';
    case 'oom':
      return 'out of memory';
    case 'output_limit':
      return 'too much output';
    case 'crash':
    case 'failed':
    case 'cancelled':
      return stage.cause === 'crash' ? 'crashed' : stage.cause;
  }
}

function stageIcon(stage: StageResult): Icon {
  switch (stage.cause) {
    case 'done':
      if (stage.exit_code === null || stage.exit_code === 0) return icons.passed;
      // Before the patch tests are supposed to fail.
      return stage.stage === 'before' ? icons.idle : icons.failed;
    case 'snapshot':
      return icons.passed;
    case 'cancelled':
      return icons.skipped;
    case 'timeout':
    case 'oom':
    case 'crash':
    case 'output_limit':
    case 'failed':
      return icons.errored;
  }
}

/** Joins what is known as a screen reader wants it. */
export function joinWords(words: readonly string[]): string {
  return words.filter((word) => word !== '').join(', ');
}

/** Joins what is known with the tree's separator. */
export function joinFacts(facts: readonly string[]): string {
  return facts.filter((fact) => fact !== '').join(' · ');
}
