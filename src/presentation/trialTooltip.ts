import type { TrialState } from '../runner/index';
import { formatBytes, formatCount, formatDuration, plural } from './format';
import { trajectorySummary } from './trajectoryHeader';
import { causeLabel, statusLabel } from './trialLabels';
import { shortRef } from './taskTree';

/** What is worth knowing of a trial beside its row, a fact a line. */
export function trialTooltip(trial: TrialState): readonly string[] {
  const { plan, result } = trial;
  const lines = [
    plan.task_id,
    plan.repo === null ? '' : `${plan.repo} @ ${shortRef(plan.ref ?? '')}`,
    trial.node === null ? '' : `Node: ${trial.node}`,
    ...trial.notes,
  ];
  if (result !== null) {
    lines.push(
      [
        statusLabel(result.status),
        result.cause === null ? '' : causeLabel(result.cause),
        result.detail ?? '',
      ]
        .filter((part) => part !== '')
        .join(': '),
      `Agent: ${result.agent}${result.model === null ? '' : ` (${result.model})`}, ${formatDuration(result.duration_s)}`,
    );
    if (trial.agentStats.turns > 0)
      lines.push(
        `Ended as ${result.exit_status ?? 'cut off'}: ${trajectorySummary(trial).join(', ')}`,
      );
    const stats = result.patch_stats;
    if (stats !== null && stats.bytes > 0) {
      lines.push(
        `Patch: ${plural(stats.files, 'file')}, +${formatCount(stats.added)} −${formatCount(stats.removed)}, ${formatBytes(stats.bytes)}`,
      );
    }
  }
  if (trial.workerLog !== null) lines.push(`Log of its worker: ${trial.workerLog}`);
  return lines.filter((line) => line !== '');
}
