import type { RunState, TrialState } from '../runner/index';
import { classOf } from '../runner/model';

export interface NamedRun {
  readonly runId: string;
  readonly state: RunState;
}

/** What a question is about. */
export type ChatSubject =
  | { readonly kind: 'trial'; readonly run: NamedRun; readonly trial: TrialState }
  | { readonly kind: 'comparison'; readonly first: NamedRun; readonly second: NamedRun }
  | { readonly kind: 'runs'; readonly runs: readonly NamedRun[] };

export interface ChatQuestion {
  readonly prompt: string;
  /** `explain`, `compare`, or none. */
  readonly command: string | undefined;
}

/**
 * What a question is about, by the runs, trials and tasks that it names; where it names none, `explain` is about the newest
 * trial that was not resolved, `compare` about the two newest runs. `runs` are newest first.
 */
export function subjectOf(question: ChatQuestion, runs: readonly NamedRun[]): ChatSubject {
  const words = wordsOf(question.prompt);
  const named = runs.filter(({ runId }) => words.has(runId));
  if (question.command === 'compare') {
    const [second, first] = named.length >= 2 ? named : [...named, ...without(runs, named)];
    if (first !== undefined && second !== undefined) return inOrder(first, second);
  }
  const trial = trialIn(named.length > 0 ? named : runs, words);
  if (trial !== null) return trial;
  if (question.command === 'explain') {
    const unresolved = firstUnresolved(named.length > 0 ? named : runs);
    if (unresolved !== null) return unresolved;
  }
  return { kind: 'runs', runs: named.length > 0 ? named : runs };
}

/** The older one first: what changed is told from it. */
function inOrder(a: NamedRun, b: NamedRun): ChatSubject {
  const [first, second] = a.runId < b.runId ? [a, b] : [b, a];
  return { kind: 'comparison', first, second };
}

function without(runs: readonly NamedRun[], some: readonly NamedRun[]): readonly NamedRun[] {
  return runs.filter((run) => !some.includes(run));
}

function wordsOf(prompt: string): ReadonlySet<string> {
  return new Set(prompt.split(/[\s,;:`'"()[\]]+/).map((word) => word.replace(/[.?!]+$/, '')));
}

function trialIn(runs: readonly NamedRun[], words: ReadonlySet<string>): ChatSubject | null {
  for (const run of runs) {
    for (const [trialId, trial] of run.state.trials) {
      if (words.has(trialId) || words.has(trial.plan.task_id)) return { kind: 'trial', run, trial };
    }
  }
  return null;
}

function firstUnresolved(runs: readonly NamedRun[]): ChatSubject | null {
  for (const run of runs) {
    for (const trial of run.state.trials.values()) {
      if (trial.result !== null && classOf(trial.result.status) !== 'resolved')
        return { kind: 'trial', run, trial };
    }
  }
  return null;
}
