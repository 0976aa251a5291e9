import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrialState } from '../../../src/runner/model';
import { calculator, fixedCalculator, TestRepository } from '../../support/repositories';
import type { EndedRun } from '../../support/runs';
import { Bench } from '../../support/runs';
import { describeOn } from '../../support/sandboxes';

const repository = 'spec-test/calc';

const files = {
  ...calculator,
  'setup.py':
    "from setuptools import setup\n\nsetup(name='calc', version='1.0', packages=['calc'])\n",
  // What needs no network to be there: tests that say themselves how they ended.
  'tests/run.py':
    "import test_calc\n\nfor name in sorted(vars(test_calc)):\n    if name.startswith('test_'):\n        try:\n            getattr(test_calc, name)()\n            print('PASSED', name)\n        except AssertionError:\n            print('FAILED', name)\n",
};

/** The script of an official row, in the datasets' own form. */
function evalScript(base: string, testPatch: string): string {
  return `#!/bin/bash
set -uxo pipefail
source /opt/miniconda3/bin/activate
conda activate testbed
cd /testbed
git config --global --add safe.directory /testbed
cd /testbed
git status
git show
git -c core.fileMode=false diff ${base}
source /opt/miniconda3/bin/activate
conda activate testbed
python -m pip install -e .
git checkout ${base} tests/test_calc.py
git apply -v - <<'EOF_114329324912'
${testPatch}
EOF_114329324912
: '>>>>> Start Test Output'
python tests/run.py
: '>>>>> End Test Output'
git checkout ${base} tests/test_calc.py
`;
}

describeOn('docker', 'environments from specs', () => {
  const docker = new Docker();
  let row: Readonly<Record<string, unknown>> = {};
  let mirrors: Record<string, string> = {};
  let gold: EndedRun;
  const bench = Bench.use('docker', async ({ folder }) => {
    const made = await TestRepository.make(path.join(folder, 'calc'), files);
    const base = await made.head();
    mirrors = { [`https://github.com/${repository}`]: 'calc' };
    const testPatch = await made.patch({
      'tests/test_calc.py': files['tests/test_calc.py'].replace('== 5', '== 5 and add(1, 1) == 2'),
    });
    row = {
      instance_id: 'spec-test__calc-1',
      repo: repository,
      base_commit: base,
      version: '1.0',
      created_at: '2024-01-15T12:00:00Z',
      // Nobody listens there.
      image: 'localhost:9/spec-test/none:latest',
      patch: await made.patch({ 'calc/__init__.py': fixedCalculator }),
      test_patch: testPatch,
      eval_script: evalScript(base, testPatch),
      log_parser: 'parse_log_pytest',
      FAIL_TO_PASS: ['test_add'],
      PASS_TO_PASS: ['test_double'],
    };
  });
  /** With a specs file that is named as a user would: relative to the working folder. */
  async function runWith(recipe: object): Promise<EndedRun> {
    const specs = { repository, all: { python: '3.11' }, versions: [{ of: ['1.0'], ...recipe }] };
    await writeFile(path.join(bench.folder, 'specs.json'), JSON.stringify(specs));
    const config = { repository_mirrors: mirrors, specs: ['specs.json'], agent: 'gold' };
    return await bench.run([row], config);
  }
  /** Also before: what tests that were killed have left would be found, where they want it made. */
  async function forget(): Promise<void> {
    const filters = { label: ['benchyard.kind=snapshot'] };
    for (const snapshot of await docker.listImages({ filters }))
      if (snapshot.Labels['benchyard.snapshot.title']?.includes(repository))
        await docker.getImage(snapshot.Id).remove({ force: true });
  }
  beforeAll(async () => {
    await forget();
    gold = await runWith({ install: 'python -m pip install -e .' });
  });
  afterAll(forget);

  const logOf = ({ runDir }: EndedRun, name: string): Promise<string> =>
    readFile(path.join(runDir, 'spec-test__calc-1_0', name), 'utf8');
  const trialOf = ({ state }: EndedRun): TrialState | undefined =>
    state.trials.get('spec-test__calc-1_0');
  const stagesOf = (run: EndedRun): Record<string, string> =>
    Object.fromEntries(trialOf(run)?.stages.map(({ stage, cause }) => [stage, cause]) ?? []);

  test('an official task whose image cannot be had runs in one, its script unchanged', () => {
    const result = gold.of('spec-test__calc-1');
    expect(result).toMatchObject({ status: 'passed', before: { passed: 1, failed: 1 } });
    expect(stagesOf(gold)).toMatchObject({ packages: 'done', clone: 'done', install: 'done' });
    expect(trialOf(gold)?.notes.join('\n')).toMatch(/localhost:9.*built from its spec instead/s);
  });

  test('installing again in a trial does not wait for a network that is not there', async () => {
    const log = await logOf(gold, 'after.txt');
    expect(log).toContain('Successfully installed calc-1.0');
    expect(log).not.toMatch(/Retrying|Could not find|Installing build dependencies/);
    expect(await logOf(gold, 'packages.txt')).toContain('Looking in indexes: http://127.0.0.1:');
  });

  test('another task of the same spec starts from the packages that are there', async () => {
    const other = await runWith({ install: ['python -m pip install -e .', 'true'] });
    expect(stagesOf(other)).toMatchObject({
      packages: 'snapshot',
      install: 'done',
    });
  }, 240_000);
});
