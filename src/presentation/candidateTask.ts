import type { ContestTask } from '../runner/index';

/** A line of a program that says which task it solves is looked for in its first lines. */
const namedWithin = 40;

/**
 * The task that a program says it is for, in a comment `benchyard: DATASET/NAME` or `benchyard: NAME`.
 *
 * @returns `none`: it says nothing; `unknown`: there is no such task; several: the dataset was not said, or not exactly
 */
export function namedTasks(
  text: string,
  tasks: readonly ContestTask[],
): { readonly name: string; readonly tasks: readonly ContestTask[] } | null {
  const name = nameIn(text);
  if (name === null) return null;
  const wanted = name.toLowerCase();
  const found = tasks.filter((task) => {
    const own = namesOf(task);
    if (own.includes(wanted)) return true;
    return datasetsOf(task).some((dataset) => own.some((each) => wanted === `${dataset}/${each}`));
  });
  return { name, tasks: found };
}

function nameIn(text: string): string | null {
  for (const line of text.split('\n', namedWithin)) {
    const [, name] =
      /^\s*(?:#|\/\/|\/?\*|--)\s*benchyard:\s*(.+?)\s*(?:\*\/)?\s*$/i.exec(line) ?? [];
    if (name !== undefined) return name;
  }
  return null;
}

/** `codecontests (valid)` is also what `codecontests`, `codecontests:valid` and the file say. */
function datasetsOf({ dataset, source }: ContestTask): readonly string[] {
  const file = source.file.replace(/^(data|hub):/, '');
  const names = [
    dataset,
    dataset.replace(/ \([^)]*\)$/, ''),
    source.file,
    file,
    file.replace(/:[^:]*$/, ''),
    source.file.split(/[/\\]/).at(-1) ?? '',
  ];
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

/** `1575_A. Another Sorting Problem` is also `1575_A`. */
function namesOf({ taskId, name }: ContestTask): readonly string[] {
  const code = codeOf(name);
  return [taskId, name, ...(code === null ? [] : [code])].map((each) => each.toLowerCase());
}

function codeOf(name: string): string | null {
  return /^(\S+)\. /.exec(name)?.[1] ?? null;
}

/**
 * The tasks that the name of a file speaks of: `1575_A.py`, `1575A.cpp`, `another-sorting-problem.py`, `1575/A.java`,
 * `HumanEval_0.py`. What is said by its title only counts where no code fits.
 */
export function tasksOfFile(file: string, tasks: readonly ContestTask[]): readonly ContestTask[] {
  const [base = '', folder = ''] = file.split(/[/\\]/).reverse();
  const name = base.replace(/(?<=.)\.[^.]*$/, '');
  const stems = [name, `${folder}${name}`].map(plain);
  const whole = tasks.filter((task) =>
    [task.taskId, task.name, codeOf(task.name) ?? ''].some((each) => isOneOf(each, stems)),
  );
  if (whole.length > 0) return whole;
  return tasks.filter((task) => isOneOf(task.name.replace(/^\S+\. /, ''), stems.slice(0, 1)));
}

function isOneOf(name: string, stems: readonly string[]): boolean {
  const own = plain(name);
  return own !== '' && stems.includes(own);
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Tasks that a text is part of the name or tags of, the closest first; an empty text leaves the order. */
export function searchTasks(
  tasks: readonly ContestTask[],
  text: string,
  options: { readonly limit: number },
): readonly ContestTask[] {
  const wanted = text.trim().toLowerCase();
  const begins: ContestTask[] = [];
  const holds: ContestTask[] = [];
  for (const task of tasks) {
    const name = task.name.toLowerCase();
    if (name.startsWith(wanted)) begins.push(task);
    else if (name.includes(wanted) || task.tags.some((tag) => tag.startsWith(wanted)))
      holds.push(task);
    if (begins.length >= options.limit) break;
  }
  return [...begins, ...holds].slice(0, options.limit);
}
