import path from 'node:path';
import * as z from 'zod';
import { readContestContent } from './benchmarks/contests/content';
import type { Host } from './host';
import { candidateReportSchema, contestProgramSchema, RunnerError } from './model';
import type { ContestCalls } from './runner';
import { parseJsonLines, readIfThere } from './store/files';
import { pathsOfTrial } from './trajectory/steps';

/** The part of the facade that reads contents and candidates of contest tasks. */
export function openContests(host: Host): ContestCalls {
  return {
    readContestContent: async (task, { runDir, ...query }) => {
      const cwd = path.resolve(host.cwd, runDir ?? '');
      // A run folder may come from anywhere; what it names must not lead out of it.
      if (runDir !== undefined && leadsOut(task.content.file))
        throw new RunnerError('invalid-task', `${task.taskId}: its content is not in the run.`);
      return await readContestContent(task, { ...query, cwd });
    },

    async readCandidates(runDir, trialId) {
      const { folder } = pathsOfTrial(path.resolve(host.cwd, runDir), trialId);
      const [programs, verdicts] = await Promise.all([
        readIfThere(path.join(folder, 'candidates.jsonl')),
        readIfThere(path.join(folder, 'candidates.json')),
      ]);
      const reports =
        verdicts === null ? [] : z.array(candidateReportSchema).parse(JSON.parse(verdicts));
      return parseJsonLines(programs ?? '', contestProgramSchema).map((program, index) => ({
        program,
        report: reports[index] ?? null,
      }));
    },
  };
}

function leadsOut(file: string): boolean {
  const normal = path.normalize(file);
  return path.isAbsolute(normal) || normal.startsWith('..');
}
