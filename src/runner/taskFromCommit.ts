import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { FixCommit } from './benchmarks/swe/fixCommit';
import { readFixCommit } from './benchmarks/swe/fixCommit';
import type { RepositoryCache } from './benchmarks/swe/repositoryCache';
import { isLocalRepository } from './benchmarks/swe/taskFile';
import type { Host } from './host';
import type { SeedRow, TrialResult, TrialTests } from './model';
import { RunnerError, testDifference } from './model';
import type { CommitQuery, Runner, RunOptions, TaskFromCommit } from './runner';
import { writeWhole } from './store/files';
import { makeTempFolder } from './store/tempFolders';

/**
 * Makes a task of a commit that mended something: runs its tests before and after it, as often as asked, and keeps in
 * the task's lists those that always came to the same.
 *
 * @throws `not-found`, `invalid-task` with what is wrong with the commit, or with what its tests came to
 */
export async function taskFromCommit(
  query: CommitQuery,
  options: RunOptions,
  parts: {
    readonly host: Host;
    readonly repositories: RepositoryCache;
    readonly runner: Pick<Runner, 'startRun' | 'readTrial'>;
  },
): Promise<TaskFromCommit> {
  const { host, repositories } = parts;
  const { signal } = options;
  const repo = isLocalRepository(query.repo) ? path.resolve(host.cwd, query.repo) : query.repo;
  const fix = await readFixCommit({ repo, commit: query.commit }, { host, repositories, signal });
  const row: SeedRow = {
    task_id: fix.taskId,
    repo,
    ref: fix.parent,
    problem_statement: fix.message.trim(),
    ...(query.install === undefined ? {} : { install: query.install }),
    ...(query.testCommand === undefined ? {} : { test_command: query.testCommand }),
    ...(query.image === undefined ? {} : { environment: { kind: 'image', image: query.image } }),
    patch: fix.patch,
    test_patch: fix.testPatch,
  };
  const repeats = await runRepeats(fix, row, { query, options, ...parts });
  const { failToPass, passToPass, flaky } = testDifference(repeats);
  if (failToPass.length === 0)
    throw new RunnerError(
      'invalid-task',
      `No test of ${fix.commit.slice(0, 7)} always fails before it and always passes after it${flaky.length === 0 ? '' : `; ${String(flaky.length)} are flaky`}.`,
    );
  return {
    row: { ...rowAsWritten(row), FAIL_TO_PASS: failToPass, PASS_TO_PASS: passToPass },
    flaky,
  };
}

/** The tests before and after the fix, from a run of the gold agent that is thrown away. */
async function runRepeats(
  fix: FixCommit,
  row: SeedRow,
  {
    query,
    options,
    host,
    runner,
  }: {
    readonly query: CommitQuery;
    readonly options: RunOptions;
    readonly host: Host;
    readonly runner: Pick<Runner, 'startRun' | 'readTrial'>;
  },
): Promise<readonly TrialTests[]> {
  const folder = await makeTempFolder(host, 'commit');
  try {
    const tasks = path.join(folder, 'task.jsonl');
    await writeWhole(tasks, `${JSON.stringify(rowAsWritten(row))}\n`);
    const handle = await runner.startRun(
      { ...query.config, tasks: [tasks], agent: 'gold', attempts: query.repeat, out: folder },
      options,
    );
    const { results, runDir, state } = await handle.done;
    options.signal.throwIfAborted();
    const repeats: TrialTests[] = [];
    for (const [trialId, { result }] of state.trials) {
      const { tests } = await runner.readTrial(runDir, trialId, options);
      const ran = tests?.before !== null && tests?.after !== null;
      if (tests === null || !ran)
        throw new RunnerError(
          result?.status === 'infra_failure' ? 'sandbox-lost' : 'invalid-task',
          `The tests of ${fix.taskId} did not run to their end: ${endOf(result)}.`,
        );
      repeats.push(tests);
    }
    if (results.length === 0) throw new Error('the run ended without a trial');
    return repeats;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function endOf(result: TrialResult | null): string {
  if (result === null) return 'not run';
  const { status, cause, detail } = result;
  return [status, cause, detail].filter((part) => part !== null).join(': ');
}

/** A row as a seed file has it: its environment in the short form. */
function rowAsWritten({ environment, ...row }: SeedRow): Readonly<Record<string, unknown>> {
  return environment?.kind === 'image' ? { ...row, environment: environment.image } : row;
}
