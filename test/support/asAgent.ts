import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import * as z from 'zod';
import { readJsonLines } from './files';
import type { Bench, EndedRun } from './runs';

const stepSchema = z.object({ kind: z.string(), output: z.string().default('') });

export interface AgentVisit {
  /** What each command printed. */
  readonly printed: readonly string[];
  readonly run: EndedRun;
}

/** Runs commands where an agent works. */
export async function asAgent(
  bench: Bench,
  row: object & ({ task_id: string } | { instance_id: string }),
  commands: readonly string[],
): Promise<AgentVisit> {
  const actions = path.join(bench.folder, 'actions.jsonl');
  const lines = commands.map((command) => JSON.stringify({ action: 'shell', command }));
  await writeFile(actions, lines.join('\n'));
  const run = await bench.run([row], { agent: 'replay', actions });
  const id = 'task_id' in row ? row.task_id : row.instance_id;
  expect(run.of(id).status).not.toBe('infra_failure');
  const steps = await readJsonLines(path.join(run.runDir, `${id}_0/trajectory.jsonl`));
  const printed = steps
    .map((step) => stepSchema.parse(step))
    .filter(({ kind }) => kind === 'tool')
    .map(({ output }) => output.replace(/\[exit code \d+\]$/, ''));
  return { printed, run };
}
