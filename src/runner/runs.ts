import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from './host';
import type { RunState } from './model';
import { EventFeeds } from './run/eventFeeds';
import { withInterruption } from './run/interruption';
import { watchRun } from './run/watch';
import type { RunHeader, Runner } from './runner';
import { lockFolder, lockRun } from './store/ownerLock';
import { listRunFolders, makeRunsFolder, readPlan } from './store/runFolder';
import { readRunState, RunReader } from './store/runReader';

type RunReading = Pick<
  Runner,
  'listRuns' | 'openRun' | 'watchRun' | 'readRunHeader' | 'readRunEvents' | 'holdRuns' | 'deleteRun'
>;

/** The part of the facade that looks into run folders, whoever made them. */
export function openRuns(host: Host): RunReading {
  const feeds = new EventFeeds(host);
  const folderOf = (runDir: string): string => path.resolve(host.cwd, runDir);
  return {
    async listRuns(outDir) {
      const folders = await listRunFolders(folderOf(outDir));
      return folders.map((runDir) => ({ runDir, runId: path.basename(runDir) }));
    },

    openRun: (runDir) => trueState(folderOf(runDir), host),

    watchRun: (runDir, options) => watchRun(folderOf(runDir), host, options),

    readRunHeader: (runDir) => readRunHeader(folderOf(runDir), host),

    readRunEvents: (runDir, options) => feeds.read(folderOf(runDir), options),

    async holdRuns(outDir) {
      const folder = folderOf(outDir);
      await makeRunsFolder(folder);
      const release = await lockFolder(folder, host, {
        refusal: (who) =>
          `The runs in ${folder} are served by ${who}. Stop that server first, or give this one a folder of its own.`,
      });
      return { [Symbol.asyncDispose]: release };
    },

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
  return await withInterruption(runDir, host, await readRunState(runDir, { keptFirst: true }));
}

async function readRunHeader(runDir: string, host: Host): Promise<RunHeader> {
  const reader = new RunReader(runDir);
  const state = await withInterruption(runDir, host, await reader.refreshOwn());
  const { plan, phase, startedAt, endedAt, endCause } = state;
  return {
    runDir,
    runId: path.basename(runDir),
    agent: plan?.agent ?? '',
    model: plan?.model ?? null,
    createdAt: plan?.created_at ?? '',
    trials: plan?.trials.length ?? 0,
    startedAt: reader.hasBegun ? startedAt : null,
    endedAt: reader.hasBegun ? endedAt : null,
    phase,
    endCause,
  };
}
