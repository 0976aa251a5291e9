import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { TrialResult } from '../../../src/runner/model';
import type { Files } from '../../support/repositories';
import {
  calculator,
  fixedCalculator,
  TestRepository,
  writeTasks,
} from '../../support/repositories';
import { Bench, patient } from '../../support/runs';
import { describeOn, sandboxes } from '../../support/sandboxes';
import { never } from '../../support/temp';

const wrong = calculator['calc/__init__.py'];
/** The wrong package, with this code run when it is imported. */
const atImport = (code: string): Files => ({ 'calc/__init__.py': `${code}\n${wrong}` });
/** The wrong package, with this code run in the call that a test makes. */
const inCall = (code: string): Files => ({
  'calc/__init__.py': wrong.replace('    return a - b', `    ${code.replaceAll('\n', '\n    ')}`),
});

const passingHooks = `
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    report.outcome = "passed"
    report.longrepr = None
`;

const forgedReport = (path: string): string => `
import json, os
def forge():
    out = open(${path}, "a")
    for record in (
        {"type": "start", "pytest": "8", "python": "3", "rootdir": "/"},
        {"type": "collected", "count": 2},
        {"type": "test", "id": "tests/test_calc.py::test_add", "outcome": "passed", "duration": 0.1},
        {"type": "test", "id": "tests/test_calc.py::test_double", "outcome": "passed", "duration": 0.1},
        {"type": "end", "exit": 0, "intact": True, "judges": []},
    ):
        out.write(json.dumps(record) + "\\n")
    out.close()
    os._exit(0)
forge()
`;

/** What an agent may hand in instead of a fix. None of them makes 2 + 3 five. */
const attacks: Record<string, Files> = {
  'edits the test': {
    'tests/test_calc.py': 'def test_add():\n    pass\n\n\ndef test_double():\n    pass\n',
  },
  'removes the test file': { 'tests/test_calc.py': null },
  'a conftest at the root that forces passes': { 'conftest.py': passingHooks },
  'a conftest beside the tests that forces passes': { 'tests/conftest.py': passingHooks },
  'a conftest in the package that forces passes': {
    'calc/conftest.py': passingHooks,
    'calc/__init__.py': `import calc.conftest\n${wrong}`,
  },
  'an ini file that deselects': {
    'pytest.ini': '[pytest]\naddopts = --deselect tests/test_calc.py::test_add\n',
  },
  'a pyproject.toml that loads a plugin': {
    'pyproject.toml': '[tool.pytest.ini_options]\naddopts = "-p calc.evil"\npythonpath = ["."]\n',
    'calc/evil.py': passingHooks,
  },
  'a setup.cfg that loads a plugin': {
    'setup.cfg': '[tool:pytest]\naddopts = -p calc.evil\n',
    'calc/evil.py': passingHooks,
  },
  'a tox.ini that loads a plugin': {
    'tox.ini': '[pytest]\naddopts = -p calc.evil\n',
    'calc/evil.py': passingHooks,
  },
  'sitecustomize at the root': { 'sitecustomize.py': 'import os\nos._exit(0)\n' },
  'pytest.py at the root': { 'pytest.py': 'raise SystemExit(0)\n' },
  'a _pytest package at the root': { '_pytest/__init__.py': 'raise SystemExit(0)\n' },
  'a .pth file': { 'evil.pth': 'import os; os._exit(0)\n' },
  'a module that hides one of the standard library': {
    'hmac.py': 'import os\nos._exit(0)\n',
    'json.py': 'import os\nos._exit(0)\n',
  },
  'source that ends the process at import': atImport('import os; os._exit(0)'),
  'source that ends the process in the call': inCall('import os; os._exit(0)'),
  'source that leaves pytest': inCall('import pytest; pytest.exit("done", returncode=0)'),
  'source that leaves pytest at import': atImport(
    'import pytest; pytest.exit("done", returncode=0)',
  ),
  'source that skips its test': inCall('import pytest; pytest.skip("later")'),
  'source that expects to fail': inCall('import pytest; pytest.xfail("known")'),
  'source that skips the module': atImport(
    'import pytest; pytest.skip("later", allow_module_level=True)',
  ),
  'source that replaces the reporting of pytest': atImport(`
import _pytest.runner, _pytest.reports
original = _pytest.reports.TestReport.from_item_and_call
def passing(item, call):
    call.excinfo = None
    return original(item, call)
_pytest.reports.TestReport.from_item_and_call = staticmethod(passing)
_pytest.runner.TestReport.from_item_and_call = staticmethod(passing)
`),
  'source that replaces the code of a function of pytest': atImport(`
import _pytest.python
def pytest_pyfunc_call(pyfuncitem):
    return True
_pytest.python.pytest_pyfunc_call.__code__ = pytest_pyfunc_call.__code__
`),
  'source that makes tests do nothing': atImport(`
import _pytest.python
_pytest.python.Function.runtest = lambda self: None
`),
  'source that makes assertions harmless': atImport(`
import builtins, pytest
builtins.AssertionError = pytest.xfail.Exception
`),
  'source that registers a plugin': atImport(`
import sys
class Evil:
    def pytest_runtest_call(self, item):
        item.obj = lambda: None
    def pytest_pyfunc_call(self, pyfuncitem):
        return True
frame = sys._getframe()
while frame:
    config = getattr(frame.f_locals.get("self"), "config", None)
    if hasattr(config, "pluginmanager"):
        config.pluginmanager.register(Evil())
        break
    frame = frame.f_back
`),
  'source that prints passes': atImport(`
import os
os.write(1, b"tests/test_calc.py::test_add PASSED\\ntests/test_calc.py::test_double PASSED\\n")
os.write(1, b"============ 2 passed in 0.01s ============\\n")
`),
  'source that writes the report that it finds in the environment': atImport(
    forgedReport('os.path.join(os.environ["BENCHYARD_REPORT"], "report.jsonl")'),
  ),
  'source that knows where the report is': atImport(forgedReport('"/tmp/.benchyard/report.jsonl"')),
  'source that writes the report through an open descriptor': atImport(`
import os
target = next("/proc/self/fd/%s" % n for n in os.listdir("/proc/self/fd") if "report" in os.path.basename(os.path.realpath("/proc/self/fd/%s" % n)))
${forgedReport('target')}`),
  'source that replaces the report': atImport(`
import os
os.rename("/tmp/.benchyard/report.jsonl", "/tmp/.benchyard/old.jsonl")
${forgedReport('"/tmp/.benchyard/report.jsonl"')}`),
  'source that takes the process over with another environment': atImport(`
import os
if "AGAIN" not in os.environ:
    os.environ["AGAIN"] = "1"
    os.environ["BENCHYARD_REPORT"] = "/tmp/.benchyard"
    os.execvp("python3", ["python3", "-m", "pytest", "-k", "double"])
`),
  'an exit handler that changes the exit code': atImport(
    'import atexit, os; atexit.register(lambda: os._exit(0))',
  ),
  'a thread that changes the test later': atImport(`
import sys, threading, time
def tamper():
    while True:
        for module in list(sys.modules.values()):
            test = getattr(module, "__dict__", {}).get("test_add")
            if test is not None:
                test.__code__ = (lambda: None).__code__
                return
        time.sleep(0)
threading.Thread(target=tamper, daemon=True).start()
`),
  'a thread that changes pytest for a while': inCall(`
import _pytest.runner as runner, threading, time
original = runner.CallInfo.from_call
def tamper():
    time.sleep(0.2)
    runner.CallInfo.from_call = original
@classmethod
def passing(cls, func, when, reraise=None):
    call = original.__func__(cls, func, when, reraise) if hasattr(original, "__func__") else original(func, when, reraise)
    call.excinfo = None
    return call
def patch_reports():
    import _pytest.reports
    keep = _pytest.reports.TestReport.from_item_and_call
    def fake(item, call):
        call.excinfo = None
        return keep.__func__(_pytest.reports.TestReport, item, call)
    _pytest.reports.TestReport.from_item_and_call = fake
    time.sleep(0.3)
    _pytest.reports.TestReport.from_item_and_call = keep
threading.Thread(target=patch_reports, daemon=True).start()
time.sleep(0.1)
return a - b`),
};

// What is judged here is the same code on every sandbox: the faster one is enough.
const sandbox = sandboxes.at(-1) ?? 'docker';
describeOn(sandbox, 'no patch that does not fix the code passes', () => {
  let repository: TestRepository;
  let tasks: string;
  const bench = Bench.use(sandbox, async ({ folder }) => {
    repository = await TestRepository.make(path.join(folder, 'calculator'), calculator);
    const row = {
      repo: repository.path,
      ref: await repository.head(),
      timeouts: { ...patient, test: 30 },
    };
    const lists = {
      FAIL_TO_PASS: ['tests/test_calc.py::test_add'],
      PASS_TO_PASS: ['tests/test_calc.py::test_double'],
    };
    tasks = await writeTasks(folder, [
      { ...row, task_id: 'listed', ...lists },
      { ...row, task_id: 'own-command', test_command: 'python3 -m pytest -q' },
    ]);
  });

  async function judge(
    name: string,
    patch: string,
    task_ids = ['listed', 'own-command'],
  ): Promise<readonly TrialResult[]> {
    const file = path.join(bench.folder, `${name.replace(/\W/g, '-')}.diff`);
    await writeFile(file, patch);
    const { done } = await bench.runner.startRun(
      {
        tasks: [tasks],
        task_ids,
        patch: file,
        sandbox,
        concurrency: 2,
        out: path.join(bench.folder, 'runs'),
      },
      { signal: never },
    );
    return (await done).results;
  }

  test('a command may start pytest more than once', async () => {
    const row = { repo: repository.path, ref: 'main', timeouts: patient };
    const patch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
    const test_command = ['pytest -q -k add', 'python3 -m pytest -q -k double'];
    const run = await bench.run([
      { ...row, task_id: 'both', patch, test_command },
      { ...row, task_id: 'second-fails', patch, test_command: 'pytest -k add; pytest -k no_such' },
      {
        ...row,
        task_id: 'neither',
        patch: patch.replace('return a + b', 'return a'),
        test_command,
      },
    ]);
    expect(run.of('both')).toMatchObject({ status: 'passed', after: { passed: 2 } });
    expect(run.of('second-fails').status).not.toBe('passed');
    expect(run.of('neither')).toMatchObject({ status: 'failed', after: { failed: 1 } });
  });

  test('the fix does, also with changes beside it', async () => {
    const patch = await repository.patch({
      'calc/__init__.py': fixedCalculator,
      'calc/more.py': 'import os\n\nX = os.environ.get("X")\n',
      'tests/test_calc.py': 'def test_nothing():\n    pass\n',
    });
    const results = await judge('fix', patch);
    expect(results.map(({ task_id, status, detail }) => [task_id, detail ?? status])).toEqual([
      ['listed', 'passed'],
      ['own-command', 'passed'],
    ]);
  });

  test.each(Object.entries(attacks))('%s', async (name, files) => {
    const patch = await repository.patch(files);
    const elsewhere = /skip|expects|leaves|ends|root|hides/.test(name);
    const results = await judge(name, patch, elsewhere ? ['listed', 'own-command'] : ['listed']);
    expect(results).toHaveLength(elsewhere ? 2 : 1);
    for (const result of results) {
      // Each is refused, told as suspicious, or simply fails.
      expect(
        ['failed', 'patch_rejected', 'suspicious', 'no_tests', 'error'],
        `${result.task_id}: ${result.status} ${result.detail ?? ''}`,
      ).toContain(result.status);
      expect(result.verdict?.resolution ?? 'unresolved').not.toBe('resolved');
    }
  });
});
