import { readPlan } from '../store/runFolder';
import { stepMarkdown } from './markdown';
import { parseBody, pathsOfTrial, readSteps, stepLines } from './steps';

/**
 * The whole trajectory, piece by piece: JSON lines as they were recorded, or a Markdown document. A trial that is still
 * running is exported as far as it is.
 */
export async function* exportTrajectory(
  runDir: string,
  trialId: string,
  { format, signal }: { readonly format: 'markdown' | 'jsonl'; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const steps = await readSteps(runDir, trialId, {});
  if (format === 'markdown') yield await heading(runDir, trialId);
  const { trajectory } = pathsOfTrial(runDir, trialId);
  for await (const { step, line } of stepLines(trajectory, steps)) {
    signal.throwIfAborted();
    const body = parseBody(line, { step, trajectory });
    yield format === 'jsonl' ? `${line}\n` : `\n${stepMarkdown(body)}\n`;
  }
}

async function heading(runDir: string, trialId: string): Promise<string> {
  const plan = await readPlan(runDir);
  const trial = plan.trials.find(({ trial_id: id }) => id === trialId);
  const facts = [
    `- Task: ${trial?.task_id ?? trialId}, attempt ${String(trial?.attempt ?? 0)}`,
    `- Agent: ${plan.agent}${plan.model === null ? '' : ` with ${plan.model}`}`,
    `- Run: ${plan.run_id}`,
  ];
  return `# Trajectory of ${trialId}\n\n${facts.join('\n')}\n`;
}
