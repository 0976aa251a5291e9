/**
 * Why a run, or one trial of it, was stopped: by a person, by a limit of the run's budget, or because it cannot go on
 * (`disk`: no room is left; `files`: no more may be open; `sandbox`: the engine is gone; `locked`: another process has
 * the folder, so this word is never written).
 */
export type StopCause =
  | 'user'
  | 'disk'
  | 'files'
  | 'sandbox'
  | 'locked'
  | 'model'
  | 'max_cost'
  | 'max_tokens'
  | 'max_turns'
  | 'max_time';

const infrastructure: ReadonlySet<string> = new Set<StopCause>(['disk', 'files', 'sandbox']);

/** Whether a run was stopped (`endCause`) since its machine lacks something: people mend that, and it goes on. */
export function isInfrastructureStop(cause: string | null): boolean {
  return cause !== null && infrastructure.has(cause);
}
