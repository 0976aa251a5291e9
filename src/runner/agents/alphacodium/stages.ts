import type { FlowPlace } from '../../model';

/** The stages of the flow in their order, by the names that prompts and trajectories have for them. */
export const stageTitles = {
  reflect: 'Self-reflection',
  solutions: 'Possible solutions',
  choose: 'Choice of a solution',
  tests: 'AI tests',
  code: 'First program',
  public: 'Fixes on public tests',
  ai: 'Fixes on AI tests',
  baseline: 'Plain prompt',
} as const;
export type StageName = keyof typeof stageTitles;

export function placeOf(stage: StageName, iteration: number | null = null): FlowPlace {
  return { stage, title: stageTitles[stage], iteration };
}
