import type { PreparedCompetition } from '../runner/index';
import { formatBytes, plural } from './format';
import { joinFacts } from './trialLabels';

/** What preparing competitions came to, as a message with what can be done about it. */
export interface PreparedMessage {
  readonly ok: boolean;
  readonly text: string;
  /** Rules that have to be accepted first. */
  readonly rules: string | null;
}

const rulesPage = /https:\/\/www\.kaggle\.com\/c(?:ompetitions)?\/[\w.-]+\/rules/;

export function preparedMessage(outcomes: readonly PreparedCompetition[]): PreparedMessage {
  const failed = outcomes.filter(({ state }) => state === 'failed');
  const done = outcomes.length - failed.length;
  const reasons = failed.map(({ id, message }) => withName(id, message ?? 'not prepared'));
  const [rules = null] = rulesPage.exec(reasons.join('\n')) ?? [];
  if (failed.length > 0) {
    const others = done === 0 ? '' : ` ${plural(done, 'other competition')} prepared.`;
    return { ok: false, text: `${reasons.join('\n')}${others}`, rules };
  }
  return { ok: true, text: outcomes.map(doneText).join('\n'), rules: null };
}

function doneText({ id, state, manifest }: PreparedCompetition): string {
  const facts =
    manifest === null
      ? ''
      : joinFacts([
          ...Object.entries(manifest.rows).map(
            ([name, count]) => `${plural(count, 'row')} of ${name}`,
          ),
          formatBytes(manifest.bytes),
        ]);
  const words = state === 'already' ? 'was prepared already' : 'is prepared';
  return `${id} ${words}${facts === '' ? '' : `: ${facts}`}.`;
}

/** Messages of the core name their competition where it is not clear; twice is once too often. */
function withName(id: string, message: string): string {
  return message.includes(id) ? message : `${id}: ${message}`;
}
