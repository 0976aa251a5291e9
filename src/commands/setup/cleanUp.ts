import * as vscode from 'vscode';
import { formatBytes, plural } from '../../presentation/format';
import type { CleanedItem } from '../../runner/index';
import { withCancel } from '../../views/cancellation';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

type Part = 'containers' | 'snapshots' | 'images' | 'cache';
const parts: readonly Part[] = ['containers', 'snapshots', 'images', 'cache'];

/** Removes what runs left on this machine, after showing sizes and naming what is lost. */
export function cleanUp(services: Services): CommandContract['benchyard.setup.cleanUp'] {
  return async () => {
    const runner = await services.core.runner();
    const look = (part: Part): Promise<readonly CleanedItem[]> =>
      runner.clean({ [part]: true, dryRun: true, signal: lookLimit() });
    const chosen = await askParts(look);
    if (chosen === undefined || !(await confirm(chosen))) return;
    const options = Object.fromEntries(chosen.map(({ part }) => [part, true]));
    const removed = await withCancel(vscode.l10n.t('Cleaning up'), (signal) =>
      runner.clean({ ...options, dryRun: false, signal }),
    );
    for (const item of removed) {
      services.log.info(
        `${item.removed ? 'removed' : 'kept'} ${item.kind} ${item.id}, ${formatBytes(item.bytes)}`,
      );
    }
  };
}

/** Counting what there is takes seconds; an engine that does not answer must not hold the list up for ever. */
function lookLimit(): AbortSignal {
  return AbortSignal.timeout(60_000);
}

interface PartItem extends vscode.QuickPickItem {
  readonly part: Part;
  readonly items: readonly CleanedItem[];
}

async function askParts(
  look: (part: Part) => Promise<readonly CleanedItem[]>,
): Promise<readonly PartItem[] | undefined> {
  const names: Readonly<Record<Part, string>> = {
    containers: vscode.l10n.t('Sandboxes'),
    snapshots: vscode.l10n.t('Prepared environments'),
    images: vscode.l10n.t('Images'),
    cache: vscode.l10n.t('Repository mirrors and caches'),
  };
  const all = Promise.all(
    parts.map(async (part): Promise<PartItem> => {
      const items = await look(part);
      return { label: names[part], description: sizeOf(items), part, items };
    }),
  );
  const found = all.then((items) => items.filter((item) => item.items.length > 0));
  const chosen = await vscode.window.showQuickPick(found, {
    title: vscode.l10n.t('Clean Up'),
    placeHolder: vscode.l10n.t('What to remove'),
    canPickMany: true,
  });
  return chosen === undefined || chosen.length === 0 ? undefined : chosen;
}

function sizeOf(items: readonly CleanedItem[]): string {
  const bytes = items.reduce((sum, item) => sum + item.bytes, 0);
  return `${plural(items.length, 'item')}, ${formatBytes(bytes)}`;
}

async function confirm(chosen: readonly PartItem[]): Promise<boolean> {
  const remove = vscode.l10n.t('Remove');
  const all = chosen.flatMap((part) => part.items);
  const detail = [
    ...chosen.map((part) => `${part.label}: ${part.description ?? ''}`),
    vscode.l10n.t('They are made again when they are needed. Run folders stay.'),
  ].join('\n');
  const question = vscode.l10n.t('Remove {0}?', sizeOf(all));
  return (
    (await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) === remove
  );
}
