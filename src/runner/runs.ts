import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from './host';
import type { RunState } from './model';
import { reduceRun } from './model';
import { watchRun } from './run/watch';
import type { Runner } from './runner';
import { livingOwner, lockRun } from './store/ownerLock';
import { listRunFolders, readPlan } from './store/runFolder';
import { readRunState } from './store/runReader';

/** The part of the facade that looks into run folders, whoever made them. */
export function openRuns(
  host: Host,
): Pick<Runner, 'listRuns' | 'openRun' | 'watchRun' | 'deleteRun'> {
  const folderOf = (runDir: string): string => path.resolve(host.cwd, runDir);
  return {
    async listRuns(outDir) {
      const folders = await listRunFolders(folderOf(outDir));
      return folders.map((runDir) => ({ runDir, runId: path.basename(runDir) }));
    },

    openRun: (runDir) => trueState(folderOf(runDir), host),

    watchRun: (runDir, options) => watchRun(folderOf(runDir), host, options),

    async deleteRun(runDir) {
      const folder = folderOf(runDir);
      await readPlan(folder); // never removes a folder that is not a run's
      const release = await lockRun(folder, host);
      await release();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function trueState(runDir: string, host: Host): Promise<RunState> {
  const state = await readRunState(runDir);
  if (state.phase !== 'running' || (await livingOwner(runDir, host)) !== null) return state;
  const time = state.startedAt ?? new Date(0).toISOString();
  // Said by nobody, since whoever could have said it is dead; the fold is told the same way as by a living one.
  return reduceRun(state, {
    v: 1,
    seq: state.lastSeq + 1,
    time,
    type: 'run.ended',
    end: 'interrupted',
  });
}
