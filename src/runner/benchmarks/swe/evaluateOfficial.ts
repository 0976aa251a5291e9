import type { RepositoryTask, StageResult, TestReport } from '../../model';
import { isTestPath, parsePatch } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Evaluation, OpenSandbox, StageOutcome, TrialContext } from '../benchmark';
import { applyPatch, changedFiles, restoreFiles } from './applyPatch';
import type { HowGraded } from './howGraded';
import { gradeOfficial } from './official/gradeOfficial';
import { testReportOf } from './official/logReport';
import { parseLog } from './official/parseLog';
import { pythonJson } from './official/pythonJson';
import type { OfficialGrading } from './official/statuses';
import type { OfficialRun, Signs } from './officialEvidence';
import { contradictionIn, exitCodeIn, reportedTests, signsOf } from './officialEvidence';
import type { ScriptRun } from './runOfficial';
import { runScript } from './runOfficial';
import { tailOf } from './shell';

export type OfficialPlan = Extract<HowGraded, { kind: 'official' }>;

interface Place {
  readonly task: RepositoryTask;
  readonly plan: OfficialPlan;
  readonly open: OpenSandbox;
  readonly trial: TrialContext;
}

/** What the script came to in one sandbox. */
interface Ran extends OfficialRun {
  readonly run: ScriptRun;
  readonly report: TestReport;
  /** Files that the patch changed and the gold patch does not. */
  readonly changed: readonly string[];
}

/** A run that did not get so far: the evaluation says why. */
type Stopped = Extract<Evaluation, { kind: 'stopped' }>;

/**
 * Evaluation by the official script. The verdict is what the official grader makes of its log, unless pytest's own report
 * or a run without the patch's hand on the tests contradicts it: then it is `suspicious` (ARCHITECTURE.md, "Official
 * grading").
 */
export class OfficialTests {
  readonly #grading: OfficialGrading;
  /** By task: what its log looks like without a patch. */
  readonly #unpatched = new Map<string, Promise<Signs>>();

  constructor({ grading }: { readonly grading: OfficialGrading }) {
    this.#grading = grading;
  }

  async evaluate(place: Place, patch: string | null): Promise<Evaluation> {
    const name = patch === null ? 'before' : 'after';
    const ran = await this.#run(place, { name, patch });
    if ('kind' in ran) return ran;
    const { task, trial, plan } = place;
    if (patch === null) {
      this.#unpatched.set(task.taskId, Promise.resolve(signsOf(ran, 'any')));
      return { kind: 'tested', report: ran.report, tail: tailOf(ran.log) };
    }
    await trial.keep('eval.sh', plan.script);
    await trial.keep('test_output.txt', ran.log);
    const { cause } = ran.run.exec;
    if (cause === 'timeout' || (cause === 'oom' && !ran.official.resolved)) {
      const report: TestReport = { ...ran.report, end: cause, tests: [] };
      return { kind: 'tested', report, tail: tailOf(ran.log) };
    }
    const contradiction = await this.#contradiction(place, { ran, patch });
    const official = contradiction === null ? ran.official : { ...ran.official, resolved: false };
    await trial.keep('report.json', pythonJson({ [task.taskId]: official }));
    const report =
      contradiction === null
        ? ran.report
        : ({ ...ran.report, end: 'spoofed', detail: contradiction } as const);
    return { kind: 'tested', report, tail: tailOf(ran.log) };
  }

  /** Opens a sandbox, applies the patch, runs the script and reads its log. `restore`: without the patch's hand on the tests. */
  async #run(
    { task, plan, open, trial }: Place,
    { name, patch, restore = false }: { name: string; patch: string | null; restore?: boolean },
  ): Promise<Ran | Stopped> {
    const sandbox = await open(name);
    let changed: readonly string[] = [];
    if (patch !== null) {
      const applied = await this.#apply(patch, { sandbox, task, trial, restore });
      if ('kind' in applied) return applied;
      changed = applied.changed;
    }
    const outcome = await trial.stage(name, trial.limits.test, async (stage) =>
      stageOutcome(
        await runScript(stage, sandbox, { task, script: plan.script, limitS: trial.limits.test }),
      ),
    );
    if (!outcome.ok) return stopped(name, outcome);
    const run = outcome.value;
    const parsed = parseLog(run.log, { parser: plan.parser, grading: this.#grading });
    const official = gradeOfficial(task, parsed, { grading: this.#grading });
    const { parser, usesPytest } = plan;
    const { log, opened } = run;
    const seen = { task, parser, grading: this.#grading, log, official, opened, usesPytest };
    // The script itself goes on after the tests: what they ended with stands in its log.
    const durationS = run.exec.durationMs / 1000;
    const report = testReportOf(parsed, { exitCode: exitCodeIn(log), durationS });
    return { ...seen, run, changed, report: withEvidence(report, seen) };
  }

  async #apply(
    patch: string,
    {
      sandbox,
      task,
      trial,
      restore,
    }: {
      readonly sandbox: Sandbox;
      readonly task: RepositoryTask;
      readonly trial: TrialContext;
      readonly restore: boolean;
    },
  ): Promise<{ readonly changed: readonly string[] } | Stopped> {
    let changed: readonly string[] = [];
    const outcome = await trial.stage('apply', trial.limits.apply, async (stage) => {
      const applied = await applyPatch(stage, sandbox, {
        patch,
        limits: null,
        rules: this.#grading,
      });
      if (!applied.ok || !('how' in applied.value)) return applied;
      changed = await changedFiles(stage, sandbox, { patch, allowed: task.goldPatch ?? '' });
      if (restore) await restoreFiles(stage, sandbox, steering(task, patch, changed));
      else if (applied.value.applied !== null)
        await trial.keep('applied.diff', applied.value.applied);
      return applied;
    });
    if (!outcome.ok) return stopped('apply', outcome);
    if ('how' in outcome.value) return { changed };
    return { kind: 'stopped', status: 'patch_rejected', ...outcome.value };
  }

  /** Why the log is not believed; null: nothing speaks against it. */
  async #contradiction(
    place: Place,
    { ran, patch }: { readonly ran: Ran; readonly patch: string },
  ): Promise<string | null> {
    const { task, trial } = place;
    const doubt = await this.#doubt(place, ran);
    if (doubt !== null || !ran.official.resolved) return doubt;
    const steered = steering(task, patch, ran.changed);
    if (steered.length === 0) return null;
    const files = steered.join(', ');
    trial.note(`the patch changes ${files}: the tests run once more with the task's own version`);
    const again = await this.#run(place, { name: 'confirm', patch, restore: true });
    const why = 'kind' in again ? again.detail : await this.#doubt(place, again);
    if (why === null && !('kind' in again) && again.official.resolved) return null;
    return `the tests pass only with the patch's version of ${files}${why === null ? '' : ` (${why})`}`;
  }

  async #doubt(place: Place, ran: Ran): Promise<string | null> {
    const { workdir } = ran.run;
    const untrusted = ran.changed
      .filter((file) => !isTestPath(file))
      .map((file) => `${workdir}/${file}`);
    const signs = new Map(
      [...signsOf(ran, untrusted)].filter(
        // A log that does not resolve is doubted only where it claims what pytest did not see.
        ([key]) => ran.official.resolved || key === 'forged' || key.startsWith('test '),
      ),
    );
    if (signs.size === 0) return null;
    return contradictionIn(signs, await this.#unpatchedSigns(place));
  }

  #unpatchedSigns(place: Place): Promise<Signs> {
    const { taskId } = place.task;
    const known = this.#unpatched.get(taskId);
    if (known !== undefined) return known;
    const signs = this.#run(place, { name: 'unpatched', patch: null }).then((ran) =>
      'kind' in ran ? new Map<string, string>() : signsOf(ran, 'any'),
    );
    this.#unpatched.set(taskId, signs);
    // Another trial of the task tries for itself.
    signs.catch(() => this.#unpatched.delete(taskId));
    return signs;
  }
}

// Imported in place of the test runner, run by the installation, or by every Python that starts.
const early = /^(pytest|_pytest|pluggy|sitecustomize|usercustomize|setup)(\.py$|\/)|\.pth$/;

/**
 * Files that a patch changed and that have a hand in how tests are run, but for those that the script itself puts back
 * and for new test files of the patch's own, which no other test looks at.
 */
export function steering(
  task: RepositoryTask,
  patch: string,
  changed: readonly string[],
): readonly string[] {
  const testPatch = parsePatch(task.testPatch ?? '');
  // The script's one `git checkout` puts back nothing at all when it names a file that the base commit does not have.
  const putsBack = testPatch.every(({ oldPath }) => oldPath !== null);
  const replaced = new Set(putsBack ? testPatch.map(({ oldPath }) => oldPath) : []);
  const added = new Set(
    parsePatch(patch).flatMap(({ oldPath, newPath }) => (oldPath === null ? [newPath] : [])),
  );
  const isOwnTest = (file: string): boolean =>
    added.has(file) &&
    /(^|\/)(test_[^/]*|[^/]*_test)\.py$/.test(file) &&
    testPatch.every(({ newPath }) => newPath !== file);
  return changed.filter(
    (file) => (isTestPath(file) || early.test(file)) && !replaced.has(file) && !isOwnTest(file),
  );
}

/** Adds what pytest itself tells of each test, and says what the report rests on. */
function withEvidence(report: TestReport, run: OfficialRun): TestReport {
  const told = new Map(reportedTests(run).map((test) => [test.id, test]));
  if (told.size === 0) return { ...report, evidence: 'log' };
  const tests = report.tests.map((test) => {
    const own = told.get(test.id);
    return own?.outcome === test.outcome ? { ...own, ...test, duration_s: own.duration_s } : test;
  });
  return { ...report, tests, evidence: 'log_and_report' };
}

function stageOutcome(run: ScriptRun): StageOutcome<ScriptRun> {
  const { cause, exitCode } = run.exec;
  return cause === 'timeout' || cause === 'oom'
    ? { ok: true, value: run, exitCode: null, cause }
    : { ok: true, value: run, exitCode };
}

function stopped(
  stage: string,
  { cause, detail }: { readonly cause: StageResult['cause']; readonly detail: string },
): Stopped {
  return cause === 'timeout'
    ? { kind: 'stopped', status: 'timeout', cause: stage, detail }
    : { kind: 'stopped', status: 'error', cause: 'crash', detail };
}
