import type { SolutionNode } from './journal';
import type { ProgramRun } from './programRun';
import type { Review } from './review';
import type { LeftFiles } from './searchFolders';

/** What the format of what was handed in was found to be; null: nobody looked. */
export interface FormatCheck {
  readonly ok: boolean;
  readonly text: string;
}

/** All that is known of a run before anybody reviews it. */
export interface RunFacts {
  readonly run: ProgramRun;
  readonly left: LeftFiles;
  readonly format: FormatCheck | null;
  /** Files that a solution is to hand in. */
  readonly wanted: readonly string[];
}

/** Whether what a run left may be handed in, as far as is known. */
export function isPresentable(facts: RunFacts): boolean {
  const { left, format, wanted } = facts;
  if (left.problem !== null || format?.ok === false) return false;
  // A part of what is wanted is worth more than nothing.
  return missingFiles(facts).length < wanted.length;
}

function missingFiles({ left, wanted }: RunFacts): readonly string[] {
  const names = left.files.map(({ name }) => name);
  return wanted.filter((name) => !names.includes(name));
}

/** What became of a run, in words for a model: nothing that depends on how fast the machine is. */
export function findingsOf(facts: RunFacts): string {
  const { run, left, format } = facts;
  const names = left.files.map(({ name, bytes }) => `\`${name}\` (${String(bytes)} bytes)`);
  const more = left.count > names.length ? `, and ${String(left.count - names.length)} more` : '';
  return [
    run.excType === null ? 'It ran to its end.' : `It was ended by ${run.excType}.`,
    left.count === 0 ? 'It handed nothing in.' : `It handed in ${names.join(', ')}${more}.`,
    ...(left.problem === null ? [] : [`That is not accepted: ${left.problem}.`]),
    ...(format === null ? [] : [`The format was checked: ${format.text.trim()}`]),
  ].join('\n');
}

/** Why a run counts as broken besides what its reviewer says of it. */
function faultsOf(facts: RunFacts): readonly string[] {
  const { run, left, format } = facts;
  if (run.excType !== null) return [`it was ended by ${run.excType}`];
  if (left.problem !== null) return [left.problem];
  if (format?.ok === false) return ['what it hands in has not the right format'];
  const missing = missingFiles(facts);
  return missing.length === 0 ? [] : [`it does not write ${missing.join(' and ')}`];
}

/** What its reviewer's answer alone makes of a run. */
function doubtsOf({ isBug, metric, handsIn }: Review): readonly string[] {
  if (isBug) return [];
  if (metric === null) return ['it prints no validation score'];
  return handsIn ? [] : ['its reviewer does not see it write what is to be handed in'];
}

/**
 * What a run is worth. Broken is what failed, left nothing that can be handed in, has no score, or is wrong in its
 * reviewer's eyes. `review`: a text says why there is none.
 */
export function judge(
  facts: RunFacts,
  review: Review | string,
): Pick<SolutionNode, 'analysis' | 'metric' | 'lowerIsBetter' | 'buggy' | 'presentable'> {
  const presentable = isPresentable(facts);
  const faults = faultsOf(facts);
  if (typeof review === 'string') {
    const analysis = sentences('', [...faults, review]);
    return { analysis, metric: null, lowerIsBetter: null, buggy: true, presentable };
  }
  const all = [...faults, ...doubtsOf(review)];
  const buggy = review.isBug || all.length > 0;
  return {
    analysis: sentences(review.summary, all),
    metric: buggy ? null : review.metric,
    lowerIsBetter: review.lowerIsBetter,
    buggy,
    presentable,
  };
}

function sentences(summary: string, faults: readonly string[]): string {
  const why = faults.length === 0 ? '' : `It counts as broken: ${faults.join('; ')}.`;
  return [summary, why].filter((part) => part !== '').join('\n\n');
}
