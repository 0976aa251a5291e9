import { blank, firstWords, linesOf, strip } from './pythonText';
import type { LogParser } from './statuses';

const passEndings = [' ... ok', ' ... OK', ' ...  OK'] as const;
/** One of its tests prints this line and no status of its own. */
const versionTest = '--version is equivalent to version';
/** django 1.10 prints the migrations of one test in front of its name. */
const migrationNoise = 'Applying sites.0002_alter_domain_unique...test_no_migrations';

/** Django's own runner with `--verbosity 2`: `test_x (module.Class) ... ok`, and `FAIL: test_x (…)` over each failure. */
export const parseDjango: LogParser = (log) => {
  const statuses = new Map<string, string>();
  let previous: string | null = null;
  for (const original of linesOf(log)) {
    const line = strip(original);
    if (line.includes(versionTest)) statuses.set(versionTest, 'PASSED');
    const dots = line.indexOf(' ... ');
    if (dots >= 0) previous = line.slice(0, dots);
    readStatus(line, statuses);
    // Whatever the test printed stands between its name and its `ok`.
    if (line.startsWith('ok') && previous !== null) statuses.set(previous, 'PASSED');
  }
  for (const interruption of interruptions) readInterrupted(log, interruption, statuses);
  return statuses;
};

function readStatus(original: string, statuses: Map<string, string>): void {
  let line = original;
  const ending = passEndings.find((end) => line.endsWith(end));
  if (ending !== undefined) {
    if (line.startsWith(migrationNoise)) line = strip(line.slice(line.indexOf('...') + 3));
    statuses.set(line.endsWith(ending) ? line.slice(0, -ending.length) : line, 'PASSED');
  }
  const before = (mark: string): string => line.slice(0, line.indexOf(mark));
  if (line.includes(' ... skipped')) statuses.set(before(' ... skipped'), 'SKIPPED');
  if (line.endsWith(' ... FAIL')) statuses.set(before(' ... FAIL'), 'FAILED');
  readHeading(line, 'FAIL:', { status: 'FAILED', statuses });
  if (line.endsWith(' ... ERROR')) statuses.set(before(' ... ERROR'), 'ERROR');
  readHeading(line, 'ERROR:', { status: 'ERROR', statuses });
}

/** `FAIL: test_x (module.Class)`. Without a second word it names no test (the official parser breaks off there). */
function readHeading(
  line: string,
  mark: string,
  { status, statuses }: { readonly status: string; readonly statuses: Map<string, string> },
): void {
  const name = line.startsWith(mark) ? firstWords(line)[1] : '';
  if (name !== '') statuses.set(name, status);
}

/** Output that began on the line of a test's name; the test passed when `ok` stands alone on the line after it. */
interface Interruption {
  readonly opens: RegExp;
  readonly closes: string;
  /** What may stand between the two: anything, something on the same line, nothing. */
  readonly between: 'anything' | 'line' | 'nothing';
}

const opening = (text: string): RegExp => new RegExp(`[${blank}]\\.\\.\\.[${blank}]${text}`, 'g');

const interruptions: readonly Interruption[] = [
  {
    opens: opening('Testing against Django installed in '),
    closes: ' silenced).\nok',
    between: 'anything',
  },
  { opens: opening('Internal Server Error: /'), closes: '/\nok', between: 'line' },
  {
    opens: opening('System check identified no issues \\(0 silenced\\)'),
    closes: '\nok',
    between: 'nothing',
  },
];

function readInterrupted(
  log: string,
  { opens, closes, between }: Interruption,
  statuses: Map<string, string>,
): void {
  const closeAfter = remembered((from) => indexAtLineEnd(log, closes, from));
  const lineEndAfter = remembered((from) => log.indexOf('\n', from));
  let from = 0;
  opens.lastIndex = 0;
  for (let open = opens.exec(log); open !== null; open = opens.exec(log)) {
    const opened = opens.lastIndex;
    const close = closeAfter(opened);
    if (close < 0) return;
    const start = open.index === 0 ? 0 : log.lastIndexOf('\n', open.index - 1) + 1;
    const closed =
      between === 'anything' ||
      (between === 'line' ? lineEndAfter(opened) > close : close === opened);
    if (closed && start >= from) {
      statuses.set(log.slice(start, open.index), 'PASSED');
      from = close + closes.length;
      opens.lastIndex = from;
    } else opens.lastIndex = open.index + 1;
  }
}

/** Where `text` stands at the end of a line, at `from` or after it; -1 when nowhere. */
function indexAtLineEnd(log: string, text: string, from: number): number {
  let index = log.indexOf(text, from);
  while (index >= 0) {
    const end = index + text.length;
    if (end === log.length || log.startsWith('\n', end)) return index;
    index = log.indexOf(text, index + 1);
  }
  return -1;
}

/** A search that is asked with rising positions and goes over the text once, however often it is asked. */
function remembered(search: (from: number) => number): (from: number) => number {
  let found: number | null = null;
  return (from) => {
    if (found === null || (found >= 0 && found < from)) found = search(from);
    return found;
  };
}
