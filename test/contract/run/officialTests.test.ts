import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OfficialReport } from '../../../src/runner/index';
import type { RunConfigInput } from '../../../src/runner/model';
import { OfficialTasks } from '../../support/officialTasks';
import type { Files } from '../../support/repositories';
import { calculator, fixedCalculator } from '../../support/repositories';
import type { EndedRun } from '../../support/runs';
import { Bench } from '../../support/runs';
import { describeOn } from '../../support/sandboxes';

const wrong = calculator['calc/__init__.py'];
const names = ['test_add', 'test_double'].map((name) => `tests/test_calc.py::${name}`);
const passes = names.map((name) => `PASSED ${name}\\n`).join('');
/** Past pytest's own capture, by the way of the shell that started it. */
const say = (text: string): string =>
  `import os\nout = open("/proc/%d/fd/1" % os.getppid(), "w")\nout.write("\\n${text}")\nout.flush()\n`;
const atImport = (code: string): Files => ({ 'calc/__init__.py': `${code}\n${wrong}` });

/** What leaves 2 + 3 at -1 and wants a log that says otherwise. */
const spoofs: Record<string, Files> = {
  'a conftest that prints passes at the very end': {
    'conftest.py': `import atexit\n\n@atexit.register\ndef end():\n    ${say(passes).trim().replaceAll('\n', '\n    ')}\n    os._exit(0)\n`,
  },
  'a conftest that prints passes and leaves': { 'conftest.py': `${say(passes)}os._exit(0)\n` },
  'a conftest that changes outcomes': {
    'conftest.py': `
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome = "passed"
    report.longrepr = None
`,
  },
  'configuration that leaves the reporter out': {
    'setup.cfg': '[tool:pytest]\naddopts = -p no:benchyard_report\n',
    ...atImport('import _pytest.python\n_pytest.python.Function.runtest = lambda self: None'),
  },
  'source that prints passes and leaves': atImport(`${say(passes)}os._exit(0)`),
  'source that prints passes and exits': atImport(
    `${say(passes)}import pytest\npytest.exit("done", returncode=0)`,
  ),
  'source that prints the markers': atImport(
    `${say(`+ : '>>>>> Start Test Output'\\n${passes}+ : '>>>>> End Test Output'\\n`)}os._exit(0)`,
  ),
  'source that replaces the reports of pytest': atImport(`
import _pytest.reports, _pytest.runner
original = _pytest.reports.TestReport.from_item_and_call
def pass_it(item, call):
    call.excinfo = None
    return original(item, call)
_pytest.reports.TestReport.from_item_and_call = staticmethod(pass_it)
_pytest.runner.TestReport.from_item_and_call = staticmethod(pass_it)
`),
  'source that writes the report': atImport(`
import json
${say(passes)}
report = open("/tmp/.benchyard/report.jsonl", "a")
for record in (
    {"type": "start", "pytest": "8", "python": "3", "rootdir": "/testbed"},
    {"type": "test", "id": "${names[0] ?? ''}", "outcome": "passed", "duration": 0.1},
    {"type": "test", "id": "${names[1] ?? ''}", "outcome": "passed", "duration": 0.1},
    {"type": "end", "exit": 0, "intact": True, "judges": []},
):
    report.write(json.dumps(record) + "\\n")
report.close()
os._exit(0)
`),
  'source that empties the report': atImport(
    `${say(passes)}os.truncate("/tmp/.benchyard/report.jsonl", 0)\nos._exit(0)`,
  ),
};

/** What mends the calculator, also with changes beside it. */
const fixes: Record<string, Files> = {
  'the fix alone': { 'calc/__init__.py': fixedCalculator },
  'the fix with a test of its own': {
    'calc/__init__.py': fixedCalculator,
    'tests/test_more.py': 'def test_more():\n    assert True\n',
  },
  'the fix with harmless changes of what steers the tests': {
    'calc/__init__.py': fixedCalculator,
    'conftest.py': 'import os\n',
    'setup.cfg': '[tool:pytest]\nmarkers = slow\n',
  },
};

/** What neither mends it nor lies about it. */
const failures: Record<string, Files> = {
  'nothing of use': { 'NEWS.txt': 'nothing\n' },
  'an import that breaks': atImport('import no_such_module'),
};

describeOn('docker', 'evaluation by the official script', () => {
  const docker = new Docker();
  let official: OfficialTasks | null = null;
  const bench = Bench.use('docker', async ({ host, folder }) => {
    official = await OfficialTasks.make(host, path.join(folder, 'image'));
  });
  afterAll(() => official?.remove(docker));

  const all = { ...spoofs, ...fixes, ...failures };
  const ids = new Map(Object.keys(all).map((name, n) => [name, `official-test__calculator-${n}`]));
  const idOf = (name: string): string => ids.get(name) ?? '';

  async function evaluate(names: readonly string[], config: RunConfigInput): Promise<EndedRun> {
    if (official === null) throw new Error('no image');
    const predictions = path.join(bench.folder, 'predictions.jsonl');
    const lines: string[] = [];
    for (const name of names)
      lines.push(
        JSON.stringify({
          instance_id: idOf(name),
          model_name_or_path: 'a/model',
          model_patch: await official.patch(all[name] ?? {}),
        }),
      );
    await writeFile(predictions, `${lines.join('\n')}\n`);
    const rows = names.map((name) => official?.row(idOf(name)) ?? {});
    return await bench.run(rows, {
      agent: 'predictions',
      predictions,
      tests_before: false,
      ...config,
    });
  }

  const fileOf = (run: EndedRun, name: string, file: string): Promise<string> =>
    readFile(path.join(run.runDir, `${idOf(name)}_0`, file), 'utf8');
  const reportOf = async (run: EndedRun, name: string): Promise<OfficialReport | undefined> =>
    (JSON.parse(await fileOf(run, name, 'report.json')) as Record<string, OfficialReport>)[
      idOf(name)
    ];

  describe.each([
    { grading: 'v5', of: Object.keys(all) },
    {
      grading: 'v4',
      of: ['the fix alone', 'source that prints passes and leaves', 'nothing of use'],
    },
  ] as const)('by the rules of $grading', ({ grading, of }) => {
    let run: EndedRun;
    beforeAll(async () => {
      run = await evaluate(of, { grading });
    });
    const these = (patches: Record<string, Files>): readonly string[] =>
      of.filter((name) => name in patches);

    test.each(these(fixes))('%s: resolved', async (name) => {
      expect(run.of(idOf(name))).toMatchObject({
        status: 'passed',
        detail: null,
        verdict: { resolution: 'resolved' },
        after: { evidence: 'log_and_report', passed: 2 },
      });
      expect(await reportOf(run, name)).toMatchObject({ resolved: true });
    });

    test.each(these(spoofs))('%s: suspicious', async (name) => {
      const { status, cause, verdict } = run.of(idOf(name));
      expect({ status, told: cause !== null }).toEqual({ status: 'suspicious', told: true });
      expect(verdict?.resolution).toBe('unresolved');
      expect(await reportOf(run, name)).toMatchObject({ resolved: false });
    });

    test.each(these(failures))('%s: failed, and nobody is suspected', async (name) => {
      expect(run.of(idOf(name))).toMatchObject({ status: 'failed' });
      expect(await reportOf(run, name)).toMatchObject({ resolved: false });
    });
  });

  test('before the patch the tests fail; what was run and said stands in the folder', async () => {
    const patch = await official?.patch({ 'calc/__init__.py': fixedCalculator });
    const row = official?.row('official-test__calculator-gold', { patch }) ?? {};
    const run = await bench.run([row], { agent: 'gold' });
    const result = run.of('official-test__calculator-gold');
    expect(result).toMatchObject({
      status: 'passed',
      before: { passed: 1, failed: 1, end: 'completed' },
      after: { passed: 2, failed: 0, exit_code: 0 },
    });
    const folder = path.join(run.runDir, 'official-test__calculator-gold_0');
    const log = await readFile(path.join(folder, 'test_output.txt'), 'utf8');
    expect(log).toContain("+ : '>>>>> Start Test Output'\n");
    expect(log).toContain('>>>>> Test Exit Code: 0\n');
    expect(await readFile(path.join(folder, 'eval.sh'), 'utf8')).toMatch(
      /^#!\/bin\/bash\nset -uxo pipefail\n/,
    );
  });
});
