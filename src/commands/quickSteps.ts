import * as vscode from 'vscode';

export interface Step<T extends vscode.QuickPickItem> {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
  readonly placeholder: string;
  readonly items: readonly T[];
  /** The row that Enter takes. */
  readonly active?: T | undefined;
}

/** One step of several: the chosen row, `back`, or undefined when the user left. */
export function askStep<T extends vscode.QuickPickItem>(
  step: Step<T>,
): Promise<T | 'back' | undefined> {
  const pick = vscode.window.createQuickPick<T>();
  pick.title = step.title;
  pick.step = step.step;
  pick.totalSteps = step.totalSteps;
  pick.placeholder = step.placeholder;
  pick.items = step.items;
  pick.matchOnDetail = true;
  if (step.active !== undefined) pick.activeItems = [step.active];
  if (step.step > 1) pick.buttons = [vscode.QuickInputButtons.Back];
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      if (chosen === undefined) return;
      resolve(chosen);
      pick.hide();
    });
    pick.onDidTriggerButton(() => {
      resolve('back');
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
