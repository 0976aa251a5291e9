import type { PatchLimits, RepositoryTask } from '../../model';
import { splitTestPart } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Evaluation, OpenSandbox, TrialContext } from '../benchmark';
import type { ChangedFiles } from './applyPatch';
import { applyPatch, restoreTestFiles } from './applyPatch';
import { runTests } from './runTests';
import { applyTestPatch, testFilesOf } from './testFiles';

/** Evaluation of a patch by running the task's tests ourselves, with pytest's own report as evidence. */
export class OwnTests {
  readonly #options: { readonly patchLimits: PatchLimits };
  /** By trial: what its tests replace in pytest before anything was handed in. */
  readonly #replaced = new WeakMap<TrialContext, readonly string[]>();

  constructor(options: { readonly patchLimits: PatchLimits }) {
    this.#options = options;
  }

  async evaluate(
    task: RepositoryTask,
    patch: string | null,
    { open, trial }: { readonly open: OpenSandbox; readonly trial: TrialContext },
  ): Promise<Evaluation> {
    const name = patch === null ? 'before' : 'after';
    const { source: goldSource, tests: goldTests } = splitTestPart(task.goldPatch ?? '');
    const testPatch = task.testPatch ?? goldTests;
    const sandbox = await open(name);
    let untrusted: readonly string[] = [];
    if (patch !== null) {
      const applied = await this.#applySubmission(patch, {
        sandbox,
        trial,
        goldSource,
      });
      if ('kind' in applied) return applied;
      untrusted = applied.untrusted;
    }
    const outcome = await trial.stage(name, trial.limits.test, async (stage) => {
      await applyTestPatch(task, testPatch, { stage, sandbox });
      const testFiles = testFilesOf(task, testPatch);
      const replacedBefore = patch === null ? 'any' : (this.#replaced.get(trial) ?? []);
      const run = await runTests(stage, sandbox, { task, testFiles, untrusted, replacedBefore });
      if (patch === null) this.#replaced.set(trial, run.replaced);
      const { end } = run.report;
      if (end === 'timeout' || end === 'oom') {
        return { ok: true, value: run, exitCode: null, cause: end };
      }
      return { ok: true, value: run, exitCode: run.report.exit_code };
    });
    if (outcome.ok) return { kind: 'tested', ...outcome.value };
    return {
      kind: 'stopped',
      status: outcome.cause === 'timeout' ? 'timeout' : 'error',
      cause: outcome.cause === 'timeout' ? name : 'crash',
      detail: outcome.detail,
    };
  }

  async #applySubmission(
    patch: string,
    {
      sandbox,
      trial,
      goldSource,
    }: { readonly sandbox: Sandbox; readonly trial: TrialContext; readonly goldSource: string },
  ): Promise<Evaluation | ChangedFiles> {
    let changed: ChangedFiles = { restored: [], untrusted: [] };
    const outcome = await trial.stage('apply', trial.limits.apply, async (stage) => {
      const applied = await applyPatch(stage, sandbox, {
        patch,
        limits: this.#options.patchLimits,
      });
      if (applied.ok && 'how' in applied.value) {
        changed = await restoreTestFiles(stage, sandbox, { patch, goldSource });
        if (changed.restored.length > 0)
          trial.note(`put back the task's own version of ${changed.restored.join(', ')}`);
        if (applied.value.applied !== null) await trial.keep('applied.diff', applied.value.applied);
      }
      return applied;
    });
    if (!outcome.ok) {
      const status = outcome.cause === 'timeout' ? 'timeout' : 'error';
      return {
        kind: 'stopped',
        status,
        cause: status === 'timeout' ? 'apply' : 'crash',
        detail: outcome.detail,
      };
    }
    if ('how' in outcome.value) return changed;
    return { kind: 'stopped', status: 'patch_rejected', ...outcome.value };
  }
}
