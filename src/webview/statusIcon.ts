import failed from '@vscode/codicons/src/icons/error.svg';
import passed from '@vscode/codicons/src/icons/pass.svg';
import running from '@vscode/codicons/src/icons/sync.svg';
import skipped from '@vscode/codicons/src/icons/circle-slash.svg';
import warning from '@vscode/codicons/src/icons/warning.svg';
import type { TrajectoryHeader } from '../presentation/trajectoryMessages';

/** The icon of how something ended; status is never colour alone. */
export function statusIcon(tone: TrajectoryHeader['status']['tone']): string {
  switch (tone) {
    case 'passed':
      return passed;
    case 'failed':
      return failed;
    case 'warning':
      return warning;
    case 'running':
      return running;
    case 'idle':
      return skipped;
  }
}
