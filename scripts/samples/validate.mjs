// Runs every sample task in a container, offline: before (the test patch alone), after (with the gold patch), and with
// each patch of samples/patches, none of which may resolve its task.
// node scripts/samples/validate.mjs --image IMAGE [--task-id ID] [--write]   --write records the lists of tests in samples/src
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const samples = resolve(import.meta.dirname, '../../samples');

/** Stages print `@name milliseconds exit-status`; the tests that follow a stage's line are of the stage after it. */
const script = String.raw`
set -u
stage() {
  name=$1; shift; start=$(date +%s%3N)
  "$@" </dev/null >"/tmp/log" 2>&1; status=$?
  if [ "$name" != clone ] && [ "$name" != install ]; then grep -E '^(PASSED|FAILED|ERROR) ' /tmp/log; fi
  echo "@$name $(( $(date +%s%3N) - start )) $status"
}
clone() { git clone -q "/samples/$REPO" /project && cd /project && git checkout -q "$REF" && git apply /task/test.patch; }
tests() { timeout 5 pytest -q -rA --tb=no -p no:cacheprovider ${'${PYTEST_K:+-k "$PYTEST_K"}'}; }
stage clone clone
cd /project
stage install sh -ec "$INSTALL"
stage before tests
for patch in /task/*.try; do
  git apply "$patch" || echo "@apply 0 1"
  stage "$(basename "$patch" .try)" tests
  git apply -R "$patch"
done
`;

/** Runs one task; returns its stages by name: milliseconds, exit status, tests that passed and that did not. */
function runTask(task, tries, image) {
  const folder = mkdtempSync(join(tmpdir(), 'sample-task-'));
  try {
    writeFileSync(join(folder, 'test.patch'), task.test_patch);
    for (const [name, patch] of Object.entries(tries)) {
      writeFileSync(join(folder, `${name}.try`), patch);
    }
    const env = {
      PIP_BREAK_SYSTEM_PACKAGES: '1', // as in Benchyard's install stage
      REPO: task.repo,
      REF: task.ref,
      INSTALL: task.install ?? '',
      PYTEST_K: task.pytest_k ?? '',
    };
    const flags = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const mounts = ['-v', `${samples}:/samples:ro`, '-v', `${folder}:/task:ro`];
    const args = ['run', '--rm', '--network', 'none', ...mounts, ...flags, image];
    return readStages(
      execFileSync('docker', [...args, 'sh', '-c', script], { encoding: 'utf8', stdio: 'pipe' }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readStages(output) {
  const stages = {};
  let passed = [];
  let failed = [];
  for (const line of output.split('\n')) {
    const [, name, ms, status] = /^@(\S+) (\d+) (\d+)$/.exec(line) ?? [];
    if (name) {
      stages[name] = { ms: Number(ms), status: Number(status), passed, failed };
      passed = [];
      failed = [];
      continue;
    }
    // A parametrized id may hold blanks; only what did not pass is followed by ` - ` and the reason.
    const [, outcome, text = ''] = /^(PASSED|FAILED|ERROR) (.+)/.exec(line) ?? [];
    const id = outcome === 'PASSED' ? text : text.split(' - ')[0];
    if (id) (outcome === 'PASSED' ? passed : failed).push(id);
  }
  return stages;
}

/** The patches of samples/patches that are meant for a task, by what their names say about them. */
function wrongPatches(taskId) {
  const folder = join(samples, 'patches');
  const files = readdirSync(folder).filter((file) => file.startsWith(`${taskId}.`));
  return Object.fromEntries(
    files.map((file) => [file.split('.')[1], readFileSync(join(folder, file), 'utf8')]),
  );
}

function listsOf(stages) {
  const after = [...stages.gold.passed].sort();
  const before = new Set(stages.before.passed);
  return {
    FAIL_TO_PASS: after.filter((id) => !before.has(id)),
    PASS_TO_PASS: after.filter((id) => before.has(id)),
  };
}

function record(task, lists) {
  const [name, short] = task.task_id.split('__');
  const lines = Object.entries(lists).flatMap(([list, ids]) => ids.map((id) => `${list} ${id}\n`));
  writeFileSync(join(samples, 'src', name, `${short}.tests.txt`), lines.join(''));
}

/** Everything that is wrong with a task, in words. */
function problemsOf(task, stages, lists) {
  const problems = [];
  const limits = { clone: 5000, install: 20_000 };
  for (const [name, stage] of Object.entries(stages)) {
    const isTrial = !['clone', 'install', 'before', 'gold', 'apply'].includes(name);
    if (!isTrial && stage.ms > (limits[name] ?? 5000)) problems.push(`${name} took ${stage.ms} ms`);
    if (isTrial && stage.status === 0) problems.push(`${name}.patch resolves the task`);
  }
  if (stages.apply) problems.push('a patch does not apply');
  if (stages.clone.status !== 0 || stages.install.status !== 0) problems.push('no environment');
  if (stages.gold.status !== 0) problems.push('the gold patch does not pass');
  if (lists.FAIL_TO_PASS.length === 0) problems.push('no test fails before');
  for (const list of ['FAIL_TO_PASS', 'PASS_TO_PASS']) {
    const told = [...(task[list] ?? [])].sort();
    if (told.join('\n') !== lists[list].join('\n')) problems.push(`${list} is not what was seen`);
  }
  return problems;
}

/** How a wrong patch fails: how many tests of each list pass with it. */
function describeTrials(stages, lists) {
  return Object.entries(stages)
    .filter(([name]) => !['clone', 'install', 'before', 'gold', 'apply'].includes(name))
    .map(([name, stage]) => {
      const passed = new Set(stage.passed);
      const share = (list) =>
        `${lists[list].filter((id) => passed.has(id)).length}/${lists[list].length}`;
      const end = stage.status === 124 ? ', timed out' : '';
      return ` ${name}: F2P ${share('FAIL_TO_PASS')} P2P ${share('PASS_TO_PASS')}${end}`;
    })
    .join(';');
}

const { values } = parseArgs({
  options: {
    image: { type: 'string', default: 'swebench-lite:py3.10' },
    'task-id': { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const seedFile = join(samples, 'seed_tasks.jsonl');
if (!existsSync(seedFile)) throw new Error(`${seedFile} is missing: npm run samples:build`);
for (const line of readFileSync(seedFile, 'utf8').trim().split('\n')) {
  const task = JSON.parse(line);
  if (values['task-id'] && task.task_id !== values['task-id']) continue;
  const stages = runTask(task, { gold: task.patch, ...wrongPatches(task.task_id) }, values.image);
  const lists = listsOf(stages);
  if (values.write) record(task, lists);
  const problems = values.write ? [] : problemsOf(task, stages, lists);
  const times = ['clone', 'install', 'before', 'gold'].map(
    (name) => `${name} ${stages[name].ms} ms`,
  );
  const counts = `F2P ${lists.FAIL_TO_PASS.length} P2P ${lists.PASS_TO_PASS.length}`;
  console.log(`${task.task_id}: ${counts}, ${times.join(', ')}${describeTrials(stages, lists)}`);
  for (const problem of problems) console.log(`  PROBLEM ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
