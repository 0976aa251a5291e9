import type { FailureGroup, RunProgress, RunState } from '../runner/index';
import { failureOf } from '../runner/model';
import { formatCount, formatDuration } from './format';
import {
  costText,
  failureName,
  failureTitle,
  failureTone,
  formatPace,
  passesLimit,
  progressShares,
  projectedText,
  shareDone,
  slowestText,
  slowestTimes,
  timeLeftText,
} from './progressText';
import type { ProgressView } from './reportMessages';

type Fact = ProgressView['facts'][number];

/** A page shows so many of each; what is beyond them is a number. */
const mostFailures = 50;
const mostNodes = 200;

/** The progress of a run as its page shows it. */
export function progressView(progress: RunProgress): ProgressView {
  const { total, phase, failures } = progress;
  const shares = progressShares(progress);
  const done = shareDone(progress);
  return {
    isOver: phase === 'finished',
    label: `${formatCount(progress.done)} of ${formatCount(total)} trials done`,
    done,
    shares: shares.map((share) => ({ ...share, share: total === 0 ? 0 : share.count / total })),
    facts: [...timeFacts(progress), ...costFacts(progress), ...stageFacts(progress)],
    failures: failures.slice(0, mostFailures).map((group) => failureView(group, progress)),
    otherFailures: Math.max(0, failures.length - mostFailures),
    nodes: nodesView(progress),
  };
}

/** The trials of a group of failures, by the name that the page knows it by. */
export function trialsOfFailure(state: RunState, name: string): readonly string[] {
  return [...state.trials.values()]
    .filter((trial) => {
      const reason = failureOf(trial);
      return reason !== null && failureName(reason) === name;
    })
    .map(({ plan }) => plan.trial_id);
}

function timeFacts(progress: RunProgress): readonly Fact[] {
  const { rate, recent_rate: recent } = progress;
  const overall = rate === null ? '' : formatPace(rate);
  const now = recent === null ? '' : formatPace(recent.rate);
  const left = timeLeftText(progress);
  const isKnown = progress.time_left !== null;
  return [
    ...fact('Time left', isKnown ? left.replace(/^about (.*?) left/, '~$1') : unknownText(left)),
    now === '' || now === overall
      ? fact('Pace', overall)
      : fact('Pace', now, `last ${formatDuration(recent?.over_s ?? 0)}; ${overall} overall`),
  ].flat();
}

function unknownText(left: string): string {
  return left === '' ? '' : 'not known yet';
}

function costFacts({ cost }: RunProgress): readonly Fact[] {
  if (cost === null) return [];
  const { limit } = cost;
  const cap = limit === null ? '' : `limit ${costText(limit, { ...cost, at_least: false })}`;
  const warns = passesLimit(cost);
  return [
    ...fact('Cost', costText(cost.so_far, cost), cost.projected === null ? cap : ''),
    ...fact('Cost in all', projectedText(cost), warns ? `over the ${cap}` : cap, warns),
  ];
}

function stageFacts(progress: RunProgress): readonly Fact[] {
  return fact('Slowest stage', slowestText(progress), slowestTimes(progress));
}

function fact(name: string, value: string, note = '', warns = false): readonly Fact[] {
  return value === '' ? [] : [{ name, value, note, warns }];
}

function failureView(
  group: FailureGroup,
  { phase }: RunProgress,
): ProgressView['failures'][number] {
  const { count, message, example } = group;
  // What infrastructure broke is mended in the run itself, which has to be at rest for it.
  const rerun = group.status !== 'infra_failure' ? 'anew' : phase === 'running' ? null : 'retry';
  return {
    title: failureTitle(group),
    message: message ?? '',
    count,
    tone: failureTone(group),
    example: { trial: example.trial_id, detail: example.detail ?? '' },
    choice: { facet: 'failure', value: failureName(group) },
    rerun,
  };
}

function nodesView({ nodes }: RunProgress): ProgressView['nodes'] {
  if (nodes.length < 2) return null;
  const goesOn = nodes.some(({ rate }) => rate !== null);
  const head = ['Node', 'Trials', 'Running', 'Resolved', 'Failed', 'Infrastructure'];
  return {
    head: [...head, ...(goesOn ? ['Pace'] : [])],
    rows: nodes
      .slice(0, mostNodes)
      .map((node) => [
        node.node,
        ...[node.trials, node.running, node.resolved, node.failures, node.infra_failures].map(
          formatCount,
        ),
        ...(node.rate === null ? [] : [formatPace(node.rate)]),
      ]),
    others: Math.max(0, nodes.length - mostNodes),
  };
}
