import type { ToolHost } from '../../agentTools/index';
import type { ChatSubject, NamedRun } from '../../presentation/chatSubject';
import type { TrialTests } from '../../runner/index';
import type { CitedTrial } from './links';

/** Runs that a question without a name may be about. */
const readAhead = 20;

export async function newestRuns(
  host: ToolHost,
  signal: AbortSignal,
): Promise<readonly NamedRun[]> {
  const runner = await host.runner();
  const listings = await runner.listRuns(host.runsFolder, { signal });
  return Promise.all(
    listings.slice(0, readAhead).map(async ({ runId, runDir }) => ({
      runId,
      state: await runner.openRun(runDir, { signal }),
    })),
  );
}

export interface Facts {
  /** For the model: what the reading tools tell of the subject. */
  readonly text: string;
  /** Of the trial that it is about; null for other subjects. */
  readonly tests: TrialTests | null;
}

/** What stands on disk about a subject. */
export async function factsOf(
  subject: ChatSubject,
  host: ToolHost,
  signal: AbortSignal,
): Promise<Facts> {
  const { agentTool, callTool } = await import('../../agentTools/index');
  const [name, input] = callFor(subject);
  const tool = agentTool(name);
  if (tool === undefined) throw new Error(`there is no tool ${name}`);
  const { text } = await callTool(tool, input, { host, signal });
  return { text, tests: await testsOf(subject, host, signal) };
}

function callFor(subject: ChatSubject): readonly [name: string, input: object] {
  switch (subject.kind) {
    case 'trial': {
      const { runId } = subject.run;
      return ['benchyard_get_trial', { run_id: runId, trial_id: subject.trial.plan.trial_id }];
    }
    case 'comparison':
      return [
        'benchyard_compare_runs',
        { first: subject.first.runId, second: subject.second.runId },
      ];
    case 'runs':
      return ['benchyard_list_runs', {}];
  }
}

async function testsOf(
  subject: ChatSubject,
  host: ToolHost,
  signal: AbortSignal,
): Promise<TrialTests | null> {
  if (subject.kind !== 'trial') return null;
  const runner = await host.runner();
  const listings = await runner.listRuns(host.runsFolder, { signal });
  const run = listings.find(({ runId }) => runId === subject.run.runId);
  if (run === undefined) return null;
  return (await runner.readTrial(run.runDir, subject.trial.plan.trial_id, { signal })).tests;
}

/** The trials that an answer about a subject speaks of, those first that changed. */
export function citedBy(subject: ChatSubject, changed: readonly string[]): readonly CitedTrial[] {
  switch (subject.kind) {
    case 'trial':
      return [{ runId: subject.run.runId, trialId: subject.trial.plan.trial_id }];
    case 'comparison':
      return changed.map((trialId) => ({ runId: subject.second.runId, trialId }));
    case 'runs':
      return [];
  }
}

/** The trial that a tool call reads. */
export function trialOfCall(input: object): CitedTrial | null {
  if (!('run_id' in input) || !('trial_id' in input)) return null;
  const { run_id: runId, trial_id: trialId } = input;
  return typeof runId === 'string' && typeof trialId === 'string' ? { runId, trialId } : null;
}
