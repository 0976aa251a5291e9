import path from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Host } from '../../host';
import { RunnerError } from '../../model';
import { readIfThere } from '../../store/files';
import { mountOf } from './manifest';
import type { Job } from './objects';

const variable = 'BENCHYARD_JOB_TEMPLATE';

/** The parts that are built upon; the rest is between the user and the cluster. */
const templateSchema = z.looseObject({
  kind: z.literal('Job'),
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        containers: z
          .array(
            z.looseObject({
              image: z.string().min(1),
              volumeMounts: z
                .array(z.looseObject({ mountPath: z.string().startsWith('/') }))
                .min(1),
            }),
          )
          .min(1),
      }),
    }),
  }),
});

/**
 * The manifest that a user's jobs begin with. It names a program and its volumes, so it comes from the machine's environment
 * and never from a run's configuration, which may have come over HTTP.
 *
 * @throws `engine-unavailable` when there is none, or it is no such manifest
 */
export async function readTemplate({ env }: Pick<Host, 'env'>): Promise<Job> {
  const file = env[variable];
  if (file === undefined || file === '')
    throw unusable(
      `${variable} is not set. It names the manifest (YAML) of a Job whose first container has Benchyard in its image and mounts the volume with the run folders; docker/worker/job.yaml is one to begin with`,
    );
  const text = await readIfThere(file);
  if (text === null) throw unusable(`There is no ${file}, which ${variable} names`);
  let manifest: unknown;
  try {
    manifest = parse(text);
  } catch (error) {
    throw unusable(`${file} is not YAML: ${String(error)}`, error);
  }
  const { success, error } = templateSchema.safeParse(manifest);
  if (!success)
    throw unusable(
      `${file} is not a Job whose first container has an image and volume mounts: ${z.prettifyError(error)}`,
      error,
    );
  // The API server says what is wrong with the rest.
  return manifest as Job;
}

function unusable(text: string, cause?: unknown): RunnerError {
  return new RunnerError('engine-unavailable', `${text}.`, { cause });
}

/**
 * Where workers keep what they download and build: this process's own cache when they see it, else a folder on the volume of
 * the runs.
 *
 * @throws `engine-unavailable` when the template's volumes have no such path
 */
export function cacheOf(
  template: Job,
  runDir: string,
  { cacheDir }: Pick<Host, 'cacheDir'>,
): string {
  const volume = mountOf(template, runDir);
  if (volume === null)
    throw new RunnerError(
      'engine-unavailable',
      `Pods would not see ${runDir}: no volumeMount of the template's first container (${variable}) is at a folder of that path. Mount the volume where this machine has it, and choose the folder with --out.`,
    );
  return mountOf(template, cacheDir) === null
    ? path.posix.join(volume, '.benchyard-cache')
    : cacheDir;
}
