import type { TrialResult } from '../../src/runner/model';

/** The result of a trial that passed, of which nothing else is known but what is said. */
export function passedResult(more: Partial<TrialResult> & { task_id: string }): TrialResult {
  return {
    repo: null,
    ref: null,
    pytest_k: null,
    status: 'passed',
    duration_s: 0,
    tail: null,
    attempt: 0,
    agent: 'gold',
    model: null,
    exit_status: 'submitted',
    cause: null,
    before: null,
    after: null,
    verdict: null,
    stages: [],
    usage: null,
    agent_stats: null,
    patch_stats: null,
    detail: null,
    image: null,
    ...more,
  };
}
