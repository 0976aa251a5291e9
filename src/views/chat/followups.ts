import * as vscode from 'vscode';

/** Questions that suggest themselves after an answer. */
export function followupsOf(
  metadata: vscode.ChatResult['metadata'] | undefined,
): vscode.ChatFollowup[] {
  switch (metadata?.['about']) {
    case 'trial':
      return [{ prompt: vscode.l10n.t('What did the agent do, step by step?') }];
    case 'comparison':
      return [{ prompt: vscode.l10n.t('What do the trials that differ have in common?') }];
    case 'runs':
      return [
        {
          prompt: '',
          command: 'explain',
          label: vscode.l10n.t('Why was the newest trial not resolved?'),
        },
        { prompt: '', command: 'compare', label: vscode.l10n.t('Compare the two newest runs') },
      ];
    default:
      return [];
  }
}
