import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Needs } from '../engine';
import type { Container, Job, PodSpec } from './objects';

/** Where workers' output and what jobs are made of goes, below the run folder. */
const jobFolder = 'kubernetes';
const runLabel = 'benchyard.dev/run';
/** Labels that Kubernetes gives the pods of jobs. */
export const jobLabel = 'batch.kubernetes.io/job-name';
export const indexLabel = 'batch.kubernetes.io/job-completion-index';
/** Status of a worker's script that finds no run folder. */
export const noRunFolder = 66;
/** A pod whose node is lost, or that is moved elsewhere, is begun again so often. */
const replacements = 5;
/** What is left of a run whose submitter died is removed by the cluster. */
const keptSeconds = 24 * 3600;
/** A worker that is stopped says so in its trial's folder. */
const graceSeconds = 60;

interface RunPlace {
  readonly runId: string;
  readonly runDir: string;
}

/** What all objects of a run are found by, whoever made them, also when that process died before it could say so. */
function runKey({ runId, runDir }: RunPlace): string {
  return createHash('sha256').update(`${runId}\n${runDir}`).digest('hex').slice(0, 16);
}

/** The name of a run's n-th job. */
export function jobName(run: RunPlace, n: number): string {
  return `benchyard-${runKey(run)}-${n}`;
}

/** Which of its run's jobs one is; null: none of ours. */
export function numberOf(name: string): number | null {
  const [, n] = /^benchyard-[0-9a-f]{16}-(\d+)$/.exec(name) ?? [];
  return n === undefined ? null : Number(n);
}

export function secretName(run: RunPlace): string {
  return `benchyard-${runKey(run)}`;
}

export function labelsOf(run: RunPlace): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/managed-by': 'benchyard', [runLabel]: runKey(run) };
}

export function runSelector(run: RunPlace): string {
  return `${runLabel}=${runKey(run)}`;
}

/** The pods that a job made for one of its indexes. */
export function indexSelector(job: string, index: number): string {
  return `${jobLabel}=${job},${indexLabel}=${index}`;
}

/** One trial index a line, in the order of the job's own indexes; relative to the run folder. */
export function indexFile(job: string): string {
  return `${jobFolder}/${job}.indexes`;
}

/** Exists when a trial of a job is not to begin (again); relative to the run folder. */
export function cancelFile(job: string, trial: number): string {
  return `${jobFolder}/${job}.cancelled/${trial}`;
}

export function logOf(job: string, trial: number): string {
  return `${jobFolder}/${job}-${trial}.out`;
}

/**
 * What a pod does: the worker of its trial, which is told where it is. A status of 3 means that the trial's result says what
 * was wrong: it is no reason to begin the pod again. Signals reach the worker, which then ends its sandbox.
 */
export const podScript = `cd "$BENCHYARD_RUN_DIR" 2>/dev/null && [ -f run.json ] || {
  echo "There is no run folder at $BENCHYARD_RUN_DIR in this pod." >&2
  exit ${noRunFolder}
}
trial=$(sed -n "$((JOB_COMPLETION_INDEX + 1))p" "${indexFile('$BENCHYARD_JOB')}")
[ -n "$trial" ] || exit ${noRunFolder}
[ -e "${jobFolder}/$BENCHYARD_JOB.cancelled/$trial" ] && exit 0
export BENCHYARD_WORKER_LOG="${jobFolder}/$BENCHYARD_JOB-$trial.out"
exec >>"$BENCHYARD_WORKER_LOG" 2>&1
\${BENCHYARD_WORKER:-benchyard} trial "$BENCHYARD_RUN_DIR" "$trial" &
worker=$!
trap 'kill -TERM "$worker" 2>/dev/null' TERM INT
wait "$worker"
status=$?
while [ "$status" -gt 128 ] && kill -0 "$worker" 2>/dev/null; do
  wait "$worker"
  status=$?
done
[ "$status" = 3 ] && exit 0
exit "$status"
`;

/** The folder of a template's volume that has a path in it; null: none. */
export function mountOf(template: Job, file: string): string | null {
  const [worker] = template.spec?.template.spec?.containers ?? [];
  const holding = (worker?.volumeMounts ?? [])
    .map(({ mountPath }) => path.posix.resolve(mountPath))
    .filter((folder) => isWithin(folder, file));
  return holding.sort((a, b) => b.length - a.length)[0] ?? null;
}

function isWithin(folder: string, file: string): boolean {
  return file === folder || file.startsWith(folder === '/' ? folder : `${folder}/`);
}

interface JobOptions {
  readonly run: RunPlace;
  readonly name: string;
  readonly needs: Needs;
  readonly completions: number;
  readonly parallelism: number;
  /** Where workers keep what they download and build. */
  readonly cacheDir: string;
}

/**
 * An Indexed Job: the template of the user, who knows the cluster's images, volumes and rules, with what makes it the job of
 * these trials. What the trials need stands below what the template says of it.
 */
export function jobManifest(
  template: Job,
  { run, name, needs, completions, parallelism, cacheDir }: JobOptions,
): Job {
  const { metadata, spec } = template;
  const pod = spec?.template;
  const [first, ...others] = pod?.spec?.containers ?? [];
  const labels = labelsOf(run);
  const worker: Container = {
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...first,
    name: first?.name ?? 'worker',
    command: ['/bin/sh', '-c', podScript],
    args: [],
    env: [
      { name: 'BENCHYARD_CACHE', value: cacheDir },
      ...(first?.env ?? []),
      { name: 'BENCHYARD_NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      { name: 'BENCHYARD_RUN_DIR', value: run.runDir },
      { name: 'BENCHYARD_JOB', value: name },
    ],
    envFrom: [...(first?.envFrom ?? []), { secretRef: { name: secretName(run) } }],
    resources: resourcesOf(needs, first?.resources),
  };
  const podSpec: PodSpec = {
    activeDeadlineSeconds: needs.seconds,
    terminationGracePeriodSeconds: graceSeconds,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // Somebody has to bury what sandboxes leave behind, and the worker is not made for it.
    shareProcessNamespace: true,
    ...pod?.spec,
    restartPolicy: 'Never',
    containers: [worker, ...others],
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...metadata,
      name,
      labels: { ...metadata?.labels, ...labels },
      annotations: { ...metadata?.annotations, 'benchyard.dev/run-folder': run.runDir },
    },
    spec: {
      backoffLimitPerIndex: replacements,
      ttlSecondsAfterFinished: keptSeconds,
      ...spec,
      completionMode: 'Indexed',
      completions,
      parallelism,
      template: {
        ...pod,
        metadata: { ...pod?.metadata, labels: { ...pod?.metadata?.labels, ...labels } },
        spec: podSpec,
      },
    },
  };
}

function resourcesOf(
  { cpus, memoryBytes, gpus }: Needs,
  own: Container['resources'],
): NonNullable<Container['resources']> {
  const memory = `${Math.ceil(memoryBytes / 1024 ** 2)}Mi`;
  return {
    ...own,
    requests: { cpu: String(cpus), memory, ...own?.requests },
    limits: { memory, ...(gpus > 0 ? { 'nvidia.com/gpu': String(gpus) } : {}), ...own?.limits },
  };
}
