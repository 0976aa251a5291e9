import type { RepositoryTask } from '../../../model';
import { parseDjango } from './djangoParser';
import {
  parseMatplotlib,
  parsePytest,
  parsePytestOptions,
  parsePytestV2,
  parseSeaborn,
  parseSympy,
} from './pytestParsers';
import type { LogParser } from './statuses';

export const logParserNames = [
  'pytest',
  'pytest_options',
  'pytest_v2',
  'matplotlib',
  'seaborn',
  'django',
  'sympy',
] as const;
export type LogParserName = (typeof logParserNames)[number];

export const logParsers: Readonly<Record<LogParserName, LogParser>> = {
  pytest: parsePytest,
  pytest_options: parsePytestOptions,
  pytest_v2: parsePytestV2,
  matplotlib: parseMatplotlib,
  seaborn: parseSeaborn,
  django: parseDjango,
  sympy: parseSympy,
};

/** The name that a row gives its parser (`parse_log_<repository>`), without its beginning → the parser that it is. */
const parserOfProject: ReadonlyMap<string, LogParserName> = new Map([
  ...logParserNames.map((name) => [name, name] as const),
  ['astroid', 'pytest'],
  ['flask', 'pytest'],
  ['marshmallow', 'pytest'],
  ['pvlib', 'pytest'],
  ['pyvista', 'pytest'],
  ['sqlfluff', 'pytest'],
  ['xarray', 'pytest'],
  ['pydicom', 'pytest_options'],
  ['pylint', 'pytest_options'],
  ['requests', 'pytest_options'],
  ['astropy', 'pytest_v2'],
  ['scikit', 'pytest_v2'],
  ['sphinx', 'pytest_v2'],
]);

/** For rows of before version 5, which do not name their parser. */
const parserOfRepository: ReadonlyMap<string, LogParserName> = new Map([
  ['astropy/astropy', 'pytest_v2'],
  ['django/django', 'django'],
  ['marshmallow-code/marshmallow', 'pytest'],
  ['matplotlib/matplotlib', 'matplotlib'],
  ['mwaskom/seaborn', 'seaborn'],
  ['pallets/flask', 'pytest'],
  ['psf/requests', 'pytest_options'],
  ['pvlib/pvlib-python', 'pytest'],
  ['pydata/xarray', 'pytest'],
  ['pydicom/pydicom', 'pytest_options'],
  ['pylint-dev/astroid', 'pytest'],
  ['pylint-dev/pylint', 'pytest_options'],
  ['pytest-dev/pytest', 'pytest'],
  ['pyvista/pyvista', 'pytest'],
  ['scikit-learn/scikit-learn', 'pytest_v2'],
  ['sphinx-doc/sphinx', 'pytest_v2'],
  ['sqlfluff/sqlfluff', 'pytest'],
  ['sympy/sympy', 'sympy'],
]);

export type ChosenParser =
  | { readonly ok: true; readonly parser: LogParserName }
  | { readonly ok: false; readonly reason: string };

/** The parser of a task's logs: the one that its row names, else its repository's. Never a guess. */
export function logParserOf(task: RepositoryTask): ChosenParser {
  const named = task.officialColumns?.logParser ?? null;
  if (named !== null) {
    const parser = parserOfProject.get(named.replace(/^parse_log_/, ''));
    return parser === undefined
      ? { ok: false, reason: `there is no log parser "${named}" here` }
      : { ok: true, parser };
  }
  const repository = task.officialColumns?.repository ?? task.repo;
  const parser = parserOfRepository.get(repository);
  return parser === undefined
    ? { ok: false, reason: `the task names no log parser, and none is known for ${repository}` }
    : { ok: true, parser };
}
