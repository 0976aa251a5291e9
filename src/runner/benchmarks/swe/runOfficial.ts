import type { RepositoryTask } from '../../model';
import type { ExecResult, Sandbox } from '../../sandbox/sandbox';
import type { StageContext } from '../benchmark';
import { harnessFolder } from './applyPatch';
import { loadReporter, testEnvironment } from './runTests';
import type { OpenedReport } from './sealedReport';

/** A log is kept up to this; a script that prints more than the sandbox's flood limit is stopped. */
const maxLogBytes = 128 * 1024 * 1024;

/**
 * Trials are offline: pip takes what is installed instead of waiting for an index. Without isolation a project is built
 * with the environment's own setuptools.
 */
const offlinePip = {
  PIP_NO_INDEX: '1',
  PIP_NO_BUILD_ISOLATION: '0', // pip reads this one the other way round
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_ROOT_USER_ACTION: 'ignore',
} as const;

export interface ScriptRun {
  readonly exec: ExecResult;
  /** Both streams as they were printed, as `test_output.txt` has them. */
  readonly log: string;
  readonly opened: OpenedReport | null;
  /** Where the repository is in the sandbox. */
  readonly workdir: string;
}

/** Runs an official evaluation script as the sandbox is now, with our reporter loaded into whatever pytest it starts. */
export async function runScript(
  stage: StageContext,
  sandbox: Sandbox,
  {
    task,
    script,
    limitS,
  }: { readonly task: RepositoryTask; readonly script: string; readonly limitS: number },
): Promise<ScriptRun> {
  const file = `${harnessFolder}/eval.sh`;
  await sandbox.writeFile(file, script, { signal: stage.signal });
  const reporter = await loadReporter(stage, sandbox, task);
  const exec = await stage.exec(
    sandbox,
    // One stream, so that the trace stands where it was printed.
    ['/bin/bash', '-c', 'exec 2>&1; exec /bin/bash "$0"', file],
    {
      env: { ...offlinePip, ...reporter.env, ...testEnvironment(task) },
      outputLimitBytes: maxLogBytes,
    },
  );
  const output = Buffer.from(exec.stdout).toString('utf8');
  const log =
    exec.cause === 'timeout'
      ? `${output}\n\nTimeout error: ${String(limitS)} seconds exceeded.`
      : output;
  return { exec, log, opened: await reporter.read(), workdir: sandbox.workdir };
}
