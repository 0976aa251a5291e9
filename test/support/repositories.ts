import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Content of files by path; null removes a file. */
export type Files = Readonly<Record<string, string | Buffer | null>>;

// The same files make the same commit on every machine and day, so that prepared environments are found again.
const stable = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_AUTHOR_DATE: '2024-01-01T00:00:00Z',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
  GIT_COMMITTER_DATE: '2024-01-01T00:00:00Z',
};

export async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, ...args], {
    env: stable,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** A git repository of a test's own. */
export class TestRepository {
  readonly path: string;

  constructor(folder: string) {
    this.path = folder;
  }

  static async make(folder: string, files: Files): Promise<TestRepository> {
    await mkdir(folder, { recursive: true });
    await git(folder, 'init', '-q', '-b', 'main');
    const repository = new TestRepository(folder);
    await repository.commit(files);
    return repository;
  }

  /** @returns the commit's hash */
  async commit(files: Files, message = 'change'): Promise<string> {
    await this.#write(files);
    await git(this.path, 'add', '-A');
    await git(this.path, 'commit', '-q', '--allow-empty', '-m', message);
    return await this.head();
  }

  async head(): Promise<string> {
    return (await git(this.path, 'rev-parse', 'HEAD')).trim();
  }

  /** What changing these files amounts to, as a unified diff. The repository stays as it is. */
  async patch(files: Files): Promise<string> {
    await this.#write(files);
    await git(this.path, 'add', '-A', '-f');
    const patch = await git(this.path, 'diff', '--cached', '--binary', '--no-renames');
    await git(this.path, 'reset', '-q', '--hard');
    return patch;
  }

  async #write(files: Files): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.path, name);
      if (content === null) await rm(file, { force: true });
      else {
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, content);
      }
    }
  }
}

/** A package with one function that is wrong and one that is right, and a test for each. */
export const calculator = {
  'calc/__init__.py': 'def add(a, b):\n    return a - b\n\n\ndef double(a):\n    return a * 2\n',
  'tests/test_calc.py':
    'from calc import add, double\n\n\ndef test_add():\n    assert add(2, 3) == 5\n\n\ndef test_double():\n    assert double(4) == 8\n',
  // Puts the repository's root on the import path.
  'conftest.py': '',
} as const;

export const fixedCalculator =
  'def add(a, b):\n    return a + b\n\n\ndef double(a):\n    return a * 2\n';

/** A task file. Rows are written as they are. @returns its path */
export async function writeTasks(folder: string, rows: readonly object[]): Promise<string> {
  const file = path.join(folder, `tasks-${String(Math.random()).slice(2)}.jsonl`);
  await mkdir(folder, { recursive: true });
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}
