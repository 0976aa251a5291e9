import type { FailureReason, RunCost, RunProgress } from '../runner/index';
import { formatCost, formatCount, formatDuration } from './format';
import type { Tone } from './reportMessages';
import { causeLabel, icons, joinFacts, stageLabel, statusIcon, statusLabel } from './trialLabels';

/** Some of a run's trials, as a bar shows them. */
export interface ProgressShare {
  readonly label: string;
  readonly count: number;
  readonly tone: Tone;
}

/** What became of the trials, in the order of a bar; what nothing is told of is left out. */
export function progressShares(progress: RunProgress): readonly ProgressShare[] {
  const shares: readonly ProgressShare[] = [
    { label: 'resolved', count: progress.resolved, tone: 'passed' },
    { label: 'unresolved', count: progress.unresolved, tone: 'failed' },
    { label: 'empty patch', count: progress.empty_patch, tone: 'warning' },
    { label: 'infrastructure', count: progress.infra_failure, tone: 'warning' },
    { label: 'cancelled', count: progress.cancelled, tone: 'idle' },
    { label: 'running', count: progress.running, tone: 'running' },
    { label: 'to go', count: progress.waiting, tone: 'idle' },
  ];
  return shares.filter(({ count }) => count > 0);
}

/** `12.3 %` of the trials are done; never all of them before they are. */
export function shareDone({ done, total }: RunProgress): string {
  if (total === 0) return '100 %';
  return `${(Math.floor((done / total) * 1000) / 10).toFixed(done === total ? 0 : 1)} %`;
}

/** `42/min`, `7.5/min`, `12/h`: digits that say something. */
export function formatPace(perMinute: number): string {
  const [value, unit] = perMinute < 1 ? [perMinute * 60, 'h'] : [perMinute, 'min'];
  const digits =
    value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : formatCount(Math.round(value));
  return `${digits}/${unit}`;
}

/** `42/min`, and where the recent pace is another than that of all: `(38/min overall)`. */
export function paceText({ rate, recent_rate: recent }: RunProgress): string {
  const overall = rate === null ? '' : formatPace(rate);
  const now = recent === null ? overall : formatPace(recent.rate);
  return now === overall || overall === '' ? now : `${now} (${overall} overall)`;
}

/** `about 3h 20m left`; empty where the run does not go on. */
export function timeLeftText({ phase, time_left: left, done }: RunProgress): string {
  if (phase !== 'running') return '';
  if (left === null) return 'time left is not known yet';
  if (left.seconds < 1) return '';
  const seconds = left.seconds < 60 ? Math.ceil(left.seconds) : left.seconds;
  const text = `about ${seconds < 60 ? `${String(seconds)}s` : formatDuration(seconds)} left`;
  return left.rough ? `${text} (a guess by ${formatCount(done)})` : text;
}

/** `$1.20`; `≥ $1.20` where the price of some calls is not known, and `unknown` where that of all is not. */
export function costText(amount: number, { at_least: atLeast }: RunCost): string {
  if (!atLeast) return formatCost(amount);
  return amount === 0 ? 'unknown' : `≥ ${formatCost(amount)}`;
}

/** `≈ $12.40`; empty where nothing is expected. */
export function projectedText(cost: RunCost): string {
  const { projected, so_far: soFar, at_least: atLeast } = cost;
  if (projected === null || projected <= soFar) return '';
  return atLeast ? costText(projected, cost) : `≈ ${formatCost(projected)}`;
}

/** Whether the run will come to its limit of cost before its end. */
export function passesLimit({ projected, limit }: RunCost): boolean {
  return projected !== null && limit !== null && projected > limit;
}

/** `agent, 70 % of the time`; empty before a stage ended. */
export function slowestText({ slowest }: RunProgress): string {
  if (slowest === null) return '';
  return `${stageLabel(slowest.stage)}, ${String(Math.round(slowest.share * 100))} % of the time`;
}

/** `median 4m 02s, 90 % 9m 10s` of the slowest stage. */
export function slowestTimes({ slowest, stages }: RunProgress): string {
  const times = stages.find(({ stage }) => stage === slowest?.stage);
  if (times === undefined) return '';
  return `median ${formatDuration(times.median_s)}, 90 % ${formatDuration(times.p90_s)}`;
}

/** `infrastructure failure · sandbox-lost`. */
export function failureTitle({ status, cause }: Pick<FailureReason, 'status' | 'cause'>): string {
  // What ran out of time is a stage.
  const why = (status === 'timeout' ? stageLabel : causeLabel)(cause ?? '');
  return joinFacts([statusLabel(status), why]);
}

/** `infrastructure failure · sandbox-lost: The sandbox is gone: …`: no two reasons have the same name. */
export function failureName({ message, ...reason }: FailureReason): string {
  return message === null ? failureTitle(reason) : `${failureTitle(reason)}: ${message}`;
}

/** As its trials look in lists. */
export function failureTone({ status }: Pick<FailureReason, 'status'>): Tone {
  const { id } = statusIcon(status);
  if (id === icons.failed.id) return 'failed';
  return id === icons.errored.id ? 'warning' : 'idle';
}
