import path from 'node:path';
import type { RunConfigInput, Runner } from '../../src/runner/index';

/** The instance that test/real/answers.jsonl solves. */
const solvedInstance = 'marshmallow-code__marshmallow-1359';

/** The whole cycle of an agent on a real instance: it reads, edits, runs the tests and hands in; its patch resolves. */
export async function agentCycle(
  config: RunConfigInput,
  {
    runner,
    signal,
    say,
  }: {
    readonly runner: Runner;
    readonly signal: AbortSignal;
    readonly say: (line: string) => void;
  },
): Promise<boolean> {
  if (config.task_ids?.includes(solvedInstance) !== true) {
    say(
      `SKIPPED: the agent's cycle: ${solvedInstance} is not among the tasks that can be run here`,
    );
    return true;
  }
  const { runDir, state } = await (
    await runner.startRun(
      {
        ...config,
        task_ids: [solvedInstance],
        agent: 'runner',
        model: `scripted:${path.resolve('test/real/answers.jsonl')}`,
      },
      { signal },
    )
  ).done;
  const [trial] = state.trials.values();
  const result = trial?.result ?? null;
  const detail = result?.detail ?? '';
  say(
    `The agent runner on ${solvedInstance}: ${result?.status ?? 'not run'} ${detail} (${result?.agent_stats?.steps ?? 0} steps); kept in ${runDir}`,
  );
  return result?.status === 'passed';
}
