import type { SandboxCallOptions, SandboxProvider } from '../sandbox/sandbox';
import type { UpcomingTask } from './environments';
import { environmentTitle } from './environments';
import { disksOf, leastFree, sizeText } from './diskSpace';

/** A prepared environment while none is there to tell what they take. */
const unknownEnvironmentBytes = 200e6;
/** What a trial keeps in its folder: logs, and with a model the trajectory and its working trees. */
const trialBytes = { plain: 0.3e6, withModel: 3e6 } as const;
/** Less is not worth a word. */
const worthTelling = 2e9;

/** What a run will add to disks, about. */
export interface DiskEstimate {
  readonly imageBytes: number;
  readonly environmentBytes: number;
  readonly trialBytes: number;
}

/** From what is known before the first trial: which images and environments are here, and what such things took so far. */
export async function estimateDisk(
  upcoming: readonly UpcomingTask[],
  { provider, usesModel }: { readonly provider: SandboxProvider; readonly usesModel: boolean },
  { signal }: SandboxCallOptions,
): Promise<DiskEstimate> {
  const tasks = new Map(upcoming.map((each) => [each.task.taskId, each]));
  const sources = [];
  const titles = new Set<string>();
  for (const { task, benchmark } of tasks.values()) {
    // A task whose environment cannot even be described says so in its trial.
    const spec = await benchmark.environment(task, { signal, attempt: 0 }).catch(() => null);
    if (spec === null) continue;
    sources.push(spec.source);
    if (benchmark.preparation(task, spec).length > 0) titles.add(environmentTitle(task));
  }
  const kept = await provider.snapshots.list({ signal });
  for (const { title } of kept) titles.delete(title);
  const usual =
    kept.length === 0
      ? unknownEnvironmentBytes
      : kept.reduce((sum, { bytes }) => sum + bytes, 0) / kept.length;
  return {
    imageBytes: await provider.missingImageBytes(sources, { signal }),
    environmentBytes: titles.size * usual,
    trialBytes: upcoming.length * (usesModel ? trialBytes.withModel : trialBytes.plain),
  };
}

/** What to tell people of an estimate; null: it is not worth a word. */
export async function estimateNote(
  { imageBytes, environmentBytes, trialBytes: records }: DiskEstimate,
  {
    runDir,
    storage,
    minFree,
  }: {
    readonly runDir: string;
    readonly storage: readonly string[];
    readonly minFree: number | undefined;
  },
): Promise<{ readonly level: 'info' | 'warning'; readonly text: string } | null> {
  const own = await disksOf([runDir]);
  const [runDisk] = own;
  // One disk for both, or one for each.
  const [first, second] = await disksOf([...storage, runDir]);
  const needs = [
    { disk: first, bytes: imageBytes + environmentBytes + (second === undefined ? records : 0) },
    { disk: second === undefined ? undefined : runDisk, bytes: records },
  ];
  const tight = needs.find(
    ({ disk, bytes }) => disk !== undefined && disk.freeBytes - leastFree(disk, minFree) < bytes,
  );
  const parts = [
    ...(imageBytes > 0 ? [`${sizeText(imageBytes)} of images`] : []),
    ...(environmentBytes > 0 ? [`${sizeText(environmentBytes)} of environments`] : []),
    `${sizeText(records)} of records`,
  ];
  const what = `disk: about ${parts.join(', ')} will be written`;
  if (tight?.disk !== undefined)
    return {
      level: 'warning',
      text: `${what}, and ${sizeText(tight.disk.freeBytes)} are free on the disk of ${tight.disk.folder}: environments and images that were used longest ago are removed as the run goes on, and it stops before the disk is full`,
    };
  return imageBytes + environmentBytes + records < worthTelling
    ? null
    : { level: 'info', text: what };
}
