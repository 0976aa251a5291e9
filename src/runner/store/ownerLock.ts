import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import lockfile from 'proper-lockfile';
import * as z from 'zod';
import type { Host } from '../host';
import { RunnerError } from '../model';
import { readIfThere, writeJson } from './files';

const ownerSchema = z.object({
  hostname: z.string(),
  pid: z.int(),
  startTime: z.string().nullable(),
  since: z.string(),
});
/** The process that holds a run folder. */
export type RunOwner = z.infer<typeof ownerSchema>;

const staleMs = 20_000;

/**
 * Makes this process the only one that writes to a run folder. A holder that died on this machine is recognised at once
 * (process id and start time), one on another machine when its lock has not been renewed for 20 s.
 *
 * @throws `locked` with who holds it
 */
export async function lockRun(runDir: string, host: Host): Promise<() => Promise<void>> {
  const lock = path.join(runDir, '.lock');
  const ownerFile = path.join(runDir, '.owner.json');
  await mkdir(runDir, { recursive: true });
  if ((await readOwner(runDir)) !== null && (await livingOwner(runDir, host)) === null) {
    await rm(lock, { recursive: true, force: true });
  }
  let release: () => Promise<void>;
  try {
    release = await lockfile.lock(runDir, { lockfilePath: lock, stale: staleMs, update: 5000 });
  } catch (error) {
    const owner = await readOwner(runDir);
    const who =
      owner === null
        ? 'another process'
        : `process ${owner.pid} on ${owner.hostname}, since ${owner.since}`;
    throw new RunnerError(
      'locked',
      `The run in ${runDir} is held by ${who}. Wait for it, or stop it first.`,
      {
        cause: error,
      },
    );
  }
  const owner: RunOwner = {
    hostname: host.hostname,
    pid: host.pid,
    startTime: host.startTimeOf(host.pid),
    since: new Date().toISOString(),
  };
  await writeJson(ownerFile, owner);
  return async () => {
    await rm(ownerFile, { force: true });
    await release();
  };
}

async function readOwner(runDir: string): Promise<RunOwner | null> {
  const text = await readIfThere(path.join(runDir, '.owner.json'));
  if (text === null) return null;
  try {
    const owner = ownerSchema.safeParse(JSON.parse(text));
    return owner.success ? owner.data : null;
  } catch {
    return null; // torn by a crash: the lock's age decides
  }
}

/** The living process that holds a run folder, or null: then an unfinished run was interrupted. */
export async function livingOwner(runDir: string, host: Host): Promise<RunOwner | null> {
  const owner = await readOwner(runDir);
  if (owner === null) return null;
  if (owner.hostname !== host.hostname) {
    const held = await lockfile.check(runDir, {
      lockfilePath: path.join(runDir, '.lock'),
      stale: staleMs,
    });
    return held ? owner : null;
  }
  const startTime = host.startTimeOf(owner.pid);
  return startTime !== null && startTime === owner.startTime ? owner : null;
}
