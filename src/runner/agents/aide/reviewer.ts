import type { AgentContext } from '../agent';
import type { Assignment } from './assignment';
import type { Asked, Interview } from './interview';
import { blockPart, cutPart } from './promptRoom';
import type { Review } from './review';
import { readReview, reviewTool } from './review';
import { outputPart } from './solutionWriter';

/** Has the model review a program that was run. */
export async function reviewRun(
  run: { readonly code: string; readonly termOut: string; readonly findings: string },
  {
    context,
    interview,
    assignment: { lowerIsBetter },
  }: {
    readonly context: AgentContext;
    readonly interview: Interview;
    readonly assignment: Assignment;
  },
): Promise<Asked<Review>> {
  const known = `Of this task's own metric a ${lowerIsBetter === true ? 'lower' : 'higher'} one is.`;
  return await interview.ask({
    role: 'reviewer',
    system: null,
    prompt: 'aide.review',
    parts: [
      cutPart('statement', context.brief.statement, { least: 2000 }),
      blockPart('code', run.code, { least: 4000, language: 'python' }),
      outputPart(run.termOut, { least: 2000 }),
    ],
    values: { findings: run.findings, direction: lowerIsBetter === null ? '' : known },
    temperature: context.config.aide.review_temperature,
    tools: [reviewTool],
    read: readReview,
    wanted: `Call ${reviewTool.name} with an object of this JSON schema: ${JSON.stringify(reviewTool.parameters)}`,
  });
}
