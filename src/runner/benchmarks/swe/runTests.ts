import type { RepositoryTask, TestReport } from '../../model';
import { RunnerError } from '../../model';
import type { ExecResult, Sandbox } from '../../sandbox/sandbox';
import type { StageContext } from '../benchmark';
import { harnessFolder } from './applyPatch';
import { exitCodeTestReport, pytestTestReport, replacedParts } from './pytestReport';
import reportPlugin from './sandboxed/benchyard_report.py';
import type { OpenedReport } from './sealedReport';
import { makeReportKey, openReport } from './sealedReport';
import { shellArgv, tailOf } from './shell';

const maxReportBytes = 64 * 1024 * 1024;

export interface TestRun {
  readonly report: TestReport;
  readonly tail: string;
  /** Parts of pytest that the tests replaced while they ran. */
  readonly replaced: readonly string[];
}

export interface TestRunOptions {
  readonly task: RepositoryTask;
  readonly testFiles: readonly string[];
  /** Files of the repository that what is being judged changed. */
  readonly untrusted: readonly string[];
  /** What the project's tests replace in pytest by themselves; `any`: nothing is being judged. */
  readonly replacedBefore: readonly string[] | 'any';
}

/** Runs the task's tests as the sandbox is now, and reads what pytest itself reported. Tests that fail are a result. */
export async function runTests(
  stage: StageContext,
  sandbox: Sandbox,
  { task, testFiles, untrusted, replacedBefore }: TestRunOptions,
): Promise<TestRun> {
  const reporter = await loadReporter(stage, sandbox, task);
  const exec = await stage.exec(sandbox, testArgv(task, testFiles), {
    env: { ...reporter.env, ...testEnvironment(task) },
  });
  const output = Buffer.concat([exec.stdout, exec.stderr]).toString('utf8');
  const report = await reporter.read();
  if (report === null) assertTestProgram(task, exec, output);
  const usesPytest =
    task.testCommand === null || /\bpy\.?test\b/.test(task.testCommand) || report !== null;
  return {
    report: usesPytest
      ? pytestTestReport(exec, report?.text ?? null, {
          plainCommand: task.testCommand === null,
          forged: report?.forged ?? 0,
          untrusted: untrusted.map((path) => `${sandbox.workdir}/${path}`),
          replacedBefore,
        })
      : exitCodeTestReport(exec),
    tail: tailOf(output),
    replaced: replacedParts(report?.text ?? null),
  };
}

/** Our plugin in a sandbox, for the next command that starts pytest. */
export interface Reporter {
  /** Variables of that command. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reported; null: it never began. */
  read(): Promise<OpenedReport | null>;
}

/** Puts the plugin into a sandbox, with a key that it takes away before tested code runs. */
export async function loadReporter(
  { signal }: StageContext,
  sandbox: Sandbox,
  task: RepositoryTask,
): Promise<Reporter> {
  const folder = `${harnessFolder}/plugins`;
  const key = makeReportKey();
  await Promise.all([
    sandbox.writeFile(`${folder}/benchyard_report.py`, reportPlugin, { signal }),
    sandbox.writeFile(`${harnessFolder}/key`, key, { signal }),
  ]);
  const ownPath = task.env['PYTHONPATH'];
  return {
    env: {
      BENCHYARD_REPORT: harnessFolder,
      PYTEST_PLUGINS: 'benchyard_report',
      PYTHONPATH: [folder, ...(ownPath ? [ownPath] : [])].join(':'),
    },
    read: async () => {
      const sealed = await readReportFile(sandbox, `${harnessFolder}/report.jsonl`, signal);
      return sealed === null ? null : openReport(sealed, key);
    },
  };
}

/** Environment of every run of a task's tests, also of an agent's own. */
export function testEnvironment({
  pytestK,
  testCommand,
}: RepositoryTask): Readonly<Record<string, string>> {
  return {
    ...(pytestK !== null && testCommand !== null
      ? { PYTEST_ADDOPTS: `-k '${pytestK.replaceAll("'", `'"'"'`)}'` }
      : {}),
  };
}

/** A task's own command as it is; else pytest on the selection, or on the files that the task's test lists name. */
function testArgv(task: RepositoryTask, testFiles: readonly string[]): readonly string[] {
  if (task.testCommand !== null) return shellArgv(task.testCommand);
  if (task.pytestK !== null) return ['pytest', '-k', task.pytestK];
  return ['pytest', ...testFiles];
}

async function readReportFile(
  sandbox: Sandbox,
  file: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return Buffer.from(await sandbox.readFile(file, { maxBytes: maxReportBytes, signal })).toString(
      'utf8',
    );
  } catch (error) {
    if (RunnerError.is(error, 'not-found')) return null;
    throw error;
  }
}

function assertTestProgram(task: RepositoryTask, exec: ExecResult, output: string): void {
  const absent = exec.exitCode === 127 || /No module named '?pytest/.test(output);
  if (!absent) return;
  const program = task.testCommand ?? 'pytest';
  throw new RunnerError(
    'image-unsuitable',
    `The environment of "${task.taskId}" cannot run "${program}": ${tailOf(output).split('\n').pop() ?? ''}. ` +
      'Name an image that has it (environment.image), or install it (install).',
  );
}
