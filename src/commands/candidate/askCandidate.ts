import * as vscode from 'vscode';
import { namedTasks, searchTasks, tasksOfFile } from '../../presentation/candidateTask';
import { languageOfEditor } from '../../presentation/contestLabels';
import { joinFacts } from '../../presentation/trialLabels';
import { UserError } from '../../presentation/userError';
import type { ContestTask } from '../../runner/index';
import type { CandidateFile } from '../../views/candidates/candidateRuns';
import type { Services } from '../services';

/** A list of more problems stutters; typing finds the others. */
const shownTasks = 300;
const rememberedFiles = 200;
const memoryKey = 'candidateTasks';

type Remembered = readonly (readonly [uri: string, file: string, taskId: string])[];

/** The program that a command is for: the file that it was called on, else the one that is edited. */
export async function askDocument(uri?: vscode.Uri): Promise<vscode.TextDocument> {
  const document =
    uri === undefined
      ? vscode.window.activeTextEditor?.document
      : await vscode.workspace.openTextDocument(uri);
  if (document === undefined)
    throw new UserError(vscode.l10n.t('Open the program in an editor first, then run it.'));
  return document;
}

/**
 * The problem that a program is for: the one that a comment in it names, else the one that was last chosen for it, else
 * the one that its file is named after, else the one that the user picks. undefined: changed their mind.
 */
export async function askCandidate(
  services: Services,
  document: vscode.TextDocument,
  options: { readonly task?: ContestTask; readonly ask?: boolean } = {},
): Promise<CandidateFile | undefined> {
  const language = languageOfEditor(document.languageId);
  if (language === undefined) {
    throw new UserError(
      vscode.l10n.t(
        'Programs in {0} cannot be judged; Python, C++ and Java can.',
        document.languageId,
      ),
    );
  }
  const task = options.task ?? (await findTask(services, document, options));
  if (task === undefined) return undefined;
  await remember(services, document.uri, task);
  return { uri: document.uri, task, language };
}

async function findTask(
  services: Services,
  document: vscode.TextDocument,
  { ask = false }: { readonly ask?: boolean },
): Promise<ContestTask | undefined> {
  const tasks = await contestTasks(services);
  const named = ask ? null : namedTasks(document.getText(), tasks);
  if (named !== null) {
    const [first, second] = named.tasks;
    if (first === undefined) {
      throw new UserError(
        vscode.l10n.t(
          'No problem is called “{0}”, as the comment in this file says. Correct it, or add its dataset.',
          named.name,
        ),
      );
    }
    return second === undefined ? first : pickTask(named.tasks, document);
  }
  const last = ask ? undefined : lastTask(services, document.uri, tasks);
  if (last !== undefined) return last;
  const fitting = tasksOfFile(document.uri.path, tasks);
  const [only, other] = fitting;
  if (!ask && only !== undefined && other === undefined) return only;
  return pickTask(tasks, document, fitting);
}

async function contestTasks({ contests }: Services): Promise<readonly ContestTask[]> {
  const tasks = await contests.tasks();
  if (tasks.length > 0) return tasks;
  throw new UserError(
    vscode.l10n.t('There are no contest problems here. Add some with “Add Dataset…”.'),
  );
}

function lastTask(
  { memory }: Services,
  uri: vscode.Uri,
  tasks: readonly ContestTask[],
): ContestTask | undefined {
  const [, file, taskId] =
    memory.get<Remembered>(memoryKey, []).find(([known]) => known === uri.toString()) ?? [];
  return tasks.find((task) => task.taskId === taskId && task.source.file === file);
}

async function remember({ memory }: Services, uri: vscode.Uri, task: ContestTask): Promise<void> {
  const key = uri.toString();
  const others = memory.get<Remembered>(memoryKey, []).filter(([known]) => known !== key);
  const all: Remembered = [[key, task.source.file, task.taskId], ...others];
  await memory.update(memoryKey, all.slice(0, rememberedFiles));
}

/** Lists what fits the file first; of many problems those that the typed text finds. */
function pickTask(
  tasks: readonly ContestTask[],
  document: vscode.TextDocument,
  fitting: readonly ContestTask[] = [],
): Promise<ContestTask | undefined> {
  const pick = vscode.window.createQuickPick<
    vscode.QuickPickItem & { readonly task: ContestTask }
  >();
  pick.title = vscode.l10n.t('Problem of {0}', vscode.workspace.asRelativePath(document.uri));
  pick.placeholder = vscode.l10n.t('Name or tag of the problem');
  pick.matchOnDescription = true;
  const show = (): void => {
    const found = searchTasks(tasks, pick.value, { limit: shownTasks });
    pick.items = [...new Set([...fitting, ...found])].map((task) => ({
      label: task.name,
      description: joinFacts([task.dataset, task.difficulty ?? '', task.tags.join(', ')]),
      task,
    }));
  };
  show();
  return new Promise((resolve) => {
    pick.onDidChangeValue(show);
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.task);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
