import type { PatchLimits } from './limits';
import type { PatchStats } from './result';

/** One file of a unified diff, as git's extended headers and its hunks tell it. */
export interface PatchFile {
  /** Relative to the repository, without the `a/` and `b/` prefixes; null where the file does not exist on that side. */
  readonly oldPath: string | null;
  readonly newPath: string | null;
  /** Octal modes as the patch names them. */
  readonly modes: readonly string[];
  /** `old mode` and `new mode` were given. */
  readonly modeChanged: boolean;
  readonly binary: boolean;
  readonly hunks: number;
  readonly added: number;
  readonly removed: number;
  /** This file's part of the patch, byte for byte. */
  readonly text: string;
}

/** The path that a patched file is known by. */
export function pathOf(file: PatchFile): string {
  return file.newPath ?? file.oldPath ?? '';
}

const hunkHeader = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/**
 * Reads a unified diff, git's or plain, into its files. Tolerant: text between files (a mail's header) is skipped, and
 * wrong counts in hunk headers do not hide the lines that follow. Whether it applies is git's to say.
 */
export function parsePatch(patch: string): readonly PatchFile[] {
  const lines = patch.split('\n');
  const starts = lines.flatMap((line, index) => (startsFile(lines, index, line) ? [index] : []));
  return starts.map((start, n) => parseFile(lines.slice(start, starts[n + 1] ?? lines.length)));
}

function startsFile(lines: readonly string[], index: number, line: string): boolean {
  if (line.startsWith('diff --git ')) return true;
  // A plain diff has only these three; after a `diff --git` they belong to that header.
  if (!line.startsWith('--- ') || !(lines[index + 1] ?? '').startsWith('+++ ')) return false;
  if (!(lines[index + 2] ?? '').startsWith('@@ ')) return false;
  for (let above = index - 1; above >= 0; above -= 1) {
    const header = lines[above] ?? '';
    if (header.startsWith('diff --git ')) return false;
    if (!isExtendedHeader(header)) return true;
  }
  return true;
}

function isExtendedHeader(line: string): boolean {
  return /^(old mode|new mode|deleted file mode|new file mode|copy (from|to)|rename (from|to)|(dis)?similarity index|index )/.test(
    line,
  );
}

function parseFile(lines: readonly string[]): PatchFile {
  const firstHunk = lines.findIndex((line) => line.startsWith('@@ '));
  const header = firstHunk < 0 ? lines : lines.slice(0, firstHunk);
  const value = (prefix: string): string | null =>
    header.find((line) => line.startsWith(prefix))?.slice(prefix.length) ?? null;
  const git = value('diff --git ');
  const [gitOld, gitNew] = git === null ? [null, null] : splitGitHeader(git);
  const isNew = value('new file mode ') !== null;
  const isDeleted = value('deleted file mode ') !== null;
  const oldPath =
    value('rename from ') ?? value('copy from ') ?? sidePath(value('--- ')) ?? stripPrefix(gitOld);
  const newPath =
    value('rename to ') ?? value('copy to ') ?? sidePath(value('+++ ')) ?? stripPrefix(gitNew);
  const modes = header.flatMap((line) => {
    const mode =
      /^(?:old mode|new mode|new file mode|deleted file mode) (\d+)/.exec(line) ??
      /^index \S+ (\d{6})/.exec(line);
    return mode?.[1] === undefined ? [] : [mode[1]];
  });
  return {
    oldPath: isNew || oldPath === '/dev/null' ? null : unquote(oldPath),
    newPath: isDeleted || newPath === '/dev/null' ? null : unquote(newPath),
    modes,
    modeChanged: value('old mode ') !== null,
    binary: header.some((line) => /^(GIT binary patch|Binary files .* differ)/.test(line)),
    ...countHunks(firstHunk < 0 ? [] : lines.slice(firstHunk)),
    text: lines.join('\n'),
  };
}

/** The path of a `---` or `+++` line: prefix and trailing timestamp removed. */
function sidePath(text: string | null): string | null {
  if (text === null) return null;
  const [name = ''] = text.replace(/\r$/, '').split('\t');
  return name === '/dev/null' ? name : stripPrefix(name);
}

function stripPrefix(name: string | null): string | null {
  return name === null ? null : name.replace(/^("?)[^/"]+\//, '$1');
}

/** `a/x b/x`, where x may hold blanks: for an unrenamed file both halves are the same name. */
function splitGitHeader(text: string): readonly [string | null, string | null] {
  const names = text.replace(/\r$/, '');
  const quoted = /^("(?:[^"\\]|\\.)*"|\S+) ("(?:[^"\\]|\\.)*"|\S+)$/.exec(names);
  if (quoted !== null) return [quoted[1] ?? null, quoted[2] ?? null];
  const middle = Math.floor(names.length / 2);
  return [names.slice(0, middle), names.slice(middle + 1)];
}

/** git quotes names with special characters as C strings, non-ASCII bytes in octal. */
function unquote(name: string | null): string | null {
  if (name === null) return null;
  const text = name.replace(/\r$/, '');
  if (!text.startsWith('"') || !text.endsWith('"')) return text;
  const bytes: number[] = [];
  for (const part of text.slice(1, -1).match(/\\[0-7]{3}|\\.|[^\\]+/gs) ?? []) {
    if (/^\\[0-7]{3}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 8));
    else bytes.push(...new TextEncoder().encode(part.startsWith('\\') ? unescapeOne(part) : part));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function unescapeOne(escape: string): string {
  const character = escape.slice(1);
  return (
    { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' }[character] ?? character
  );
}

function countHunks(lines: readonly string[]): { hunks: number; added: number; removed: number } {
  let hunks = 0;
  let added = 0;
  let removed = 0;
  for (const line of lines) {
    if (hunkHeader.test(line)) hunks += 1;
    else if (line.startsWith('+')) added += 1;
    else if (line.startsWith('-') && !/^-- ?$/.test(line)) removed += 1;
  }
  return { hunks, added, removed };
}

export function patchStats(patch: string): PatchStats {
  const files = parsePatch(patch);
  const sum = (of: (file: PatchFile) => number): number =>
    files.reduce((total, file) => total + of(file), 0);
  return {
    bytes: new TextEncoder().encode(patch).length,
    files: files.length,
    hunks: sum((file) => file.hunks),
    added: sum((file) => file.added),
    removed: sum((file) => file.removed),
  };
}

/** Why a patch is refused before anything is tried with it. */
export interface PatchRefusal {
  readonly cause:
    | 'too_large'
    | 'too_many_files'
    | 'too_many_hunks'
    | 'malformed'
    | 'binary'
    | 'outside_repository'
    | 'symlink'
    | 'submodule'
    | 'mode_change'
    | 'shadows_test_runner';
  readonly detail: string;
}

// At the repository's root these would be imported instead of the installed test runner, or by every Python that starts.
const testRunnerModules = /^(pytest|_pytest|pluggy|sitecustomize|usercustomize)(\.py$|\/)/;

/** The guardrails: null when the patch may be tried. A patch of white space only is not for this function. */
export function refusePatch(patch: string, limits: PatchLimits): PatchRefusal | null {
  const stats = patchStats(patch);
  const over = (
    cause: PatchRefusal['cause'],
    what: string,
    is: number,
    limit: number,
  ): PatchRefusal | null =>
    is > limit ? { cause, detail: `the patch has ${is} ${what}, the limit is ${limit}` } : null;
  const tooMuch =
    over('too_large', 'bytes', stats.bytes, limits.max_bytes) ??
    over('too_many_files', 'files', stats.files, limits.max_files) ??
    over('too_many_hunks', 'hunks', stats.hunks, limits.max_hunks);
  if (tooMuch !== null) return tooMuch;
  const files = parsePatch(patch);
  if (files.length === 0)
    return { cause: 'malformed', detail: 'this is not a unified diff: no file header was found' };
  for (const file of files) {
    const refusal = refuseFile(file);
    if (refusal !== null) return refusal;
  }
  return null;
}

function refuseFile(file: PatchFile): PatchRefusal | null {
  const name = pathOf(file);
  for (const path of [file.oldPath, file.newPath]) {
    if (path !== null && leadsOutside(path)) {
      return { cause: 'outside_repository', detail: `"${path}" is outside the repository` };
    }
  }
  if (file.modes.includes('120000'))
    return { cause: 'symlink', detail: `"${name}" is a symbolic link` };
  if (file.modes.includes('160000'))
    return { cause: 'submodule', detail: `"${name}" is a submodule` };
  if (file.modeChanged)
    return { cause: 'mode_change', detail: `the mode of "${name}" would change` };
  if (file.binary) return { cause: 'binary', detail: `"${name}" is binary` };
  if (file.oldPath === null && testRunnerModules.test(name)) {
    return {
      cause: 'shadows_test_runner',
      detail: `"${name}" would be imported in place of the installed test runner`,
    };
  }
  return null;
}

function leadsOutside(path: string): boolean {
  return (
    path === '' ||
    /^([/\\]|[A-Za-z]:)/.test(path) ||
    path.split(/[/\\]/).some((part) => part === '..' || part.toLowerCase() === '.git')
  );
}

/** A patch as `git apply` wants it: LF in its headers' lines when an editor or a model made all of them CRLF, and a last newline. */
export function normalizePatch(patch: string): string {
  const headers = patch.split('\n').filter((line) => /^(diff --git |--- |\+\+\+ |@@ )/.test(line));
  const mangled = headers.length > 0 && headers.every((line) => line.endsWith('\r'));
  const text = mangled ? patch.replaceAll('\r\n', '\n') : patch;
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

// What pytest collects, is configured by or loads before any test, and the data beside the tests.
const testPath =
  /(^|\/)(conftest\.py|test_[^/]*\.py|[^/]*_test\.py|pytest\.ini|\.pytest\.ini|pytest\.toml|\.pytest\.toml|tox\.ini|setup\.cfg|pyproject\.toml)$|(^|\/)tests\/|^(test|testing)\//;

/** Whether a file belongs to the tests or steers how they run: a verdict must not depend on an agent's version of it. */
export function isTestPath(path: string): boolean {
  return testPath.test(path);
}

const configurationPath = /(^|\/)(setup\.cfg|pyproject\.toml|tox\.ini)$/;

/** A patch in two: what changes the tests, and the rest. Either may be empty. */
export function splitTestPart(patch: string): { readonly source: string; readonly tests: string } {
  const part = (keep: (path: string) => boolean): string =>
    parsePatch(patch)
      .filter((file) => keep(pathOf(file)))
      .map((file) => normalizePatch(file.text))
      .join('');
  // A packaging file steers tests too, but a change to it in a gold patch is part of the fix.
  const isTest = (path: string): boolean => isTestPath(path) && !configurationPath.test(path);
  return { source: part((path) => !isTest(path)), tests: part(isTest) };
}
