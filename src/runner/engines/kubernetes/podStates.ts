import type { EngineEnd } from '../engine';
import { noRunFolder } from './manifest';
import type { ContainerState, Pod } from './objects';

/** Reasons of a container that waits which pass by themselves. */
const ordinary = new Set(['ContainerCreating', 'PodInitializing']);

/** Whether a pod's worker has begun, as far as the cluster says. */
export function isRunning({ status }: Pod): boolean {
  return status?.phase === 'Running' || status?.phase === 'Unknown';
}

/** The newest of some pods. */
export function newestOf(pods: readonly Pod[]): Pod | null {
  const timeOf = ({ metadata }: Pod): number => Number(metadata?.creationTimestamp ?? 0);
  return [...pods].sort((a, b) => timeOf(b) - timeOf(a))[0] ?? null;
}

/**
 * What somebody has to look at while a pod waits; null: nothing. `alone`: no other pod of the run is running, so that it
 * does not just wait for its turn on a full cluster.
 */
export function hindranceOf(pod: Pod, { alone }: { readonly alone: boolean }): string | null {
  const name = pod.metadata?.name ?? '';
  const waiting = stateOf(pod)?.waiting;
  if (waiting?.reason !== undefined && !ordinary.has(waiting.reason))
    return `Pod ${name} cannot begin (${waiting.reason}: ${waiting.message ?? ''}). kubectl describe pod ${name} tells more.`;
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (alone && scheduled?.status === 'False' && scheduled.reason === 'Unschedulable')
    return `Pods wait for what may never come (${scheduled.message ?? ''}). What they ask for comes from their tasks; resources in the template of the jobs win over it.`;
  return null;
}

/** Why a trial has no result although its pod is over, or no pod of it is left (null). */
export function endOf(
  pod: Pod | null,
  {
    who,
    log,
    logTail,
  }: { readonly who: string; readonly log: string; readonly logTail: string | null },
): EngineEnd {
  const { nodeName } = pod?.spec ?? {};
  const where = nodeName === undefined ? '' : ` on ${nodeName}`;
  const told = logTail === null || logTail === '' ? '' : `\n${logTail}`;
  const says = (cause: string, text: string): EngineEnd => ({
    cause,
    detail: `${who}${where}: ${text} Its log: ${log}.${told}`,
  });
  const terminated = stateOf(pod)?.terminated;
  if (terminated?.exitCode === noRunFolder)
    return {
      cause: 'run-folder-missing',
      detail: `${who}${where}: ${terminated.message?.trim() ?? 'it found no run folder.'} The volume that the template of the jobs mounts must have it at the same path as this machine: choose it with --out.`,
    };
  if (terminated?.reason === 'OOMKilled')
    return says(
      'out-of-memory',
      'the pod used more memory than it was given; resources in the template of the jobs give it more.',
    );
  if (pod?.status?.reason === 'DeadlineExceeded')
    return says(
      'job-time-limit',
      'the pod reached its time limit; activeDeadlineSeconds in the template of the jobs gives it more.',
    );
  const disruption = pod?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  if (disruption?.reason === 'PreemptionByScheduler')
    return says('preempted', 'other pods took its place too often.');
  if (disruption !== undefined || pod?.status?.reason === 'Evicted') {
    const reason = disruption?.message ?? pod?.status?.message ?? 'its node was lost';
    return says('node-failed', `it was taken from its node too often (${reason}).`);
  }
  if (terminated === undefined)
    return says('job-lost', 'no pod is left that could say what became of it.');
  const message = terminated.message?.trim();
  return says(
    'job-lost',
    terminated.exitCode === 0
      ? 'it ended without a result of its trial.'
      : `its worker failed (${terminated.reason ?? 'Error'}, exit status ${terminated.exitCode}${message === undefined || message === '' ? '' : `: ${message}`}). The image must have Benchyard, as benchyard or as BENCHYARD_WORKER in the template says.`,
  );
}

/** The state of the worker's container, which stands first. */
function stateOf(pod: Pod | null): ContainerState | undefined {
  const name = pod?.spec?.containers[0]?.name;
  return pod?.status?.containerStatuses?.find((status) => status.name === name)?.state;
}
