import * as vscode from 'vscode';
import { documentUri } from '../../views/documents';
import type { CommandContract } from '../contract';
import { showMarkdown } from '../task/openStatement';

/** Shows what validation found of the listed tasks, what is bad first. */
export function showValidation(): CommandContract['benchyard.tasks.showValidation'] {
  return () =>
    showMarkdown(documentUri({ kind: 'validation' }, vscode.l10n.t('Validation Report')));
}
