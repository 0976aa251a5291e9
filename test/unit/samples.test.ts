import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RepositoryTask } from '../../src/runner/model';
import { parseRepositoryRow } from '../../src/runner/model';

const root = resolve(import.meta.dirname, '../..');
const samples = join(root, 'samples');
const buildScript = join(root, 'scripts/samples/build.mjs');

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function lines(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

function load(name: string): RepositoryTask[] {
  return lines(join(samples, name)).map((line, index) => {
    const parsed = parseRepositoryRow(JSON.parse(line), { file: name, line: index + 1 });
    if (!parsed.ok) throw new Error(`${name}:${index + 1}: ${JSON.stringify(parsed.problems)}`);
    return parsed.task;
  });
}

const tasks = load('seed_tasks.jsonl');
const repositories = readdirSync(join(samples, 'repos'));
let scratch = '';

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'samples-test-'));
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('sample tasks', () => {
  test('there are enough of each kind, with everything that a run needs', () => {
    expect(tasks).toHaveLength(12);
    expect(repositories).toHaveLength(8);
    expect(new Set(tasks.map((task) => task.taskId)).size).toBe(tasks.length);
    for (const task of tasks) {
      expect(task.taskId.startsWith(`${task.group}__`)).toBe(true);
      expect(task.problemStatement?.length).toBeGreaterThan(300);
      expect(task.failToPass?.length).toBeGreaterThan(0);
      expect(task.passToPass?.length).toBeGreaterThan(0);
      expect(task.failToPass?.filter((id) => task.passToPass?.includes(id))).toEqual([]);
    }
  });

  test.each(repositories)('%s has the base commits of its tasks, and later ones', (file) => {
    const clone = join(scratch, file);
    git(scratch, 'clone', '--quiet', join(samples, 'repos', file), clone);
    const commits = git(clone, 'rev-list', '--reverse', 'HEAD').split('\n');
    expect(commits.length).toBeGreaterThanOrEqual(6);
    expect(commits.length).toBeLessThanOrEqual(15);
    expect(git(clone, 'tag')).not.toBe('');
    for (const task of tasks.filter((candidate) => candidate.repo === `repos/${file}`)) {
      // The commit that mends the bug, and at least one after it.
      expect(commits.slice(0, -2)).toContain(task.ref);
    }
  });

  test.each(tasks.map((task) => [task.taskId, task] as const))(
    '%s: the patches apply and are parted into source and tests',
    (_, task) => {
      const clone = join(scratch, task.taskId);
      git(scratch, 'clone', '--quiet', join(samples, task.repo), clone);
      git(clone, 'checkout', '--quiet', task.ref);
      const touched = (patch: string | null): string[] => {
        execFileSync('git', ['apply', '--index'], { cwd: clone, input: patch ?? '' });
        const files = git(clone, 'diff', '--cached', '--name-only').split('\n');
        git(clone, 'reset', '--quiet', '--hard');
        return files;
      };
      expect(touched(task.testPatch).every((file) => file.startsWith('tests/'))).toBe(true);
      expect(touched(task.goldPatch).some((file) => file.startsWith('tests/'))).toBe(false);
    },
  );

  test('patches that are wrong apply to their task', () => {
    const files = readdirSync(join(samples, 'patches'));
    expect(files).not.toHaveLength(0);
    for (const file of files) {
      const task = tasks.find((candidate) => file.startsWith(`${candidate.taskId}.`));
      if (!task) throw new Error(`${file} is for no task`);
      const clone = join(scratch, file);
      git(scratch, 'clone', '--quiet', join(samples, task.repo), clone);
      git(clone, 'checkout', '--quiet', task.ref);
      git(clone, 'apply', join(samples, 'patches', file));
      expect(git(clone, 'status', '--porcelain')).not.toBe('');
    }
  });

  test('a build gives the commits and the seed file that are shipped', () => {
    const out = join(scratch, 'build');
    execFileSync(process.execPath, [buildScript, '--out', out]);
    const seedFile = 'seed_tasks.jsonl';
    expect(lines(join(out, seedFile))).toEqual(lines(join(samples, seedFile)));
    const heads = (folder: string, file: string): string =>
      git(scratch, 'bundle', 'list-heads', join(folder, 'repos', file));
    for (const file of repositories) expect(heads(out, file)).toBe(heads(samples, file));
  }, 60_000);

  // Other versions of git may pack the same commits in other bytes: builds are held against each other, not the shipped one.
  test('two builds of a bundle are the same, byte for byte', () => {
    const [first, second] = ['first', 'second'].map((name) => {
      const out = join(scratch, name);
      execFileSync(process.execPath, [buildScript, '--out', out, '--only', 'textkit']);
      return readFileSync(join(out, 'repos/textkit.bundle'));
    });
    expect(first?.length).toBeGreaterThan(0);
    expect(first).toEqual(second);
  }, 60_000);

  test('online tasks are pinned to full commit hashes', () => {
    const online = load('online_tasks.jsonl');
    expect(online.length).toBeGreaterThanOrEqual(6);
    for (const task of online) {
      expect(task.repo).toMatch(/^https:\/\/github\.com\/[\w-]+\/[\w-]+$/);
      expect(task.ref).toMatch(/^[0-9a-f]{40}$/);
    }
  });
});
