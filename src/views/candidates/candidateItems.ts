import path from 'node:path';
import * as vscode from 'vscode';
import { testName } from '../../presentation/candidateCases';
import type { ContestLanguage, ContestTask, TestKind } from '../../runner/index';

/** A program on a task, as the Testing view lists it. */
export interface CandidateItem {
  readonly item: vscode.TestItem;
  readonly uri: vscode.Uri;
  readonly task: ContestTask;
  readonly language: ContestLanguage;
}

const mostItems = 50;
/** Of more tests only these get rows of their own; their counts are told all the same. */
const mostTests = 2000;

/** The items of the Testing view: a program on a task, below it the tests that it was run on. */
export class CandidateItems {
  readonly #controller: vscode.TestController;
  readonly #known = new Map<string, CandidateItem>();

  constructor(controller: vscode.TestController) {
    this.#controller = controller;
  }

  get all(): readonly CandidateItem[] {
    return [...this.#known.values()];
  }

  /** The program that an item, or a test below it, belongs to. */
  of(item: vscode.TestItem): CandidateItem | undefined {
    for (let at: vscode.TestItem | undefined = item; at !== undefined; at = at.parent) {
      const known = this.#known.get(at.id);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  add(uri: vscode.Uri, task: ContestTask, language: ContestLanguage): CandidateItem {
    const id = [uri.toString(), task.source.file, task.taskId].join('\n');
    const known = this.#known.get(id);
    if (known?.task === task && known.language === language) return known;
    const item =
      known?.item ?? this.#controller.createTestItem(id, path.posix.basename(uri.path), uri);
    item.description = task.name;
    // The first line, so that the editor shows what became of it in the margin.
    item.range = new vscode.Range(0, 0, 0, 0);
    const made: CandidateItem = { item, uri, task, language };
    this.#known.set(id, made);
    this.#controller.items.add(item);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostItems && oldest !== undefined) {
      this.#known.delete(oldest);
      this.#controller.items.delete(oldest);
    }
    return made;
  }

  /** The items of so many tests of a kind; a program that has its tests in itself has one. */
  tests(
    { item, uri, task }: CandidateItem,
    kinds: readonly { readonly kind: TestKind; readonly count: number }[],
  ): ReadonlyMap<string, vscode.TestItem> {
    const items = new Map<string, vscode.TestItem>();
    const make = (name: string, sort: string): void => {
      const id = `${item.id}\n${name}`;
      const made = item.children.get(id) ?? this.#controller.createTestItem(id, name, uri);
      made.sortText = sort;
      items.set(name, made);
    };
    if (task.style === 'program') make('program', '');
    for (const [place, { kind, count }] of kinds.entries()) {
      for (let index = 0; index < Math.min(count, mostTests); index += 1)
        make(testName(kind, index), `${String(place)} ${String(index).padStart(6, '0')}`);
    }
    item.children.replace([...items.values()]);
    return items;
  }
}
