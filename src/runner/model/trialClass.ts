import type { TrialStatus } from './result';

/** The class that a status counts in, with SWE-bench's words. The denominator is always every trial of the run. */
export type TrialClass = 'resolved' | 'unresolved' | 'empty_patch' | 'infra_failure' | 'incomplete';

export function classOf(status: TrialStatus): TrialClass {
  switch (status) {
    case 'passed':
      return 'resolved';
    case 'failed':
    case 'no_tests':
    case 'error':
    case 'timeout':
    case 'patch_rejected':
    case 'suspicious':
      return 'unresolved';
    case 'empty_patch':
    case 'infra_failure':
      return status;
    case 'cancelled':
      return 'incomplete';
  }
}
