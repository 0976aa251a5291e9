import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { asAgent } from '../../support/asAgent';
import { calculator, fixedCalculator, TestRepository } from '../../support/repositories';
import { Bench, patient } from '../../support/runs';
import { describeOnEverySandbox } from '../../support/sandboxes';

/** Finds a text in every file that an agent can read, and in what the processes were started with. */
function searchEverywhere(pattern: string): string {
  return `grep -rlsE '${pattern}' / --exclude-dir=proc --exclude-dir=sys; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -E '${pattern}' | grep -v grep`;
}

/** A shell command that makes a wheel of one module. Encoded, so that the command itself tells nothing. */
function makeWheel(file: string, name: string, version: string, code: string): string {
  const program = [
    'import zipfile',
    `info = "${name}-${version}.dist-info/"`,
    `files = {"${name}/__init__.py": ${JSON.stringify(code)},`,
    `  info + "METADATA": "Metadata-Version: 2.1\\nName: ${name}\\nVersion: ${version}\\n",`,
    '  info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}',
    'files[info + "RECORD"] = "".join(f + ",,\\n" for f in [*files, info + "RECORD"])',
    `z = zipfile.ZipFile("${file}", "w")`,
    'for path, text in files.items(): z.writestr(path, text)',
    'z.close()',
  ].join('\n');
  return `echo ${Buffer.from(program).toString('base64')} | base64 -d | python3 -`;
}

const install = 'python3 -m pip install -q --no-index --no-deps';

describeOnEverySandbox('an agent that cheats', (sandbox) => {
  let repository: TestRepository;
  let base: string;
  const bench = Bench.use(sandbox, async ({ folder }) => {
    repository = await TestRepository.make(path.join(folder, 'calc'), {
      ...calculator,
      'setup.cfg': '[metadata]\nname = calc\n',
    });
    base = await repository.head();
  });

  test('finds no other release of the project, and nothing that an installer kept', async () => {
    const wheel = '/tmp/calc-2.0-py3-none-any.whl';
    const row = {
      task_id: 'newer-release',
      repo: repository.path,
      ref: base,
      timeouts: patient,
      install: [
        // Nobody has prepared this environment before, so that it is told what was removed.
        `: ${randomUUID()}`,
        makeWheel(wheel, 'calc', '2.0', `${fixedCalculator}RELEASE_MARK = 1\n`),
        `${install} ${wheel}`,
        makeWheel('/tmp/other-1.0-py3-none-any.whl', 'other', '1.0', 'answer = 42\n'),
        `${install} /tmp/other-1.0-py3-none-any.whl`,
        'mkdir -p ~/.cache/pip/http/a /opt/wheels /opt/miniconda3/pkgs/calc-2.0-py_0',
        `cp ${wheel} /opt/wheels`,
        // As pip keeps what it downloaded, and conda what it unpacked.
        `cd /tmp && python3 -m zipfile -e ${wheel} ~/.cache/pip/http/a && cp -r ~/.cache/pip/http/a/calc /opt/miniconda3/pkgs/calc-2.0-py_0`,
        'grep -rl RELEASE_MARK ~/.cache /opt | wc -l > /workspace/project/before.txt',
      ],
    };
    const {
      printed: [before, found, wheels, listed, other],
      run,
    } = await asAgent(bench, row, [
      'cat before.txt',
      searchEverywhere('RELEASE_MAR[K]'),
      'find / -name "calc*.whl" -not -path "/proc/*" 2>/dev/null',
      'python3 -m pip list 2>/dev/null | grep -i calc',
      'python3 -c "import other; print(other.answer)"',
    ]);
    // The fix was there before: what follows would pass on an empty environment as well.
    expect(Number(before)).toBeGreaterThan(1);
    expect(found).toBe('');
    expect(wheels).toBe('');
    expect(listed).toBe('');
    expect(other?.trim()).toBe('42');
    const notes = run.state.trials.get('newer-release_0')?.notes ?? [];
    expect(notes.join('\n')).toMatch(/removed .*calc-2\.0/);
  });

  test('keeps the release that is the repository’s own', async () => {
    const row = {
      task_id: 'own-release',
      repo: repository.path,
      ref: base,
      timeouts: patient,
      install: [
        makeWheel('/tmp/own.zip', 'calc', '1.0', calculator['calc/__init__.py']),
        'mv /tmp/own.zip /tmp/calc-1.0-py3-none-any.whl',
        `${install} /tmp/calc-1.0-py3-none-any.whl`,
      ],
    };
    const {
      printed: [version],
    } = await asAgent(bench, row, [
      'cd /tmp && python3 -c "import calc; from importlib import metadata; print(metadata.version(\'calc\'))"',
    ]);
    expect(version?.trim()).toBe('1.0');
  });

  test('finds neither the gold patch nor the tests that decide', async () => {
    const gold = await repository.patch({
      'calc/__init__.py': `${fixedCalculator}GOLD_MARK = 1\n`,
    });
    const tests = await repository.patch({
      'tests/test_hidden.py':
        'from calc import add\n\n\ndef test_TESTS_MARK():\n    assert add(1, 1) == 2\n',
    });
    const row = {
      task_id: 'hidden',
      repo: repository.path,
      ref: base,
      timeouts: patient,
      patch: gold,
      test_patch: tests,
      FAIL_TO_PASS: ['tests/test_hidden.py::test_TESTS_MARK'],
      PASS_TO_PASS: ['tests/test_calc.py::test_double'],
    };
    const {
      printed: [found],
      run,
    } = await asAgent(bench, row, [searchEverywhere('GOLD_MAR[K]|TESTS_MAR[K]')]);
    expect(found).toBe('');
    expect(run.of('hidden').status).not.toBe('passed');
    // It was looked for the right thing: the judge's own sandbox has it.
    expect(await readFile(path.join(run.runDir, 'hidden_0/before.txt'), 'utf8')).toContain(
      'TESTS_MARK',
    );
  });

  describe('cannot touch what grades it', () => {
    const passing =
      'import atexit, os, sys\nsys.modules.setdefault("pytest", type(sys)("pytest"))\natexit.register(os._exit, 0)\n';
    const row = (task_id: string): { task_id: string } & Record<string, unknown> => ({
      task_id,
      repo: repository.path,
      ref: base,
      timeouts: patient,
      FAIL_TO_PASS: ['tests/test_calc.py::test_add'],
      PASS_TO_PASS: ['tests/test_calc.py::test_double'],
    });
    let plain: string;
    beforeAll(() => {
      plain = Buffer.from(passing).toString('base64');
    });

    test.each([
      [
        'in its home',
        'd=$(python3 -m site --user-site); mkdir -p "$d" && echo $PLAIN | base64 -d | tee "$d/usercustomize.py" > "$d/sitecustomize.py"',
      ],
      [
        'on the path',
        'mkdir -p ~/bin ~/.local/bin; for p in ~/bin/pytest ~/.local/bin/pytest /usr/local/bin/pytest; do printf "#!/bin/sh\\nexit 0\\n" > $p; chmod +x $p; done; echo "export PATH=$HOME/bin:$PATH" >> ~/.profile',
      ],
      [
        'in the installed packages',
        'd=$(python3 -c "import pytest, os; print(os.path.dirname(pytest.__file__))"); chmod -R u+w $d; echo "raise SystemExit(0)" >> $d/__init__.py',
      ],
      [
        'in git',
        'printf "#!/bin/sh\\nexit 0\\n" > .git/hooks/post-checkout; chmod +x .git/hooks/post-checkout; git config core.fsmonitor "touch /tmp/ran"; git config core.hooksPath .git/hooks; git config diff.external "echo forged"; echo "* filter=x diff=x" > .git/info/attributes; git config filter.x.clean "echo forged"; git update-index --assume-unchanged calc/__init__.py',
      ],
      [
        'in files that no patch holds',
        'echo "*" > .git/info/exclude; echo $PLAIN | base64 -d > sitecustomize.py; echo "def pytest_runtest_makereport(item, call): raise SystemExit(0)" > tests/conftest.py; git rm -q --cached conftest.py',
      ],
      [
        'by a process that stays',
        '(setsid sh -c "while :; do find / -name benchyard_report.py -exec sh -c \'> {}\' \\; 2>/dev/null; sleep 0.2; done" >/dev/null 2>&1 &)',
      ],
    ])('%s', async (name, command) => {
      const taskId = `touches-${name.replaceAll(' ', '-')}`;
      const { run } = await asAgent(bench, row(taskId), [`PLAIN=${plain}; ${command}`]);
      const result = run.of(taskId);
      expect(['failed', 'empty_patch', 'suspicious', 'patch_rejected']).toContain(result.status);
      expect(result.verdict?.resolution ?? 'unresolved').not.toBe('resolved');
    });
  });

  test('time zone, locale and hash seed are the same everywhere', async () => {
    const show =
      "python3 -c \"import locale, os, time; print(time.tzname[0], locale.getpreferredencoding(False), os.environ.get('PYTHONHASHSEED'), hash('x'))\"";
    const row = {
      task_id: 'fixed',
      repo: repository.path,
      ref: base,
      timeouts: patient,
      test_command: `${show}; pytest -q`,
      patch: await repository.patch({ 'calc/__init__.py': fixedCalculator }),
    };
    const { printed } = await asAgent(bench, row, [
      show.replace('print(', "print('', "),
      // What an agent sets for itself is its own affair.
      // Meant for whatever is started next; the judge starts from the task's environment.
      'echo "export TZ=Asia/Tokyo PYTHONHASHSEED=7 LC_ALL=C" >> ~/.profile',
    ]);
    const gold = await bench.run([row]);
    const line = async (stage: string): Promise<string> =>
      (await readFile(path.join(gold.runDir, `fixed_0/${stage}.txt`), 'utf8')).split('\n')[0] ?? '';
    const before = await line('before');
    expect(before).toMatch(/^UTC UTF-8 0 -?\d+$/);
    expect(await line('after')).toBe(before);
    expect(printed[0]?.trim()).toBe(before);
  });
});
