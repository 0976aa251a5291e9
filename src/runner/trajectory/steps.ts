import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { StepSummary, TrajectoryStep } from '../model';
import { RunnerError, stepSummarySchema, trajectoryStepSchema } from '../model';
import { isNotFound, readIfThere } from '../store/files';
import { runPaths } from '../store/runFolder';

/** The files of a trial; a trial's id is the name of its folder and nothing that leads out of the run's. */
export function pathsOfTrial(
  runDir: string,
  trialId: string,
): ReturnType<ReturnType<typeof runPaths>['trial']> {
  if (!/^[\w@+-][\w.@+-]*$/.test(trialId))
    throw new RunnerError('not-found', `There is no trial "${trialId}".`);
  return runPaths(runDir).trial(trialId);
}

const eventSchema = z.looseObject({
  type: z.enum(['trial.started', 'agent.step']),
  step: z.number().optional(),
});

/** What the steps of a trial's last try were, from the one after `after` on. */
export async function readSteps(
  runDir: string,
  trialId: string,
  { after = 0 }: { readonly after?: number },
): Promise<readonly StepSummary[]> {
  const text = (await readIfThere(pathsOfTrial(runDir, trialId).events)) ?? '';
  let steps: StepSummary[] = [];
  for (const line of text.split('\n')) {
    // Most of a trial's events are its steps, but what is none need not be parsed.
    if (!line.includes('"type":"agent.step"') && !line.includes('"type":"trial.started"')) continue;
    const event = parseLine(line);
    if (event?.type === 'trial.started') steps = [];
    if (event?.step === undefined || event.step <= after) continue;
    const step = stepSummarySchema.safeParse(event);
    if (step.success) steps.push(step.data);
  }
  return steps;
}

function parseLine(line: string): z.output<typeof eventSchema> | null {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null; // a line that was being written when the process died
  }
}

type StepPlace = Pick<StepSummary, 'step' | 'offset' | 'bytes'>;

/** All of some steps, by the places that their summaries name. */
export async function readStepBodies(
  runDir: string,
  trialId: string,
  steps: readonly StepPlace[],
): Promise<readonly TrajectoryStep[]> {
  const { trajectory } = pathsOfTrial(runDir, trialId);
  const bodies: TrajectoryStep[] = [];
  for await (const { step, line } of stepLines(trajectory, steps))
    bodies.push(parseBody(line, { step, trajectory }));
  return bodies;
}

/** The lines of some steps, one after the other: a trajectory may be larger than memory. */
export async function* stepLines(
  trajectory: string,
  steps: readonly StepPlace[],
): AsyncGenerator<{ readonly step: number; readonly line: string }> {
  if (steps.length === 0) return;
  const file = await open(trajectory).catch((error: unknown) => {
    if (isNotFound(error)) throw new RunnerError('not-found', `There is no ${trajectory}.`);
    throw error;
  });
  try {
    for (const { step, offset, bytes } of steps) {
      const buffer = Buffer.alloc(bytes);
      const { bytesRead } = await file.read(buffer, 0, bytes, offset);
      yield { step, line: buffer.toString('utf8', 0, bytesRead) };
    }
  } finally {
    await file.close();
  }
}

/** @throws `not-found` when the line is not that step's */
export function parseBody(
  line: string,
  { step, trajectory }: { readonly step: number; readonly trajectory: string },
): TrajectoryStep {
  try {
    const body = trajectoryStepSchema.parse(JSON.parse(line));
    if (body.step === step) return body;
  } catch {
    // Told below: either way the file is not the one that the events speak of.
  }
  throw new RunnerError('not-found', `${trajectory} does not have step ${String(step)}.`);
}

/** The whole output of a tool, by the name that its step gives it. */
export async function readStepOutput(
  runDir: string,
  trialId: string,
  file: string,
): Promise<string> {
  const { folder } = pathsOfTrial(runDir, trialId);
  try {
    if (/^outputs\/\d+\.txt$/.test(file)) return await readFile(path.join(folder, file), 'utf8');
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  throw new RunnerError('not-found', `The trial "${trialId}" has no output "${file}".`);
}
