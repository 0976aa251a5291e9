import type { Host } from '../../host';
import { RunnerError } from '../../model';
import { ExecaError, runProgram } from '../../program';
import type { ArrayJob } from './jobStates';
import { accountingFormat, parseAccounting, parseQueue, queueFormat } from './jobStates';

/** Slurm's own programs answer within seconds, or wait for a controller that does not. */
const patienceMs = 60_000;

/** The programs of Slurm that a user has, each as one call. They find their cluster by themselves. */
export class SlurmCommands {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Submits a job script.
   *
   * @returns the job's id
   * @throws `engine-unavailable` with Slurm's own words
   */
  async submit(
    script: string,
    args: readonly string[],
    { cwd, secrets }: { readonly cwd: string; readonly secrets: Readonly<Record<string, string>> },
  ): Promise<string> {
    const out = await this.#call('sbatch', ['--parsable', ...args], {
      cwd,
      input: script,
      env: secrets,
    });
    // `id` or `id;cluster`
    const [, job] = /^(\d+)(;|$)/m.exec(out.trim()) ?? [];
    if (job === undefined)
      throw new RunnerError('engine-unavailable', `sbatch answered no job id: ${out.trim()}`);
    return job;
  }

  /**
   * Whether a job with these arguments would be taken.
   *
   * @throws `engine-unavailable` when it would not, whatever the nodes are doing now
   */
  async test(args: readonly string[]): Promise<void> {
    try {
      await this.#call('sbatch', ['--test-only', ...args], { input: '#!/bin/sh\n' });
    } catch (error) {
      const busy = RunnerError.is(error) && /busy|down, drained/i.test(error.message);
      if (!busy) throw error;
    }
  }

  /** Jobs with these names: those that wait or run, and those that ended in the last minutes. */
  async queue(names: readonly string[]): Promise<readonly ArrayJob[]> {
    const filter = ['--noheader', '--array', '--states=all', `--name=${names.join(',')}`];
    return parseQueue(await this.#call('squeue', [...filter, `--format=${queueFormat}`]));
  }

  /** How jobs ended that the controller has forgotten. Nothing where the cluster keeps no accounts. */
  async accounting(jobs: readonly string[]): Promise<readonly ArrayJob[]> {
    if (jobs.length === 0) return [];
    const args = ['--noheader', '--parsable2', '--allocations'];
    try {
      return parseAccounting(
        await this.#call('sacct', [
          ...args,
          `--jobs=${jobs.join(',')}`,
          `--format=${accountingFormat}`,
        ]),
      );
    } catch (error) {
      if (!RunnerError.is(error)) throw error;
      this.#host.log('debug', `no accounting: ${error.message}`);
      return [];
    }
  }

  /** Cancels jobs (`12`) or single ones of an array (`12_3`). Those that have ended stay as they are. */
  async cancel(jobs: readonly string[]): Promise<void> {
    if (jobs.length > 0) await this.#call('scancel', ['--quiet', ...jobs]);
  }

  /** Numbers in a job array are smaller than this. */
  async maxArraySize(): Promise<number> {
    const config = await this.#call('scontrol', ['show', 'config']);
    const [, size] = /^MaxArraySize\s*=\s*(\d+)/m.exec(config) ?? [];
    return size === undefined ? 1001 : Number(size);
  }

  async #call(
    program: string,
    args: readonly string[],
    {
      cwd = this.#host.cwd,
      input,
      env = {},
    }: {
      readonly cwd?: string;
      readonly input?: string;
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<string> {
    try {
      const { stdout } = await runProgram(program, args, {
        cwd,
        env: { ...this.#host.env, ...env },
        extendEnv: false,
        timeout: patienceMs,
        // Ctrl+C is for this process, which then says what is to become of the jobs.
        detached: true,
        ...(input === undefined ? { stdin: 'ignore' } : { input }),
      });
      return stdout;
    } catch (error) {
      if (!(error instanceof ExecaError)) throw error;
      const { stderr }: { readonly stderr?: unknown } = error;
      const said = (typeof stderr === 'string' && stderr.trim()) || error.shortMessage;
      const message = messageOf(program, { code: error.code, said });
      throw new RunnerError('engine-unavailable', message, { cause: error });
    }
  }
}

function messageOf(program: string, { code, said }: { code: unknown; said: string }): string {
  if (code === 'ENOENT')
    return `There is no ${program} here. Start the run on a machine that submits to your Slurm cluster (a login node), with Slurm's programs on the PATH.`;
  const mend = program === 'sbatch' ? ` ${mendingOf(said)}` : '';
  return `${program} failed: ${said}${mend}`;
}

/** What can be done about a submission that was refused. */
function mendingOf(said: string): string {
  if (/partition/i.test(said))
    return 'sinfo lists the partitions; name one with --slurm-partition.';
  if (/account/i.test(said)) return 'Name an account that you may use with --slurm-account.';
  if (/configuration is not available|memory|cpu/i.test(said))
    return 'No node has what the tasks ask for; --slurm-arg changes it (--slurm-arg=--mem=0 asks for no memory).';
  if (/contact slurm controller|timed out/i.test(said))
    return 'The controller does not answer. Try again with benchyard resume.';
  return 'Arguments of your own go into --slurm-arg.';
}
