// `npm test`: every tier one after the other, each with its own output, then how long each took, what was skipped, and a
// closing line of the form `N passed, N failed, N skipped` over all of them. A failing tier does not stop the others.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const vitestArguments = (file) => [
  '--',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${file}`,
];

/** A tier is one npm script and a way to learn its counts: none, vitest's report, or that of the tests inside VS Code. */
const tiers = [
  // What tests need is downloaded and compiled while the code is checked: none of it has limits of time to be broken.
  { script: 'check', counts: 'none', beside: ['setup:vscode', 'setup:images'] },
  { script: 'build', counts: 'none' },
  { script: 'test:unit', counts: 'vitest' },
  { script: 'test:contract', counts: 'vitest' },
  { script: 'test:mle', counts: 'vitest' },
  { script: 'test:run', counts: 'vitest' },
  { script: 'test:judge', counts: 'vitest' },
  { script: 'test:slurm', counts: 'vitest' },
  { script: 'test:kubernetes', counts: 'vitest' },
  { script: 'test:integration', counts: 'mocha' },
  { script: 'test:cli', counts: 'vitest' },
  { script: 'test:server', counts: 'vitest' },
  { script: 'test:e2e', counts: 'vitest' },
];

const nothing = { passed: 0, failed: 0, skipped: 0, skippedNames: [], failures: [] };

async function npmRun(script, { args = [], env = {}, stdio = 'inherit' } = {}) {
  const child = spawn('npm', ['run', '--silent', script, ...args], {
    stdio,
    env: { ...process.env, ...env },
  });
  const [status, signal] = await once(child, 'exit');
  return status ?? `ended by ${signal}`;
}

/** Runs a script whose failure shows again, with its output, in the tier that needs what it makes. */
const runBeside = (script) => npmRun(script, { stdio: ['ignore', 'ignore', 'ignore'] });

async function readCounts(kind, file) {
  if (kind === 'none') return nothing;
  const report = JSON.parse(await readFile(file, 'utf8'));
  if (kind === 'mocha') {
    const { passes: passed, failures: failed, pending: skipped } = report;
    return { ...nothing, passed, failed, skipped, failures: report.failed };
  }
  const tests = report.testResults.flatMap((suite) => suite.assertionResults);
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  const suites = report.testResults
    .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
    .map(({ name, message }) => ({ name, message }));
  const failures = tests
    .filter(({ status }) => status === 'failed')
    .map(({ fullName: name, failureMessages: [message = ''] }) => ({ name, message }));
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: skipped.length,
    skippedNames: skipped.map((test) => test.fullName),
    failures: [...suites, ...failures],
  };
}

async function runTier(tier, directory) {
  console.log(`\n===== npm run ${tier.script} =====`);
  const started = Date.now();
  const file = path.join(directory, `${tier.script.replace(':', '-')}.json`);
  const [status] = await Promise.all([
    npmRun(tier.script, {
      args: tier.counts === 'vitest' ? vitestArguments(file) : [],
      env: tier.counts === 'mocha' ? { BENCHYARD_TEST_RESULT: file } : {},
    }),
    ...(tier.beside ?? []).map(runBeside),
  ]);
  const counts = await readCounts(tier.counts, file).catch(() => nothing);
  // A tier that ends badly without naming a failed test (it did not even start, say) is one failure; so is one whose
  // counts are missing, whatever its status.
  const ran = tier.counts === 'none' || counts.passed + counts.failed > 0;
  const failed = Math.max(counts.failed, status === 0 && ran ? 0 : 1);
  return { ...tier, ...counts, failed, seconds: (Date.now() - started) / 1000 };
}

function report(results) {
  console.log('\n===== all tiers =====');
  for (const { script, seconds, passed, failed, skipped } of results) {
    const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
    console.log(`${script.padEnd(18)}${seconds.toFixed(1).padStart(7)} s   ${counts}`);
  }
  for (const { script, skippedNames } of results) {
    for (const name of skippedNames) console.log(`SKIPPED in ${script}: ${name}`);
  }
  // Said again here, since whoever reads a long log reads its end.
  for (const { script, failures } of results) {
    for (const { name, message } of failures) {
      console.log(
        `FAILED in ${script}: ${name}\n${message.trim().replace(/^/gm, '    ').slice(0, 1500)}`,
      );
    }
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const seconds = results.reduce((total, result) => total + result.seconds, 0);
  console.log(`${'together'.padEnd(18)}${seconds.toFixed(1).padStart(7)} s`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed') === 0 ? 0 : 1;
}

const directory = await mkdtemp(path.join(tmpdir(), 'benchyard-tests-'));
try {
  const results = [];
  for (const tier of tiers) results.push(await runTier(tier, directory));
  process.exitCode = report(results);
} finally {
  await rm(directory, { recursive: true, force: true });
}
