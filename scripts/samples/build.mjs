// Builds samples/repos/*.bundle and samples/seed_tasks.jsonl from samples/src: node scripts/samples/build.mjs [--out DIR] [--only NAME].
// Authors, dates and packing are fixed, so that a second build gives the same commits, and with the same git the same bytes.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { git } from './git.mjs';

const samples = resolve(import.meta.dirname, '../../samples');
const source = join(samples, 'src');

/** Packs are the same on every machine only when one thread looks for deltas, with the same effort. */
const packing = ['pack.threads=1', 'pack.window=10', 'pack.depth=50', 'core.compression=9'];

/** Replays the patch series of a repository; returns its commits, the first one first. */
function replay(repository, sample, patches) {
  const { name, email } = sample.maintainer;
  const committer = { GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
  git(repository, ['init', '--quiet', '--initial-branch=main']);
  git(repository, ['am', '--quiet', '--committer-date-is-author-date', ...patches], committer);
  const commits = git(repository, ['rev-list', '--reverse', 'main']).trim().split('\n');
  for (const [tag, position] of Object.entries(sample.tags)) {
    const commit = commits[position - 1];
    const date = git(repository, ['show', '--no-patch', '--format=%ad', '--date=raw', commit]);
    const message = sample.lightweight_tags ? [] : ['--annotate', '-m', `${sample.name} ${tag}`];
    git(repository, ['tag', ...message, tag, commit], {
      ...committer,
      GIT_COMMITTER_DATE: date.trim(),
    });
  }
  return commits;
}

function bundle(repository, file) {
  const config = packing.flatMap((entry) => ['-c', entry]);
  const refs = ['HEAD', '--branches', '--tags'];
  git(repository, [...config, 'bundle', 'create', '--quiet', '--version=2', file, ...refs]);
}

/** What the tests of a task are: lines of `FAIL_TO_PASS <id>` and `PASS_TO_PASS <id>`, written by validate.mjs. */
function testLists(file) {
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, 'utf8').split('\n');
  const idsOf = (list) =>
    lines.filter((line) => line.startsWith(`${list} `)).map((line) => line.slice(list.length + 1));
  return { FAIL_TO_PASS: idsOf('FAIL_TO_PASS'), PASS_TO_PASS: idsOf('PASS_TO_PASS') };
}

/** A line of the seed file. The commit that mends the bug is parted into the gold patch and the patch of the tests. */
function seedRow(repository, sample, commits, task) {
  const base = commits[task.fix - 2];
  const difference = (...paths) => {
    const shape = ['-c', 'core.abbrev=10', 'diff', '--no-color', '--no-ext-diff', '--no-renames'];
    return git(repository, [...shape, base, commits[task.fix - 1], '--', ...paths]);
  };
  const stem = join(source, sample.name, task.task);
  return {
    task_id: `${sample.name}__${task.task}`,
    repo: `repos/${sample.name}.bundle`,
    ref: base,
    ...(task.pytest_k ? { pytest_k: task.pytest_k } : {}),
    ...(sample.install ? { install: sample.install } : {}),
    problem_statement: readFileSync(`${stem}.md`, 'utf8'),
    patch: difference(':(glob)**/*.py', ':(exclude)tests'),
    test_patch: difference('tests'),
    ...testLists(`${stem}.tests.txt`),
  };
}

function build(name, out) {
  const folder = join(source, name);
  const sample = JSON.parse(readFileSync(join(folder, 'sample.json'), 'utf8'));
  const patches = readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map((file) => join(folder, file));
  const repository = mkdtempSync(join(tmpdir(), `sample-${name}-`));
  try {
    const commits = replay(repository, sample, patches);
    bundle(repository, join(out, 'repos', `${name}.bundle`));
    return sample.tasks.map((task) => seedRow(repository, sample, commits, task));
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: { out: { type: 'string', default: samples }, only: { type: 'string' } },
});
const out = resolve(values.out);
mkdirSync(join(out, 'repos'), { recursive: true });
const names = values.only === undefined ? readdirSync(source).sort() : [values.only];
const rows = names.flatMap((name) => build(name, out));
writeFileSync(
  join(out, 'seed_tasks.jsonl'),
  rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
);
console.log(`${rows.length} tasks in ${out}`);
