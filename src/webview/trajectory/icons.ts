import arrowDown from '@vscode/codicons/src/icons/arrow-down.svg';
import arrowSwap from '@vscode/codicons/src/icons/arrow-swap.svg';
import arrowUp from '@vscode/codicons/src/icons/arrow-up.svg';
import checklist from '@vscode/codicons/src/icons/checklist.svg';
import chevron from '@vscode/codicons/src/icons/chevron-right.svg';
import comment from '@vscode/codicons/src/icons/comment.svg';
import diff from '@vscode/codicons/src/icons/diff.svg';
import error from '@vscode/codicons/src/icons/error.svg';
import expandAll from '@vscode/codicons/src/icons/expand-all.svg';
import flag from '@vscode/codicons/src/icons/flag.svg';
import file from '@vscode/codicons/src/icons/go-to-file.svg';
import follow from '@vscode/codicons/src/icons/fold-down.svg';
import sparkle from '@vscode/codicons/src/icons/sparkle.svg';
import terminal from '@vscode/codicons/src/icons/terminal.svg';
import tools from '@vscode/codicons/src/icons/tools.svg';
import patch from '@vscode/codicons/src/icons/git-pull-request.svg';
import type { StepRow } from '../../presentation/trajectoryMessages';

/** The editor's own product icons. */
export const icons = { arrowDown, arrowUp, chevron, diff, expandAll, file, follow } as const;

export function stepIcon({ kind, who, ok }: StepRow): string {
  switch (kind) {
    case 'message':
      return comment;
    case 'model':
      return ok ? sparkle : error;
    case 'tool':
      if (!ok) return error;
      return /shell|bash|pytest|command|exec/i.test(who) ? terminal : tools;
    case 'handover':
      return arrowSwap;
    case 'outcome':
      return ok ? checklist : error;
    case 'node':
      return ok ? checklist : error;
    case 'submission':
      return patch;
    case 'end':
      return flag;
  }
}
