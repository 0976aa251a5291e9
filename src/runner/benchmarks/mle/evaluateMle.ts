import path from 'node:path';
import type { CompetitionGrade, MleTask, TestCase, TestReport } from '../../model';
import { noSubmission, techniqueResultSchema } from '../../model';
import type { ReadOnlyMount, Sandbox } from '../../sandbox/sandbox';
import type { Evaluation, OpenSandbox, StageOutcome, Submission, TrialContext } from '../benchmark';
import { lookAtSubmission, submissionPart } from './collect';
import type { DataPlaces } from './dataPlaces';
import { gradeFile, gradingMounts } from './gradeSubmission';
import { handedIn, submissionFile, techniqueFolder } from './layout';
import { ownLimits } from './mleEnvironment';
import { bringPrograms, programArgv, programOutcome } from './programs';

/** What both kinds of tasks are evaluated with. */
export interface MleEvaluation {
  readonly submission: Submission | null;
  readonly open: OpenSandbox;
  readonly trial: TrialContext;
}

/** Grades what was handed in for a competition, in a clean sandbox that has the answers. */
export async function evaluateCompetition(
  task: MleTask,
  { places, folder }: { readonly places: DataPlaces; readonly folder: string },
  evaluation: MleEvaluation,
): Promise<Evaluation> {
  const tar = evaluation.submission?.kind === 'files' ? evaluation.submission.tar : null;
  if (tar === null) return competitionTested(noSubmission);
  const { isThere, refusal } = await lookAtSubmission(tar);
  if (refusal !== null)
    return competitionTested({ ...noSubmission, submission_exists: true, message: refusal });
  if (!isThere) return competitionTested(noSubmission);
  const sandbox = await gradingSandbox({ task, folder, tar }, gradingMounts(places), evaluation);
  const file = path.posix.join(handedIn, 'submission', submissionFile);
  const graded = await evaluation.trial.stage('grade', evaluation.trial.limits.test, (stage) =>
    gradeIn(sandbox, file, (argv) => stage.exec(sandbox, argv, { cwd: '/' })),
  );
  return graded.ok ? competitionTested(graded.value) : stopped(graded);
}

async function gradeIn(
  sandbox: Sandbox,
  file: string,
  exec: Parameters<typeof gradeFile>[1]['exec'],
): Promise<StageOutcome<CompetitionGrade>> {
  const there = await exec(['test', '-e', file]);
  if (there.exitCode !== 0) return { ok: true, value: noSubmission, exitCode: 0 };
  const outcome = await gradeFile(file, { exec });
  return outcome.ok ? { ...outcome, exitCode: 0 } : outcome;
}

/** Grades what was handed in for a technique task. */
export async function evaluateTechnique(
  task: MleTask,
  { dataFolder, folder }: { readonly dataFolder: string; readonly folder: string },
  evaluation: MleEvaluation,
): Promise<Evaluation> {
  const { submission, trial } = evaluation;
  const tar = submission?.kind === 'files' ? submission.tar : new Uint8Array(1024);
  const mounts = [{ source: dataFolder, target: techniqueFolder }];
  const sandbox = await gradingSandbox({ task, folder, tar }, mounts, evaluation);
  const answers = path.posix.join(handedIn, 'submission');
  const graded = await trial.stage('grade', trial.limits.test, async (stage) => {
    // An agent that left nothing has an empty folder of answers.
    await stage.exec(sandbox, ['mkdir', '-p', answers], { cwd: '/' });
    const argv = programArgv(
      'technique.py',
      'grade',
      '--dir',
      techniqueFolder,
      '--answers',
      answers,
    );
    const exec = await stage.exec(sandbox, argv, { cwd: '/' });
    const outcome = programOutcome(exec, techniqueResultSchema);
    return outcome.ok ? { ...outcome, exitCode: 0 } : outcome;
  });
  if (!graded.ok) return stopped(graded);
  const technique = graded.value;
  const tests = technique.checks.map(({ name, score, message }): TestCase => ({
    id: name,
    outcome: score >= 1 ? 'passed' : 'failed',
    duration_s: 0,
    message: `${score.toFixed(3)}: ${message}`,
  }));
  return tested({ tests, technique }, technique.message);
}

async function gradingSandbox(
  {
    task,
    folder,
    tar,
  }: { readonly task: MleTask; readonly folder: string; readonly tar: Uint8Array },
  mounts: readonly ReadOnlyMount[],
  { open, trial: { signal } }: MleEvaluation,
): Promise<Sandbox> {
  const sandbox = await open('grading', { mounts, limits: ownLimits });
  await bringPrograms(sandbox, { config: task.competition, folder }, { signal });
  await sandbox.copyIn(handedIn, submissionPart(tar), { signal });
  return sandbox;
}

function competitionTested(competition: CompetitionGrade): Evaluation {
  const { score_exact: score, message } = competition;
  const said = message ?? `score ${String(score)}`;
  const test: TestCase = {
    id: 'submission',
    outcome: competition.valid_submission ? 'passed' : 'failed',
    duration_s: 0,
    message: said,
  };
  return tested({ tests: [test], competition }, said);
}

function tested(
  facts: Pick<TestReport, 'tests' | 'competition' | 'technique'>,
  tail: string,
): Evaluation {
  const report: TestReport = { end: 'completed', exit_code: 0, duration_s: 0, ...facts };
  return { kind: 'tested', report, tail };
}

/** The grader broke or took too long: neither is the agent's. */
function stopped({
  cause,
  detail,
}: Extract<StageOutcome<unknown>, { readonly ok: false }>): Evaluation {
  return cause === 'timeout'
    ? { kind: 'stopped', status: 'timeout', cause: 'grade', detail }
    : { kind: 'stopped', status: 'infra_failure', cause: 'grader-failed', detail };
}
