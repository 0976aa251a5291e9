import type { TrialStatus } from './result';

/** The class that a status counts in, with SWE-bench's words. The denominator is always every trial of the run that its
 * task's data can be asked for (`not_applicable` is no answer to a question). */
export type TrialClass =
  'resolved' | 'unresolved' | 'empty_patch' | 'infra_failure' | 'incomplete' | 'not_applicable';

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
    case 'not_applicable':
      return status;
    case 'cancelled':
      return 'incomplete';
  }
}
