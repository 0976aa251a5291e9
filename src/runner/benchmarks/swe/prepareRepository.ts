import type { Host } from '../../host';
import type { RepositoryTask } from '../../model';
import { RunnerError } from '../../model';
import type { PipSettings } from '../../sandbox/pipSettings';
import { packPipFiles, pipFolder } from '../../sandbox/pipSettings';
import type { EnvironmentSpec, ExecResult, ProgressOptions, Sandbox } from '../../sandbox/sandbox';
import { openToRead } from '../../store/files';
import type { EnvironmentLayer, StageContext, StageOutcome, TrialContext } from '../benchmark';
import { gitFolderArchive } from './checkout';
import { GitFailure } from '../../git';
import { forgetReleases } from './forgetReleases';
import type { RepositoryCache } from './repositoryCache';
import settleScript from './sandboxed/settle_repository.sh';
import { shellArgv } from './shell';
import {
  packageCommands,
  packagesKey,
  recipeKey,
  repositoryCommands,
  settleCommand,
} from './specEnvironment';

export interface PreparationOptions {
  readonly host: Host;
  readonly repositories: RepositoryCache;
  /** The user's package index, certificates and proxy: for the install stage and no other. */
  readonly pipSettings: (signal: AbortSignal) => Promise<PipSettings>;
}

const fullHash = /^[0-9a-f]{40}$/;

/** Clone and install: from a bare image to a sandbox that is worth a snapshot. */
export class RepositoryPreparation {
  readonly #options: PreparationOptions;

  constructor(options: PreparationOptions) {
    this.#options = options;
  }

  /** All that the prepared sandbox depends on besides its image. */
  async fingerprint(
    task: RepositoryTask,
    trial: TrialContext,
    { signal, spec }: ProgressOptions & { readonly spec: EnvironmentSpec },
  ): Promise<StageOutcome<readonly string[]>> {
    const parts = (commit: string): readonly string[] => [
      'swe/3',
      commit,
      task.install ?? '',
      JSON.stringify(task.env),
      ...(spec.source?.kind === 'spec' ? [recipeKey(spec.source.spec)] : []),
    ];
    // A full hash names its content, so a prepared environment is found without looking at any repository.
    if (fullHash.test(task.ref)) return { ok: true, value: parts(task.ref) };
    return await trial.stage('clone', trial.limits.clone, async (stage) => {
      const commit = await this.#gitValue(stage, () => this.#resolve(task, stage, signal));
      return commit.ok ? { ok: true, value: parts(commit.value), exitCode: 0 } : commit;
    });
  }

  /** The packages of a spec, which tasks of one repository and version share. */
  layer(task: RepositoryTask, { source }: EnvironmentSpec): EnvironmentLayer | null {
    if (source?.kind !== 'spec') return null;
    const { python, pip } = source.spec;
    return {
      stage: 'packages',
      title: `Python ${python} with ${pip.length} packages for ${task.group}`,
      parts: ['swe-packages/2', packagesKey(source.spec)],
      prepare: (builder, trial) =>
        trial.stage('packages', trial.limits.install, (stage) =>
          this.#install(packageCommands(source.spec), builder, stage),
        ),
    };
  }

  async prepare(
    task: RepositoryTask,
    { builder, spec }: { readonly builder: Sandbox; readonly spec: EnvironmentSpec },
    trial: TrialContext,
  ): Promise<StageOutcome<null>> {
    const cloned = await trial.stage('clone', trial.limits.clone, (stage) =>
      this.#clone(task, builder, stage),
    );
    if (!cloned.ok) return cloned;
    const recipe = spec.source?.kind === 'spec' ? spec.source.spec : null;
    const own = task.install === null ? [] : [shellArgv(task.install)];
    const commands =
      recipe === null
        ? [...spec.commands, ...own]
        : [...repositoryCommands(recipe), ...own, settleCommand];
    if (commands.length > 0) {
      const installed = await trial.stage('install', trial.limits.install, (stage) =>
        this.#install(commands, builder, stage),
      );
      if (!installed.ok) return installed;
    }
    const forgotten = await forgetReleases(task, builder, { signal: trial.signal });
    if (forgotten.length > 0)
      trial.note(
        `removed from the environment, so that nobody reads the fix there: ${forgotten.join(', ')}`,
      );
    await this.#settle(builder, trial.signal);
    return { ok: true, value: null };
  }

  async #resolve(task: RepositoryTask, stage: StageContext, signal: AbortSignal): Promise<string> {
    return await this.#options.repositories.resolve(task.repo, task.ref, {
      signal: AbortSignal.any([signal, stage.limitSignal]),
      onOutput: (text) => {
        stage.log(text);
      },
    });
  }

  async #clone(
    task: RepositoryTask,
    builder: Sandbox,
    stage: StageContext,
  ): Promise<StageOutcome<null>> {
    const archive = await this.#gitValue(stage, async () => {
      const commit = await this.#resolve(task, stage, stage.limitSignal);
      return await gitFolderArchive(
        this.#options.host,
        this.#options.repositories,
        { repo: task.repo, commit },
        {
          signal: stage.limitSignal,
          onOutput: (text) => {
            stage.log(text);
          },
        },
      );
    });
    if (!archive.ok) return archive;
    const tar = await openToRead(archive.value);
    try {
      await builder.copyIn(builder.workdir, tar, { signal: stage.limitSignal });
    } finally {
      tar.destroy();
    }
    // Without a reflog entry: the one branch and its commit are all there is.
    const exec = await stage.exec(builder, [
      'git',
      '-c',
      'core.logAllRefUpdates=false',
      'checkout',
      '-q',
      '-f',
      'main',
    ]);
    if (exec.cause === 'exited' && exec.exitCode === 0)
      return { ok: true, value: null, exitCode: 0 };
    if (exec.exitCode === 127) {
      throw new RunnerError(
        'image-unsuitable',
        `The environment of "${task.taskId}" has no git. Name an image that has it (environment.image).`,
      );
    }
    return {
      ok: false,
      cause: exec.cause === 'exited' || exec.cause === 'signalled' ? 'failed' : exec.cause,
      exitCode: exec.exitCode,
      detail: Buffer.from(exec.stderr).toString('utf8').trim(),
    };
  }

  async #install(
    commands: readonly (readonly string[])[],
    builder: Sandbox,
    stage: StageContext,
  ): Promise<StageOutcome<null>> {
    const settings = await this.#options.pipSettings(stage.signal);
    for (const note of settings.notes) stage.log(`${note}\n`);
    const files = await packPipFiles(settings);
    if (files !== null) await builder.copyIn(pipFolder, files, { signal: stage.signal });
    // The sandbox is the environment: Debian's guard against pip beside apt would only be in the way.
    const env = { PIP_BREAK_SYSTEM_PACKAGES: '1', PIP_ROOT_USER_ACTION: 'ignore', ...settings.env };
    let outcome: StageOutcome<null> = { ok: true, value: null, exitCode: 0 };
    for (const command of commands) {
      outcome = installOutcome(await stage.exec(builder, command, { env }));
      if (!outcome.ok) break;
    }
    // Certificates and keys must not become part of the snapshot.
    if (files !== null) {
      await builder.exec(['rm', '-rf', pipFolder], { timeoutMs: 10_000, signal: stage.signal });
    }
    return outcome;
  }

  async #settle(builder: Sandbox, signal: AbortSignal): Promise<void> {
    const exec = await builder.exec(['/bin/sh', '-c', settleScript], { timeoutMs: 60_000, signal });
    if (exec.exitCode !== 0) {
      throw new Error(
        `the environment could not be settled: ${Buffer.from(exec.stderr).toString('utf8')}`,
      );
    }
  }

  /** What git on the host could not do is the stage's failure; everything else passes through. */
  async #gitValue<T>(stage: StageContext, work: () => Promise<T>): Promise<StageOutcome<T>> {
    try {
      return { ok: true, value: await work() };
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      stage.log(`${error.message}\n`);
      return { ok: false, cause: 'failed', exitCode: error.exitCode, detail: error.message };
    }
  }
}

function installOutcome(exec: ExecResult): StageOutcome<null> {
  if (exec.cause === 'exited' && exec.exitCode === 0) return { ok: true, value: null, exitCode: 0 };
  const last = Buffer.from(exec.stderr).toString('utf8').trim().split('\n').pop();
  return {
    ok: false,
    cause: exec.cause === 'exited' ? 'failed' : exec.cause === 'signalled' ? 'crash' : exec.cause,
    exitCode: exec.exitCode,
    detail: last === undefined || last === '' ? 'the install command failed' : last,
  };
}
