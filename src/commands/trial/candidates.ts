import * as vscode from 'vscode';
import { contestLanguage, verdictIcon } from '../../presentation/contestLabels';
import { joinFacts } from '../../presentation/trialLabels';
import { UserError } from '../../presentation/userError';
import { verdictLabel } from '../../presentation/verdictLabels';
import type { TrialCandidate, TrialState } from '../../runner/index';
import { openDiff } from '../../views/diffs';
import { documentUri } from '../../views/documents';
import { themeIcon } from '../../views/themeIcon';
import type { TrialRef } from '../../views/trialContent';
import { askTrial } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

interface CandidateRow extends vscode.QuickPickItem {
  readonly index: number;
  readonly candidate: TrialCandidate;
}

export const hasCandidates = ({ result }: TrialState): boolean => (result?.contest?.n ?? 0) > 0;

/** Opens what a contest trial handed in: its program, or the one that the user picks of several, by their verdicts. */
export function openCandidates(
  services: Services,
): CommandContract['benchyard.trial.openCandidates'] {
  return async (argument) => {
    const question = { title: vscode.l10n.t('Open Candidates'), suits: hasCandidates };
    const trial = await askTrial(services, question, argument);
    if (trial !== undefined) await showCandidates(services, trial);
  };
}

export async function showCandidates(services: Services, trial: TrialRef): Promise<void> {
  const rows = rowsOf(await services.contests.candidates(trial));
  const [only] = rows;
  const title = vscode.l10n.t('Candidates of {0}', await taskName(services, trial));
  const chosen =
    rows.length === 1
      ? only
      : await vscode.window.showQuickPick(rows, { title, matchOnDescription: true });
  if (chosen !== undefined)
    await vscode.window.showTextDocument(uriOf(trial, chosen), { preview: true });
}

/** Shows two candidates of a trial side by side. */
export function compareCandidates(
  services: Services,
): CommandContract['benchyard.trial.compareCandidates'] {
  return async (argument) => {
    const suits = ({ result }: TrialState): boolean => (result?.contest?.n ?? 0) > 1;
    const question = { title: vscode.l10n.t('Compare Candidates'), suits };
    const trial = await askTrial(services, question, argument);
    if (trial === undefined) return;
    const rows = rowsOf(await services.contests.candidates(trial));
    if (rows.length < 2) throw new UserError(vscode.l10n.t('The trial handed in one candidate.'));
    const task = await taskName(services, trial);
    const left = await vscode.window.showQuickPick(rows, {
      title: vscode.l10n.t('Compare Candidates of {0}', task),
      placeHolder: vscode.l10n.t('Candidate on the left'),
      matchOnDescription: true,
    });
    if (left === undefined) return;
    const right = await vscode.window.showQuickPick(
      rows.filter((row) => row !== left),
      {
        title: vscode.l10n.t('Compare {0} with', left.label),
        placeHolder: vscode.l10n.t('Candidate on the right'),
        matchOnDescription: true,
      },
    );
    if (right === undefined) return;
    const names = [left, right].map(({ label, description }) => `${label} (${description ?? ''})`);
    await openDiff(`${task}: ${names.join(' ↔ ')}`, [
      { path: left.label, left: uriOf(trial, left), right: uriOf(trial, right) },
    ]);
  };
}

/** The verdict says more than the number, so those that passed stand first. */
function rowsOf(candidates: readonly TrialCandidate[]): readonly CandidateRow[] {
  const rows = candidates.map((candidate, index): CandidateRow => {
    const verdict = candidate.report?.verdict ?? 'not_run';
    const tests = candidate.report?.tests ?? [];
    const passed = tests.filter((test) => test === 'passed').length;
    return {
      label: vscode.l10n.t('Candidate {0}', index + 1),
      description: joinFacts([
        verdictLabel(verdict),
        tests.length === 0 ? '' : vscode.l10n.t('{0}/{1} tests', passed, tests.length),
        contestLanguage(candidate.program.language).name,
      ]),
      iconPath: themeIcon(verdictIcon(verdict)),
      index,
      candidate,
    };
  });
  const hasPassed = ({ candidate }: CandidateRow): boolean =>
    candidate.report?.verdict === 'passed';
  return [...rows.filter(hasPassed), ...rows.filter((row) => !hasPassed(row))];
}

function uriOf({ run, trialId }: TrialRef, { index, candidate }: CandidateRow): vscode.Uri {
  const { extension } = contestLanguage(candidate.program.language);
  const query = { kind: 'candidate', run: run.listing.runId, trial: trialId, index } as const;
  return documentUri(query, `${trialId} candidate ${String(index + 1)}.${extension}`);
}

async function taskName({ content }: Services, trial: TrialRef): Promise<string> {
  return (await content.state(trial)).plan.task_id;
}
