import type { EnvironmentRecipe, RepositoryTask } from '../../model';
import { parsePatch, pathOf } from '../../model';
import type { OfficialGrading } from './official/statuses';
import { endMarker, startMarker } from './official/parseLog';
import { testFilesOf } from './testFiles';

/** The first lines of every official evaluation script. */
const opening = ['#!/bin/bash', 'set -uxo pipefail'] as const;
const activation = ['source /opt/miniconda3/bin/activate', 'conda activate testbed'] as const;
/** Data beside the tests: no argument of a test command. */
const notTests = /\.(json|png|txt|md|jpg|jpeg|pkl|yml|yaml|toml)$|csv$/;

/**
 * The script that evaluates a task: its row's own, else one made of the test command, the test patch and the files that
 * this changes. null: there is neither a script nor a test command.
 */
export function evalScriptOf(
  task: RepositoryTask,
  {
    recipe,
    grading,
  }: { readonly recipe: EnvironmentRecipe | null; readonly grading: OfficialGrading },
): string | null {
  const given = task.officialColumns?.evalScript ?? null;
  const lines = given === null ? madeScript(task, recipe) : bodyOf(given);
  if (lines === null) return null;
  const body = grading === 'v5' ? withExitCode(lines) : lines;
  return `${[...opening, ...body].join('\n')}\n`;
}

function bodyOf(script: string): readonly string[] {
  const isOpening = (line: string): boolean => opening.some((own) => own === line);
  return script
    .trim()
    .split('\n')
    .filter((line) => !isOpening(line));
}

function madeScript(
  task: RepositoryTask,
  recipe: EnvironmentRecipe | null,
): readonly string[] | null {
  const command = task.testCommand ?? recipe?.test_command ?? null;
  if (command === null) return null;
  const testPatch = task.testPatch ?? '';
  const workdir = workdirOf(task);
  const reset = parsePatch(testPatch).map(pathOf);
  const resetTests =
    reset.length === 0 ? [] : [`git checkout ${task.ref} ${reset.map(quoted).join(' ')}`];
  return [
    ...activation,
    `cd ${workdir}`,
    `git config --global --add safe.directory ${workdir}`,
    'git status',
    'git show',
    `git -c core.fileMode=false diff ${task.ref}`,
    ...(recipe?.install ?? []),
    ...resetTests,
    ...applying(testPatch),
    `: '${startMarker}'`,
    [command, ...testArguments(task).map(quoted)].join(' '),
    `: '${endMarker}'`,
    ...resetTests,
  ];
}

function workdirOf({ environment }: RepositoryTask): string {
  const named = environment !== null && 'workdir' in environment ? environment.workdir : undefined;
  return named ?? '/testbed';
}

/** The text of a test patch is data: no line of it may end the document that holds it. */
function applying(testPatch: string): readonly string[] {
  if (testPatch.trim() === '') return [];
  const lines = testPatch.split('\n');
  let delimiter = 'EOF_TEST_PATCH';
  while (lines.includes(delimiter)) delimiter += '_';
  return [`git apply -v - <<'${delimiter}'`, testPatch, delimiter];
}

/** What the test command is given: the files of the test patch, else those of the lists, as the runner names them. */
function testArguments(task: RepositoryTask): readonly string[] {
  const patched = parsePatch(task.testPatch ?? '').map(pathOf);
  const named =
    patched.length > 0 ? patched : (task.officialColumns?.testFiles ?? testFilesOf(task, ''));
  const files = named.filter((file) => !notTests.test(file));
  if (task.officialColumns?.repository !== 'django/django') return files;
  return files.map((file) =>
    file
      .replace(/\.py$/, '')
      .replace(/^tests\//, '')
      .replaceAll('/', '.'),
  );
}

function quoted(word: string): string {
  return /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** Since version 5 the log says how the test command itself ended: the script goes on after it. */
function withExitCode(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex((line) => line.includes(endMarker));
  if (end < 0) return lines;
  return [
    ...lines.slice(0, end),
    'SWEBENCH_TEST_EXIT_CODE=$?',
    ...lines.slice(end, end + 1),
    'echo ">>>>> Test Exit Code: $SWEBENCH_TEST_EXIT_CODE"',
    ...lines.slice(end + 1),
  ];
}
