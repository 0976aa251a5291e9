import * as vscode from 'vscode';
import { kindLabel, testKinds } from '../../presentation/contestLabels';
import { plural } from '../../presentation/format';
import type { ContestTask, TestKind } from '../../runner/index';
import { requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { askCandidate, askDocument } from './askCandidate';

const lastKindsKey = 'candidateKinds';

/** Runs a file on tests of the kinds that the user picks, the last ones first. */
export function runCandidateOnKinds(
  services: Services,
): CommandContract['benchyard.candidate.runOnKinds'] {
  return async (uri) => {
    requireTrust();
    const file = await askCandidate(services, await askDocument(uri));
    if (file === undefined) return;
    const kinds = file.task.style === 'program' ? [] : await askKinds(services, file.task);
    if (kinds !== undefined) await services.candidates.run(file, kinds);
  };
}

async function askKinds(
  { memory }: Services,
  task: ContestTask,
): Promise<readonly TestKind[] | undefined> {
  const last = memory.get<readonly TestKind[]>(lastKindsKey, ['public_tests']);
  const items = testKinds.map((kind) => {
    const count = task.testCounts[kind];
    const name = kindLabel(kind);
    return {
      label: vscode.l10n.t('{0} tests', name.charAt(0).toUpperCase() + name.slice(1)),
      description: count === null ? '' : plural(count, 'test'),
      picked: last.includes(kind),
      tests: kind,
    };
  });
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Run Candidate on Tests'),
    placeHolder: vscode.l10n.t('Kinds of tests of {0}', task.name),
    canPickMany: true,
  });
  if (chosen === undefined || chosen.length === 0) return undefined;
  const kinds = chosen.map(({ tests }) => tests);
  await memory.update(lastKindsKey, kinds);
  return kinds;
}
