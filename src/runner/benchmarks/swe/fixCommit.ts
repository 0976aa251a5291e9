import type { Host } from '../../host';
import { repositoryName, RunnerError, splitTestPart } from '../../model';
import { git, GitFailure, gitText } from '../../git';
import type { Commit } from '../../runner';
import type { RepositoryCache } from './repositoryCache';

/** A commit that mended something, taken apart. */
export interface FixCommit {
  /** `<repository>__<short commit>` */
  readonly taskId: string;
  readonly commit: string;
  /** Its first parent: where a task made of it begins. */
  readonly parent: string;
  /** The commit's message. */
  readonly message: string;
  /** What it changed outside the tests, and in them. */
  readonly patch: string;
  readonly testPatch: string;
}

interface Parts {
  readonly host: Host;
  readonly repositories: RepositoryCache;
  readonly signal: AbortSignal;
}

/**
 * Splits a commit into fix and tests.
 *
 * @throws `not-found` when there is no such repository or commit; `invalid-task` when it has no parent, no fix or no tests
 */
export async function readFixCommit(
  query: { readonly repo: string; readonly commit: string },
  parts: Parts,
): Promise<FixCommit> {
  const { mirror, commit } = await locate(query, parts);
  const { host, signal } = parts;
  const read = (...args: readonly string[]): Promise<string> =>
    gitText(host, ['--git-dir', mirror, ...args], { signal });
  const [, parent] = (await read('rev-list', '--parents', '-n', '1', commit)).split(' ');
  if (parent === undefined)
    throw new RunnerError('invalid-task', `${commit} is the first commit: nothing was before it.`);
  const diff = await git(
    host,
    ['--git-dir', mirror, 'diff', '--binary', '--full-index', '--no-renames', parent, commit],
    { signal },
  );
  const { source, tests } = splitTestPart(Buffer.from(diff).toString('utf8'));
  const short = commit.slice(0, 7);
  if (source.trim() === '')
    throw new RunnerError(
      'invalid-task',
      `${short} changes nothing but tests: there is no fix in it.`,
    );
  if (tests.trim() === '')
    throw new RunnerError(
      'invalid-task',
      `${short} changes no tests, so nothing could tell whether its fault is mended.`,
    );
  return {
    taskId: `${repositoryName(query.repo)}__${short}`,
    commit,
    parent,
    message: await read('log', '-1', '--format=%B', commit),
    patch: source,
    testPatch: tests,
  };
}

/** The mirror that holds a commit, and the commit's full hash. */
async function locate(
  { repo, commit: ref }: { readonly repo: string; readonly commit: string },
  { host, repositories, signal }: Parts,
): Promise<{ readonly mirror: string; readonly commit: string }> {
  try {
    const found = await repositories.resolve(repo, ref, { signal });
    const mirror = await repositories.mirrorWith(repo, found, { signal });
    const args = ['rev-parse', '--verify', '--end-of-options', `${found}^{commit}`];
    return { mirror, commit: await gitText(host, ['--git-dir', mirror, ...args], { signal }) };
  } catch (error) {
    throw notFound(error);
  }
}

/** What git could not find, as the core says it; anything else as it is. */
function notFound(error: unknown): unknown {
  return error instanceof GitFailure
    ? new RunnerError('not-found', error.message, { cause: error })
    : error;
}

/** How far back the list of commits goes. */
const mostCommits = 200;

/** @throws `not-found` when there is no repository or no commit in it */
export async function recentCommits(
  host: Host,
  repo: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<readonly Commit[]> {
  const format = ['%H', '%s', '%an', '%aI'].join('%x00');
  const args = ['-C', repo, 'log', '-n', String(mostCommits), `--format=${format}`, '--'];
  try {
    const lines = (await gitText(host, args, { signal })).split('\n');
    return lines.map((line) => {
      const [sha = '', subject = '', author = '', time = ''] = line.split('\0');
      return { sha, subject, author, time };
    });
  } catch (error) {
    throw notFound(error);
  }
}
