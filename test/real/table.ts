import type { Runner, TaskValidation } from '../../src/runner/index';
import type { RepositoryTask } from '../../src/runner/model';
import { specOf } from '../../src/runner/benchmarks/swe/specs/specTable';

export const tableHead = [
  'instance',
  'Python',
  'state',
  'gold',
  'nothing',
  'packages s',
  'install s',
  'tests s',
  'why',
] as const;

/** A line of the table: what became of an instance, and what its environment took. */
export async function rowOf(
  task: RepositoryTask,
  {
    validation,
    runDir,
    runner,
    signal,
  }: {
    readonly validation: TaskValidation;
    readonly runDir: string;
    readonly runner: Runner;
    readonly signal: AbortSignal;
  },
): Promise<string[]> {
  const state = await runner.openRun(runDir, { signal });
  const trial = [...state.trials.values()].find(({ plan }) => plan.task_id === task.taskId);
  const seconds = (stage: string): string => {
    const result = trial?.stages.find((each) => each.stage === stage);
    if (result === undefined) return '';
    return result.cause === 'snapshot' ? 'kept' : result.duration_s.toFixed(1);
  };
  const failed = trial?.stages.find(({ cause }) => cause !== 'done' && cause !== 'snapshot');
  const why =
    validation.state === 'good'
      ? ''
      : [validation.detail, trial?.result?.detail, failed && `${failed.stage}: ${failed.detail}`]
          .filter(Boolean)
          .join('; ')
          .replaceAll('\n', ' ')
          .slice(0, 300);
  return [
    task.taskId,
    specOf(task)?.python ?? '',
    validation.state,
    validation.gold.join(' '),
    validation.empty.join(' '),
    seconds('packages'),
    seconds('install'),
    seconds('after'),
    why,
  ];
}
