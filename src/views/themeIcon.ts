import * as vscode from 'vscode';
import type { Icon } from '../presentation/trialLabels';

export function themeIcon(icon: Icon): vscode.ThemeIcon {
  return new vscode.ThemeIcon(
    icon.id,
    icon.color === null ? undefined : new vscode.ThemeColor(icon.color),
  );
}
