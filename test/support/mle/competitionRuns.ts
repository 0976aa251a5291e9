import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { RunConfigInput, TrialPlan, TrialResult } from '../../../src/runner/model';
import { readJsonLines } from '../files';
import type { EndedRun } from '../runs';
import { Bench } from '../runs';
import type { SandboxName } from '../sandboxes';
import { learning } from '../sandboxes';
import { writeHeights } from './heights';

const stepSchema = z.looseObject({ kind: z.string(), output: z.string().default('') });

export interface Visit {
  readonly result: TrialResult;
  /** What the command printed, without how it ended. */
  readonly printed: string;
  readonly run: EndedRun;
}

/** Runs of competitions, in a folder with a cache and a registry of its own, which has `heights`. */
export class CompetitionRuns {
  readonly bench: Bench;

  private constructor(bench: Bench) {
    this.bench = bench;
  }

  static use(sandbox: SandboxName): CompetitionRuns {
    return new CompetitionRuns(
      Bench.use(sandbox, ({ folder }) => writeHeights(`${folder}/registry`, { generated: true }), {
        environment: learning,
      }),
    );
  }

  /** What a run needs to know of the registry. */
  config(tasks: readonly string[], config: RunConfigInput = {}): RunConfigInput {
    const registry = [path.join(this.bench.folder, 'registry')];
    return { agent: 'dummy', ...config, tasks: [...tasks], mle: { registry, ...config.mle } };
  }

  async run(tasks: readonly string[], config: RunConfigInput = {}): Promise<EndedRun> {
    return await this.bench.run([], this.config(tasks, config));
  }

  /** Runs a shell command as the agent of one task. */
  async visit(task: string, command: string, config: RunConfigInput = {}): Promise<Visit> {
    const run = await this.run([`mle:${task}`], { agent: 'command', command, ...config });
    const [trial] = trialFolders(run);
    const steps = await readJsonLines(path.join(trial ?? '', 'trajectory.jsonl'));
    const printed = steps
      .map((step) => stepSchema.parse(step))
      .filter(({ kind }) => kind === 'tool')
      .map(({ output }) => output.replace(/\n?\[exit code \d+\]$/, ''));
    return { result: run.of(task), printed: printed.join('\n'), run };
  }
}

export function trialsOf({ state }: Pick<EndedRun, 'state'>): readonly TrialPlan[] {
  return state.plan?.trials ?? [];
}

/** Folders of the trials, in the order of the plan. */
export function trialFolders(run: Pick<EndedRun, 'state' | 'runDir'>): readonly string[] {
  return trialsOf(run).map(({ trial_id: id }) => path.join(run.runDir, id));
}

/** Names of the files below a folder, sorted. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)))
    .sort();
}

export const readJson = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(file, 'utf8')) as unknown;

/** A shell command that writes a file. */
export const write = (file: string, content: string): string =>
  `cat > ${file} <<'CONTENT'\n${content.trimEnd()}\nCONTENT`;
