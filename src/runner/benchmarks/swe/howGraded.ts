import type { EnvironmentRecipe, RepositoryTask } from '../../model';
import { evalScriptOf } from './evalScript';
import type { ChosenParser, LogParserName } from './official/logParsers';
import { logParserOf } from './official/logParsers';
import type { OfficialGrading } from './official/statuses';
import type { SpecTable } from './specs/specTable';
import { specOf, usualSpecs } from './specs/specTable';

/** How a task's tests are run and read. */
export type HowGraded =
  /** By pytest, which reports to us. */
  | { readonly kind: 'own' }
  /** By the official script, from its log. */
  | {
      readonly kind: 'official';
      readonly parser: LogParserName;
      readonly script: string;
      /** The script runs pytest itself, so that pytest can tell what it saw. */
      readonly usesPytest: boolean;
    }
  /** Nobody here can tell what its tests come to. */
  | { readonly kind: 'unsupported'; readonly reason: string };

/** Official rows are graded as their harness does it; where that cannot be, pytest's own report decides. */
export function howGraded(
  task: RepositoryTask,
  {
    grading,
    specs = usualSpecs,
  }: { readonly grading: OfficialGrading; readonly specs?: SpecTable },
): HowGraded {
  if (!task.official || task.failToPass === null) return { kind: 'own' };
  const told = task.officialColumns?.unsupported ?? null;
  const recipe = specOf(task, specs);
  const chosen = parserOf(task, recipe);
  const script = evalScriptOf(task, { recipe, grading });
  if (told === null && chosen.ok && script !== null) {
    const { parser } = chosen;
    return { kind: 'official', parser, script, usesPytest: runsPytest(script) };
  }
  if (listsPytest(task)) return { kind: 'own' };
  const noScript = 'the row has no evaluation script, and its test command is not known';
  const reason = told ?? (chosen.ok ? noScript : chosen.reason);
  return { kind: 'unsupported', reason };
}

/** The row's parser or its repository's, else what somebody's spec says. */
function parserOf(task: RepositoryTask, recipe: EnvironmentRecipe | null): ChosenParser {
  const chosen = logParserOf(task);
  const { officialColumns: columns } = task;
  const logParser = recipe?.log_parser;
  if (chosen.ok || logParser === undefined || columns?.logParser !== null) return chosen;
  return logParserOf({ ...task, officialColumns: { ...columns, logParser } });
}

/** Ids of the lists are pytest's, and so is the command, where the row has one. */
function listsPytest({ failToPass, testCommand }: RepositoryTask): boolean {
  const ids = failToPass ?? [];
  return (
    ids.length > 0 &&
    ids.every((id) => /\.py::./.test(id)) &&
    (testCommand === null || isPytest(testCommand))
  );
}

function runsPytest(script: string): boolean {
  const lines = script.split('\n');
  const start = lines.findIndex((line) => line.includes('>>>>> Start Test Output'));
  const end = lines.findIndex((line, n) => n > start && line.includes('>>>>> End Test Output'));
  return lines.slice(start + 1, end < 0 ? undefined : end).some(isPytest);
}

/** A line whose program is pytest, perhaps with variables before it. tox and others keep it from telling us anything. */
function isPytest(line: string): boolean {
  return /^\s*(?:[A-Za-z_]\w*=\S*\s+)*(?:python[\d.]*\s+-m\s+)?(?:\S*\/)?py\.?test\b/.test(line);
}
