import * as vscode from 'vscode';
import type { ValidationMark } from '../../presentation/taskTree';
import { compareDifficulties } from '../../runner/model';
import type { CommandContract } from '../contract';
import type { Services } from '../services';

interface FilterItem extends vscode.QuickPickItem {
  readonly mark?: ValidationMark;
  readonly difficulty?: string;
}

/** Leaves the tasks that validation found so, and those of some difficulties. Nothing chosen shows all. */
export function filterByState(
  services: Services,
): CommandContract['benchyard.tasks.filterByState'] {
  return async () => {
    const { tasks, tasksView, validations } = services;
    await tasks.load();
    await validations.refresh();
    const { filter } = tasksView;
    const marks = (['good', 'broken', 'flaky', 'not validated'] as const).map(
      (mark): FilterItem => ({
        label: mark,
        description: countText(tasks.tasks.filter((task) => validations.markOf(task) === mark)),
        picked: filter.marks.includes(mark),
        mark,
      }),
    );
    const names = new Set(tasks.tasks.flatMap(({ difficulty }) => difficulty ?? []));
    const difficulties = [...names].sort(compareDifficulties).map((difficulty): FilterItem => ({
      label: difficulty,
      description: countText(tasks.tasks.filter((task) => task.difficulty === difficulty)),
      picked: filter.difficulties.includes(difficulty),
      difficulty,
    }));
    const chosen = await vscode.window.showQuickPick(
      [
        separator(vscode.l10n.t('Validation')),
        ...marks,
        ...(difficulties.length === 0 ? [] : [separator(vscode.l10n.t('Difficulty'))]),
        ...difficulties,
      ],
      {
        title: vscode.l10n.t('Filter Tasks by State'),
        placeHolder: vscode.l10n.t('Tasks to show; nothing chosen shows all'),
        canPickMany: true,
      },
    );
    if (chosen === undefined) return;
    tasksView.filter = {
      text: filter.text,
      marks: chosen.flatMap(({ mark }) => mark ?? []),
      difficulties: chosen.flatMap(({ difficulty }) => difficulty ?? []),
    };
  };
}

function countText(tasks: readonly unknown[]): string {
  return String(tasks.length);
}

function separator(label: string): FilterItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
