import type { TrialTests } from '../runner/index';
import type { ChatSubject, NamedRun } from './chatSubject';
import { formatDuration, plural } from './format';
import type { TrialPair } from './runPairs';
import { pairRuns, resolvedOf } from './runPairs';
import { failingTests, reasonOf } from './trialReason';

const mostLines = 10;

/** An answer from the data alone, in Markdown: what is said where no language model can say it better. */
export function answerFromData(subject: ChatSubject, tests: TrialTests | null): string {
  switch (subject.kind) {
    case 'trial':
      return explained(subject, tests);
    case 'comparison':
      return compared(subject.first, subject.second);
    case 'runs':
      return listed(subject.runs);
  }
}

function explained(
  { run, trial }: Extract<ChatSubject, { kind: 'trial' }>,
  tests: TrialTests | null,
): string {
  const { result, plan } = trial;
  const lines = [`**${text(plan.trial_id)}** of ${text(run.runId)}: ${text(reasonOf(trial))}`];
  if (result === null) return lines.join('\n');
  const failing = failingTests(result, tests).slice(0, mostLines);
  if (failing.length > 0) lines.push('', 'Tests that did not pass:', '');
  for (const { id, outcome, message } of failing) {
    const [why = ''] = (message ?? '').split('\n');
    lines.push(`- ${code(id)} ${outcome}${why === '' ? '' : `: ${text(why)}`}`);
  }
  const stats = result.agent_stats;
  if (stats !== null && stats.steps > 0) {
    const did = `${plural(stats.turns, 'turn')}, ${plural(stats.tool_calls, 'tool call')} (${stats.tool_errors} failed)`;
    lines.push('', `The agent took ${did} in ${formatDuration(stats.model_s + stats.tools_s)}.`);
  }
  return lines.join('\n');
}

function compared(first: NamedRun, second: NamedRun): string {
  const pairs = pairRuns(first.state, second.state);
  const lines = [
    `- before: **${text(first.runId)}**: ${resolvedOf(first.state)}`,
    `- after: **${text(second.runId)}**: ${resolvedOf(second.state)}`,
    '',
    `${plural(pairs.fixed.length, 'trial')} fixed, ${pairs.broken.length} broken, ${pairs.bothResolved.length + pairs.neitherResolved.length} the same.`,
    ...section('Fixed', pairs.fixed),
    ...section('Broken', pairs.broken),
  ];
  return lines.join('\n');
}

function section(title: string, pairs: readonly TrialPair[]): readonly string[] {
  if (pairs.length === 0) return [];
  const names = pairs.slice(0, mostLines).map(({ trialId }) => `- ${code(trialId)}`);
  const rest = pairs.length - names.length;
  return ['', `${title}:`, '', ...names, ...(rest > 0 ? [`- … and ${rest} more`] : [])];
}

function listed(runs: readonly NamedRun[]): string {
  if (runs.length === 0) return 'There are no runs yet.';
  return runs
    .slice(0, mostLines)
    .map(({ runId, state }) => {
      const { agent = '', model = null } = state.plan ?? {};
      const who = model === null ? agent : `${agent}, ${model}`;
      return `- **${text(runId)}** (${text(who)}): ${resolvedOf(state)}, ${state.phase}`;
    })
    .join('\n');
}

/** What tasks and models wrote is shown as they wrote it, not as Markdown. */
function text(words: string): string {
  return words.replace(/[\\`*_{}[\]()<>#|!~]/g, '\\$&');
}

function code(words: string): string {
  return `\`${words.replaceAll('`', "'")}\``;
}
