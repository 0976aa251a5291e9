import { formatCost, plural } from '../presentation/format';
import type { Iteration, SolvedProblem } from '../presentation/solvedSet';
import { iterationOf, problemOf, testsText } from '../presentation/solvedSet';
import type { Runner, RunOutcome } from '../runner/index';
import { plainTable } from './summary';

/** Every problem of a run with its attempts, their programs and tests, in the order of the plan. */
export async function solvedProblems(
  runner: Runner,
  { runDir, state }: RunOutcome,
): Promise<readonly SolvedProblem[]> {
  // What there is of an interrupted run is told as well.
  const { signal } = new AbortController();
  const problems = new Map<string, Iteration[]>();
  for (const [trialId, trial] of state.trials) {
    const ended = trial.result !== null;
    const [first] = ended ? await runner.readCandidates(runDir, trialId, { signal }) : [];
    const files = ended ? await runner.readTrial(runDir, trialId, { signal }) : null;
    const iteration = iterationOf(trial, {
      program: first?.program ?? null,
      tests: files?.tests?.after ?? null,
    });
    const { task_id: name } = trial.plan;
    problems.set(name, [...(problems.get(name) ?? []), iteration]);
  }
  return [...problems].map(([name, iterations]) => problemOf(name, iterations));
}

/** What `--json` prints. */
export function solvedDocument(
  { runDir, runId, totals }: RunOutcome,
  problems: readonly SolvedProblem[],
): unknown {
  return {
    run_dir: runDir,
    run_id: runId,
    n_problems: problems.length,
    n_solved: problems.filter(({ solved }) => solved).length,
    totals,
    problems,
  };
}

/** A problem with its last program, whole. */
export function problemText({ task_name: name, solved, iterations }: SolvedProblem): string {
  const last = iterations.findLast(({ status }) => status !== null);
  if (last === undefined) {
    const why = iterations.find(({ skipped }) => skipped !== null)?.skipped;
    return `${name}: ${solved ? 'solved before' : 'not run'}${why ? ` (${why.by})` : ''}\n`;
  }
  const { program, status, detail, exit_status: exit, tests, turns, cost } = last;
  const facts = [
    solved ? 'solved' : `not solved: ${detail ?? status ?? ''}`,
    testsText(tests),
    plural(turns, 'model call'),
    ...(cost === null ? [] : [formatCost(cost)]),
    ...(exit === null || exit === 'submitted' ? [] : [exit]),
  ].filter((fact) => fact !== '');
  return `${program === null ? '' : `${program.trimEnd()}\n\n`}${name}: ${facts.join('; ')}\n`;
}

/** A table of the problems, and how many are solved within how many attempts. */
export function setText(problems: readonly SolvedProblem[], iterations: number): string {
  const table = plainTable(['problem', 'solved', 'iterations', 'tests of the last one']);
  for (const { task_name: name, solved, solved_within: within, iterations: all } of problems) {
    const made = all.filter(({ status }) => status !== null);
    const by = within === null ? (solved ? 'before' : 'no') : `iteration ${String(within - 1)}`;
    table.push([name, by, String(made.length), testsText(made.at(-1)?.tests ?? null)]);
  }
  const solved = problems.filter((problem) => problem.solved).length;
  const share = problems.length === 0 ? 0 : (solved / problems.length) * 100;
  return [
    table.toString(),
    `${String(solved)} of ${plural(problems.length, 'problem')} solved within ${plural(iterations, 'iteration')} (${share.toFixed(1)} %)`,
    '',
  ].join('\n');
}
