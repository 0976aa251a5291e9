import type { PatchLimits } from '../../model';
import { isTestPath, normalizePatch, parsePatch, pathOf, refusePatch } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { StageContext, StageOutcome } from '../benchmark';
import type { OfficialGrading } from './official/statuses';
import applyScript from './sandboxed/apply_patch.sh';
import restoreScript from './sandboxed/restore_files.sh';

/** Where the harness keeps its files in a sandbox; tests do not see it in the repository. */
export const harnessFolder = '/tmp/.benchyard';

export interface AppliedPatch {
  /** `plain`, `3way`, `reject`, `fuzz` or `already`. */
  readonly how: string;
  /** The patch as git sees it afterwards, when it was not applied as it was handed in. */
  readonly applied: string | null;
}

/** A patch that was refused: by a guardrail (its name is the cause) or because it does not apply. */
export interface RefusedPatch {
  readonly cause: string;
  readonly detail: string;
}

/**
 * Applies a patch in the sandbox. A refusal is a value; the stage's own failures (its limit, a lost git) are the
 * stage's.
 */
export async function applyPatch(
  stage: StageContext,
  sandbox: Sandbox,
  {
    patch,
    limits,
    rules = 'v5',
  }: {
    readonly patch: string;
    readonly limits: PatchLimits | null;
    /** Whose ways are tried where the plain one fails. */
    readonly rules?: OfficialGrading;
  },
): Promise<StageOutcome<AppliedPatch | RefusedPatch>> {
  const text = normalizePatch(patch);
  const refusal = limits === null ? null : refusePatch(text, limits);
  if (refusal !== null) {
    stage.log(`refused: ${refusal.detail}\n`);
    return { ok: true, value: refusal, exitCode: null };
  }
  const exec = await stage.exec(
    sandbox,
    ['/bin/sh', '-c', applyScript, 'sh', harnessFolder, rules],
    {
      stdin: Buffer.from(text),
    },
  );
  if (exec.cause !== 'exited')
    return stageFailure(exec.cause, 'the patch could not be applied in time');
  const output = Buffer.from(exec.stdout).toString('utf8');
  if (exec.exitCode === 0) {
    const [first = '', ...rest] = output.split('\n');
    const how = first.replace('applied: ', '').trim();
    const applied = rest.join('\n');
    return {
      ok: true,
      value: { how, applied: applied.trim() === '' ? null : applied },
      exitCode: 0,
    };
  }
  const detail =
    output.split('\n').find((line) => /^(error: (?!while searching)|patch: )/.test(line)) ??
    'the patch does not apply';
  return { ok: true, value: { cause: 'does_not_apply', detail }, exitCode: exec.exitCode };
}

/** The files that a patch changed, in two. Those that the task's gold patch changes as part of the fix are in neither. */
export interface ChangedFiles {
  /** Files of the tests and everything that steers them, put back as the task has them. */
  readonly restored: readonly string[];
  /** The rest: code that is judged, and may have no say in its own judgement. */
  readonly untrusted: readonly string[];
}

/**
 * Puts back every file of the tests, and everything that steers them, that the patch changed: a verdict rests on the
 * task's own tests. Paths that the task's gold patch changes as part of the fix are left to the patch.
 */
export async function restoreTestFiles(
  stage: StageContext,
  sandbox: Sandbox,
  { patch, goldSource }: { readonly patch: string; readonly goldSource: string },
): Promise<ChangedFiles> {
  const changed = await changedFiles(stage, sandbox, { patch, allowed: goldSource });
  const restored = changed.filter(isTestPath);
  await restoreFiles(stage, sandbox, restored);
  return { restored, untrusted: changed.filter((path) => !isTestPath(path)) };
}

/** What an applied patch changed, but for the files that `allowed` (a patch) changes too. */
export async function changedFiles(
  stage: StageContext,
  sandbox: Sandbox,
  { patch, allowed }: { readonly patch: string; readonly allowed: string },
): Promise<readonly string[]> {
  const exempt = new Set(parsePatch(allowed).map(pathOf));
  const named = parsePatch(normalizePatch(patch))
    .flatMap((file) => [file.oldPath, file.newPath])
    .filter((path) => path !== null);
  // As git sees it too: a patch may be read in more ways than one, and git and patch(1) may take another than ours.
  const seen = await filesThatDiffer(stage, sandbox);
  return [...new Set([...named, ...seen])].filter((path) => !exempt.has(path));
}

/** Puts files back as the last commit has them; those that it does not have are removed. */
export async function restoreFiles(
  stage: StageContext,
  sandbox: Sandbox,
  files: readonly string[],
): Promise<void> {
  if (files.length === 0) return;
  const exec = await stage.exec(sandbox, ['/bin/sh', '-c', restoreScript, 'sh', ...files]);
  if (exec.cause !== 'exited' || exec.exitCode !== 0) {
    throw new Error(
      `the test files could not be restored: ${Buffer.from(exec.stderr).toString('utf8')}`,
    );
  }
}

async function filesThatDiffer(stage: StageContext, sandbox: Sandbox): Promise<readonly string[]> {
  const script =
    'git diff --name-only --no-renames -z HEAD && git ls-files --others --exclude-standard -z';
  const exec = await stage.exec(sandbox, ['/bin/sh', '-c', script], { onOutput: () => undefined });
  if (exec.cause !== 'exited' || exec.exitCode !== 0) {
    throw new Error(`git cannot tell what changed: ${Buffer.from(exec.stderr).toString('utf8')}`);
  }
  return Buffer.from(exec.stdout).toString('utf8').split('\0').filter(Boolean);
}

function stageFailure(
  cause: 'timeout' | 'oom' | 'signalled' | 'output_limit',
  detail: string,
): StageOutcome<never> {
  return { ok: false, cause: cause === 'signalled' ? 'crash' : cause, exitCode: null, detail };
}
