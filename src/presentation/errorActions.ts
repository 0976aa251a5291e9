import type { RunnerErrorCode } from '../runner/index';
import { RunnerError } from '../runner/model';
import { UserError } from './userError';

/** What a person can do about an error; the editor gives each a button. */
export type ErrorAction =
  | 'check-setup'
  | 'enter-key'
  | 'clean-up'
  | 'open-settings'
  | 'refresh-runs'
  | 'show-problems'
  | 'show-log'
  | 'report-issue';

/** What to show of something that was thrown; null: nothing, it was cancelled. */
export interface ShownError {
  readonly message: string;
  readonly actions: readonly ErrorAction[];
  /** Not one of the failures that were thought of: a defect of this program. */
  readonly unexpected: boolean;
}

export function describeError(error: unknown): ShownError | null {
  if (isCancellation(error)) return null;
  if (RunnerError.is(error)) {
    return { message: error.message, actions: actionsOf(error.code), unexpected: false };
  }
  if (error instanceof UserError) {
    return { message: error.message, actions: [], unexpected: false };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { message, actions: ['show-log', 'report-issue'], unexpected: true };
}

function actionsOf(code: RunnerErrorCode): readonly ErrorAction[] {
  switch (code) {
    case 'docker-unavailable':
    case 'docker-denied':
    case 'no-sandbox':
    case 'git-missing':
    case 'image-unavailable':
    case 'image-unsuitable':
      return ['check-setup', 'show-log'];
    case 'unsupported-environment':
    case 'dataset-unavailable':
    case 'invalid-config':
    case 'checker-failed':
      return ['open-settings', 'show-log'];
    case 'model-denied':
      return ['enter-key', 'open-settings', 'show-log'];
    case 'model-unavailable':
    case 'engine-unavailable':
      return ['open-settings', 'show-log'];
    case 'invalid-task':
      return ['show-problems', 'show-log'];
    case 'disk-full':
    case 'too-many-files':
      return ['clean-up', 'show-log'];
    case 'locked':
    case 'not-found':
      return ['refresh-runs', 'show-log'];
    case 'sandbox-lost':
      return ['check-setup', 'show-log'];
    default:
      return ['show-log'];
  }
}

/** Whether something was thrown because the user, or the window's end, called it off. */
export function isCancellation(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'Canceled');
}
