import path from 'node:path';
import type { ContainerConfig, MleConfig } from '../../model';
import { learningImage } from '../../sandbox/builtInImages';
import type { EnvironmentSpec, SandboxLimits } from '../../sandbox/sandbox';
import { agentFolders } from './layout';

const gib = 1024 ** 3;

/** Where a builder sees the public data of a competition whose table a technique task is made from. */
export const sourceFolder = '/mnt/source';

/** A sandbox's files lie in memory: without room of their own they are counted in `mem_limit`, up to half of it. */
function roomOf({
  mem_limit: memory,
  disk,
}: ContainerConfig): Pick<SandboxLimits, 'memoryBytes' | 'diskBytes'> {
  if (memory === undefined || disk !== undefined)
    return { memoryBytes: memory ?? 8 * gib, diskBytes: disk ?? 8 * gib };
  const files = Math.min(8 * gib, Math.floor(memory / 2));
  return { memoryBytes: memory - files, diskBytes: files };
}

function sandboxLimits(container: ContainerConfig): SandboxLimits {
  const { shm_size: shm, nano_cpus: nanoCpus, runtime, gpus } = container;
  return {
    ...roomOf(container),
    cpus: nanoCpus === undefined ? 4 : nanoCpus / 1e9,
    pids: 2048,
    shmBytes: shm ?? gib,
    ...(runtime === undefined ? {} : { runtime }),
    ...(gpus === undefined || gpus === 0 ? {} : { gpus }),
  };
}

/** What sandboxes get in which data is prepared, checked or graded: an agent's limits are not theirs. */
export const ownLimits: SandboxLimits = sandboxLimits({});

/** The environment of a task's sandboxes: with the data that the agent sees, and never with answers. */
export function mleEnvironment(
  { image, container }: Pick<MleConfig, 'image' | 'container'>,
  { data, prepared }: { readonly data: string; readonly prepared: string | null },
): EnvironmentSpec {
  return {
    source: { kind: 'image', image: image ?? learningImage.name },
    workdir: agentFolders.code,
    limits: sandboxLimits(container),
    env: {},
    mounts: [{ source: path.resolve(data), target: agentFolders.data }],
    builderMounts: prepared === null ? [] : [{ source: prepared, target: sourceFolder }],
    network: false,
    commands: [],
    notes: [],
  };
}
