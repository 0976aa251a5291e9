import chevronDown from '@vscode/codicons/src/icons/chevron-down.svg';
import chevronRight from '@vscode/codicons/src/icons/chevron-right.svg';
import chevronUp from '@vscode/codicons/src/icons/chevron-up.svg';
import close from '@vscode/codicons/src/icons/close.svg';
import diff from '@vscode/codicons/src/icons/diff.svg';
import json from '@vscode/codicons/src/icons/json.svg';
import trajectory from '@vscode/codicons/src/icons/list-tree.svg';
import type { RowAction } from '../../presentation/reportMessages';

/** The editor's own product icons. */
export const icons = { chevronDown, chevronRight, chevronUp, close } as const;

/** What a row offers beside being opened, with the key that does it. */
export const rowActions: readonly {
  readonly action: Exclude<RowAction, 'open'>;
  readonly label: string;
  readonly icon: string;
}[] = [
  { action: 'patch', label: 'Open Patch (p)', icon: diff },
  { action: 'trajectory', label: 'Open Trajectory (t)', icon: trajectory },
  { action: 'result', label: 'Open Result JSON (r)', icon: json },
];
