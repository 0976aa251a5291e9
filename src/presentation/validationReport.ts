import type { Task, TaskValidation } from '../runner/index';
import { plural } from './format';
import { joinFacts } from './trialLabels';

const order: readonly TaskValidation['state'][] = ['broken', 'flaky', 'unknown', 'good'];

/** What validation found, as a Markdown document: what is bad first. */
export function validationReport(
  tasks: readonly Task[],
  validationOf: (task: Task) => TaskValidation | undefined,
): string {
  const found = tasks.flatMap((task) => validationOf(task) ?? []);
  const counts = order.map((state) => ({
    state,
    own: found.filter((validation) => validation.state === state),
  }));
  const summary = joinFacts([
    ...counts.map(({ state, own }) => (own.length === 0 ? '' : `${String(own.length)} ${state}`)),
    `${plural(tasks.length - found.length, 'task')} not validated`,
  ]);
  return [
    '# Validation',
    '',
    summary,
    '',
    ...counts.flatMap(({ state, own }) =>
      own.length === 0 ? [] : [`## ${state}`, '', ...own.map(line), ''],
    ),
  ].join('\n');
}

function line({ task_id: id, detail, gold, empty }: TaskValidation): string {
  const ends = (name: string, statuses: readonly string[]): string =>
    `${name} ${[...new Set(statuses)].join(', ')}`;
  const tried = joinFacts([ends('gold:', gold), ends('nothing done:', empty)]);
  return `- **${plain(id)}**: ${plain(detail)} (${plain(tried)})`;
}

/** Ids and tests were named by others: they stay text. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>|~#]/g, '\\$&').replaceAll(/\s+/g, ' ');
}
