import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ToolCallOutcome } from '../../../src/runner/agents/toolbox';
import { Toolbox } from '../../../src/runner/agents/toolbox';
import { sweTools } from '../../../src/runner/benchmarks/swe/tools';
import type { RepositoryTask } from '../../../src/runner/model';
import {
  parseRepositoryRow,
  patchLimitsSchema,
  stageLimitsSchema,
} from '../../../src/runner/model';
import { chooseProvider } from '../../../src/runner/sandbox/providers';
import type { Sandbox, SandboxProvider } from '../../../src/runner/sandbox/sandbox';
import { defaultSandboxLimits } from '../../../src/runner/sandbox/sandbox';
import { calculator, fixedCalculator } from '../../support/repositories';
import { Bench } from '../../support/runs';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { never } from '../../support/temp';

const source = 'calc/__init__.py';
const secret = 'test_that_decides';

function taskOf(more: object = {}): RepositoryTask {
  const row = parseRepositoryRow(
    {
      task_id: 'a',
      repo: '/home/somebody/calculator',
      ref: 'main',
      install: 'pip install .',
      FAIL_TO_PASS: [`tests/test_hidden.py::${secret}`],
      PASS_TO_PASS: [],
      test_patch: `diff --git a/tests/test_hidden.py b/tests/test_hidden.py\n--- /dev/null\n+++ b/tests/test_hidden.py\n@@ -0,0 +1 @@\n+def ${secret}(): pass\n`,
      ...more,
    },
    { file: 'tasks.jsonl', line: 1 },
  );
  if (!row.ok) throw new Error(JSON.stringify(row.problems));
  return row.task;
}

describeOnEverySandbox('tools', (name) => {
  const bench = Bench.use(name);
  let provider: SandboxProvider;
  let sandbox: Sandbox;

  beforeAll(async () => {
    const options = { signal: never, onProgress: () => undefined };
    provider = await chooseProvider(name, bench.host, options);
    sandbox = await provider.create(
      {
        image: await provider.resolveImage(null, options),
        snapshot: null,
        profile: 'trial',
        network: false,
        workdir: '/workspace/project',
        limits: defaultSandboxLimits,
        env: { LC_ALL: 'C.UTF-8' },
        labels: { run: 'tools', trial: 'tools' },
      },
      options,
    );
    for (const [file, content] of Object.entries(calculator)) await put(file, content);
    await sh('git init -q . && git add -A && git -c user.name=a -c user.email=a@b commit -qm a');
  });
  afterAll(async () => {
    await sandbox[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  const put = (file: string, content: string | Uint8Array): Promise<void> =>
    sandbox.writeFile(file, content, { signal: never });
  const bytesOf = async (file: string): Promise<Buffer> =>
    Buffer.from(await sandbox.readFile(file, { signal: never }));
  const textOf = async (file: string): Promise<string> => (await bytesOf(file)).toString('utf8');
  const sh = async (script: string): Promise<void> => {
    const exec = await sandbox.exec(['sh', '-c', script], { timeoutMs: 30_000, signal: never });
    if (exec.exitCode !== 0) throw new Error(Buffer.from(exec.stderr).toString('utf8'));
  };
  const boxFor = (task: RepositoryTask, test = 60): Toolbox =>
    new Toolbox(
      sweTools({
        task,
        sandbox,
        limits: stageLimitsSchema.parse({ test, apply: 60 }),
        patchLimits: patchLimitsSchema.parse({}),
        prepared: [
          { stage: 'clone', cause: 'snapshot', exit_code: null, duration_s: 0 },
          { stage: 'install', cause: 'done', exit_code: 0, duration_s: 2 },
        ],
      }),
    );
  const call = (
    tool: string,
    args: object = {},
    box: Toolbox = boxFor(taskOf()),
  ): Promise<ToolCallOutcome> =>
    box.call({ name: tool, arguments: JSON.stringify(args) }, { signal: never });

  describe('read_file', () => {
    test('numbers lines, and says which of how many they are', async () => {
      await put(
        'lines.txt',
        Array.from({ length: 1000 }, (_, n) => `line ${String(n + 1)}\n`).join(''),
      );
      const all = await call('read_file', { path: 'lines.txt' });
      expect(all.text).toMatch(/^1\tline 1\n[^]*\n400\tline 400\n\(lines 1 to 400 of 1000\)$/);
      const some = await call('read_file', { path: 'lines.txt', start_line: 7, end_line: 8 });
      expect(some.text).toBe('7\tline 7\n8\tline 8\n(lines 7 to 8 of 1000)');
      expect(await call('read_file', { path: 'lines.txt', start_line: 2000 })).toMatchObject({
        ok: false,
        text: 'lines.txt has 1000 lines; there are none from 2000 to 1000.',
      });
    });

    test.each([
      ['missing.txt', /missing\.txt cannot be read/],
      ['calc', /calc cannot be read.*(directory|regular)/],
      ['/proc/1/mem', /cannot be read/],
      ['fifo', /cannot be read/],
      ['binary.bin', /binary file of 4 bytes/],
      ['huge.txt', /cannot be read.*(more than|large)/],
      ['loop', /cannot be read/],
    ])('%s: an answer, not a crash', async (path, text) => {
      await put('binary.bin', Buffer.from([1, 0, 2, 3]));
      await sh(
        'test -p fifo || mkfifo fifo; ln -sfn loop loop; head -c 9000000 /dev/zero | tr "\\0" x > huge.txt',
      );
      const outcome = await call('read_file', { path });
      expect(outcome).toMatchObject({ ok: false, understood: true });
      expect(outcome.text).toMatch(text);
    });

    test('names with anything in them, long lines, links', async () => {
      const path = "it's a\nstrange --name";
      await put(path, `${'x'.repeat(5000)}\n`);
      expect((await call('read_file', { path })).text).toMatch(
        /^1\tx{1000}… \(4000 more characters\)$/,
      );
      await sh('ln -sf lines.txt link.txt');
      expect((await call('read_file', { path: 'link.txt', end_line: 1 })).text).toMatch(
        /^1\tline 1\n/,
      );
    });
  });

  describe('edit_file', () => {
    test('replaces what occurs once, byte for byte around it', async () => {
      await put('edit.txt', 'one\r\ntwo $&\r\nthree\r\n');
      await sh('chmod 755 edit.txt');
      const args = { path: 'edit.txt', old_text: 'one\ntwo $&', new_text: "1\n$& $1 $'" };
      expect(await call('edit_file', args)).toMatchObject({ ok: true, changesFiles: true });
      expect(await textOf('edit.txt')).toBe("1\r\n$& $1 $'\r\nthree\r\n");
      await sh('test -x edit.txt');
    });

    test('a text that occurs more than once, not at all, or nearly', async () => {
      await put('edit.txt', 'a = 1\nb = 2\na = 1\n  c = 3\n');
      const edit = async (old_text: string, more: object = {}): Promise<ToolCallOutcome> =>
        await call('edit_file', { path: 'edit.txt', old_text, new_text: 'z', ...more });
      expect((await edit('a = 1')).text).toContain('occurs 2 times in edit.txt (lines 1, 3)');
      expect((await edit('d = 4')).text).toContain('does not occur in edit.txt');
      expect((await edit('c = 3\nnext')).text).toMatch(/Line 4 is like[^]*4\t {2}c = 3/);
      expect((await edit('  c = 33\n')).text).toMatch(/The nearest is at line 4:\n4\t {2}c = 3$/);
      expect((await edit('z')).ok).toBe(false);
      expect(await textOf('edit.txt')).toBe('a = 1\nb = 2\na = 1\n  c = 3\n');
      expect((await edit('a = 1', { replace_all: true })).text).toContain('2 occurrences');
      expect(await textOf('edit.txt')).toBe('z\nb = 2\nz\n  c = 3\n');
    });

    test('a file that is not UTF-8 keeps its other bytes', async () => {
      const latin = Buffer.from('caf\u00e9 = 1\nb = 2\n', 'latin1');
      await put('latin.py', latin);
      const edit = (new_text: string): Promise<ToolCallOutcome> =>
        call('edit_file', { path: 'latin.py', old_text: 'b = 2', new_text });
      expect((await edit('b = "猫"')).text).toContain('not UTF-8');
      expect(await bytesOf('latin.py')).toEqual(latin);
      expect((await edit('b = 3')).ok).toBe(true);
      expect(await bytesOf('latin.py')).toEqual(Buffer.from('caf\u00e9 = 1\nb = 3\n', 'latin1'));
    });

    test('a link stays one, and what it leads to is changed', async () => {
      await put('target.txt', 'old\n');
      await sh('ln -sf target.txt link-to-target');
      const args = { path: 'link-to-target', old_text: 'old', new_text: 'new' };
      expect((await call('edit_file', args)).ok).toBe(true);
      expect(await textOf('target.txt')).toBe('new\n');
      await sh('test -L link-to-target');
    });
  });

  describe('write_file', () => {
    test('makes folders, and says what cannot be written', async () => {
      expect((await call('write_file', { path: 'a/b/c.txt', content: 'x\n' })).ok).toBe(true);
      expect(await textOf('a/b/c.txt')).toBe('x\n');
      for (const path of ['a/b', '/etc/hosts', 'a/b/c.txt/d']) {
        const outcome = await call('write_file', { path, content: 'x' });
        expect(outcome).toMatchObject({ ok: false, understood: true });
        expect(outcome.text).toContain(`${path} cannot be written`);
      }
    });
  });

  describe('list_files and search', () => {
    beforeAll(async () => {
      await sh(
        'mkdir -p look/deep/er look/__pycache__; printf "needle [1]\\nhay\\n" > look/a.py; printf "NEEDLE [1]\\n" > look/deep/b.txt; printf "needle\\0" > look/bin; touch "look/new\nline" "look/-rf"; echo needle > look/deep/er/c.py; touch look/__pycache__/x',
      );
    });

    test('lists what is there, a name a line, to a depth', async () => {
      expect((await call('list_files', { path: 'look' })).text.split('\n')).toEqual(
        [
          '"new\\nline"',
          '-rf',
          'a.py',
          'bin',
          'deep/',
          'deep/b.txt',
          'deep/er/',
          'deep/er/c.py',
        ].sort(),
      );
      expect((await call('list_files', { path: 'look', depth: 1 })).text).not.toContain('b.txt');
      expect(await call('list_files', { path: 'nowhere' })).toMatchObject({ ok: false });
      expect(await call('list_files', { path: '-delete' })).toMatchObject({ ok: false });
      expect((await call('list_files', { path: 'look' })).text).toContain('a.py');
    });

    test.each([
      [{ pattern: 'needle' }, ['look/a.py:1:needle [1]', 'look/deep/er/c.py:1:needle']],
      [{ pattern: 'needle [1]' }, ['look/a.py:1:needle [1]']],
      [{ pattern: 'needle \\[[0-9]\\]', regex: true }, ['look/a.py:1:needle [1]']],
      [
        { pattern: 'needle [', ignore_case: true },
        ['look/a.py:1:needle [1]', 'look/deep/b.txt:1:NEEDLE [1]'],
      ],
      [{ pattern: 'needle', glob: '**/c*.py' }, ['look/deep/er/c.py:1:needle']],
      [{ pattern: '--help' }, ['No matches.']],
      [{ pattern: '$(touch /tmp/owned)`touch /tmp/owned`' }, ['No matches.']],
    ])('searches for %j', async (args, lines) => {
      const outcome = await call('search', { path: 'look', ...args });
      expect(outcome.ok).toBe(true);
      expect(outcome.text.split('\n').sort()).toEqual([...lines].sort());
      await sh('test ! -e /tmp/owned');
    });

    test('what cannot be searched for is told', async () => {
      expect(await call('search', { pattern: '(', regex: true })).toMatchObject({ ok: false });
      expect(await call('search', { pattern: 'x', path: 'nowhere' })).toMatchObject({ ok: false });
      expect(await call('search', { pattern: 'x', glob: 'src/*.py' })).toMatchObject({ ok: false });
    });

    test('many matches are counted, not shown', async () => {
      await sh('yes needle | head -1000 > look/many.txt');
      const { text } = await call('search', { pattern: 'needle', path: 'look/many.txt' });
      expect(text.split('\n')).toHaveLength(201);
      expect(text).toContain('… 800 more matches');
      await sh('rm look/many.txt');
    });
  });

  describe('shell', () => {
    test('tells output, exit code, and what stopped it', async () => {
      expect((await call('shell', { command: 'echo a; echo b >&2; echo c' })).text).toBe(
        'a\nb\nc\n',
      );
      expect(await call('shell', { command: 'echo no; exit 3' })).toMatchObject({
        ok: false,
        text: 'no\n[exit code 3]',
      });
      expect((await call('shell', { command: 'true' })).text).toBe('[no output]');
      expect((await call('shell', { command: 'kill -9 $$' })).text).toBe('[killed by SIGKILL]');
      const late = await call('shell', { command: 'echo begun; sleep 60', timeout_s: 0.5 });
      expect(late).toMatchObject({ ok: false });
      expect(late.text).toMatch(/^begun\n\[stopped at its limit of \d+(\.\d+)? s\]$/);
    });

    test('a long output is cut in the middle and kept whole', async () => {
      const outcome = await call('shell', { command: 'seq 100000' });
      expect(outcome.bytes).toBe(588_895);
      expect(outcome.text).toMatch(/^1\n2\n[^]*bytes, \d+ lines are left out here[^]*\n100000\n$/);
      expect(outcome.whole?.split('\n')).toHaveLength(100_001);
      const flood = await call('shell', { command: 'head -c 3000000 /dev/zero | tr "\\0" x' });
      expect(flood.text).toMatch(/more bytes were not kept/);
    });

    test('reads nothing and has no terminal', async () => {
      expect((await call('shell', { command: 'cat; tty' })).text).toContain('not a tty');
    });
  });

  describe('the stages of a task', () => {
    const patch = `--- a/${source}\n+++ b/${source}\n@@ -1,5 +1,5 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n \n \n def double(a):\n`;
    beforeEach(() => sh('git checkout -q .'));

    test('clone and install tell what came of them, without the place of the repository', async () => {
      expect((await call('swe_clone')).text).toBe(
        'calculator at main is in /workspace/project. (done)',
      );
      expect((await call('swe_install')).text).toBe('It was installed by: pip install . (done)');
    });

    test('a patch is applied by the pipeline’s own code', async () => {
      const wrongNumbers = patch.replace('@@ -1,5 +1,5 @@', '@@ -5,5 +5,5 @@');
      expect(await call('swe_apply_patch', { patch: wrongNumbers })).toMatchObject({ ok: true });
      expect(await textOf(source)).toBe(fixedCalculator);
      expect((await call('swe_apply_patch', { patch })).text).toBe('It was applied already.');
    });

    test.each([
      ['does_not_apply', patch.replace('return a - b', 'return nothing')],
      ['malformed', 'change the minus to a plus'],
      ['outside_repository', patch.replaceAll(source, '../outside.py')],
      ['outside_repository', patch.replaceAll(source, '.git/hooks/pre-commit')],
      ['too_large', `${patch}+${'x'.repeat(300_000)}\n`],
      ['shadows_test_runner', '--- /dev/null\n+++ b/pytest.py\n@@ -0,0 +1 @@\n+x\n'],
    ])('a patch that plays with it is refused: %s', async (cause, text) => {
      const outcome = await call('swe_apply_patch', { patch: text });
      expect(outcome).toMatchObject({ ok: false, understood: true });
      expect(outcome.text).toContain(`${cause}: `);
      expect(await textOf(source)).toBe(calculator[source]);
    });

    test('pytest runs what can be seen, and nothing tells of what cannot', async () => {
      const failing = await call('swe_pytest', { paths: ['tests'] });
      expect(failing).toMatchObject({ ok: true, understood: true });
      expect(failing.text).toMatch(/1 failed, 1 passed[^]*\[exit code 1: tests failed\]$/);
      expect(failing.testTail).toMatch(/1 failed, 1 passed in/);
      const selected = await call('swe_pytest', { k: 'double' });
      expect(selected.text).toMatch(/1 passed, 1 deselected[^]*\[the tests passed\]$/);
      const box = boxFor(taskOf({ pytest_k: 'double' }));
      expect((await call('swe_pytest', {}, box)).text).toMatch(/1 passed, 1 deselected/);
      const command = boxFor(taskOf({ pytest_k: 'add', test_command: 'echo own; pytest -q' }));
      expect((await call('swe_pytest', {}, command)).text).toMatch(
        /^own\n[^]*1 failed, 1 deselected/,
      );
      expect((await call('swe_pytest', { paths: ['nowhere.py'] })).text).toMatch(/used wrongly\]$/);
      const told = JSON.stringify([box.specs, failing, selected]);
      expect(told).not.toContain(secret);
      expect(told).not.toContain('test_hidden');
    });

    test('pytest is stopped at the limit of the tests', async () => {
      await put('tests/test_slow.py', 'import time\n\ndef test_slow():\n    time.sleep(600)\n');
      const outcome = await call(
        'swe_pytest',
        { paths: ['tests/test_slow.py'] },
        boxFor(taskOf(), 2),
      );
      await sh('rm tests/test_slow.py');
      expect(outcome).toMatchObject({ ok: false, understood: true });
      expect(outcome.text).toMatch(/\[stopped at its limit of 2 s\]$/);
    });
  });

  test('a cancel ends a tool with its reason', async () => {
    const stop = new AbortController();
    const reason = new Error('stop');
    const running = boxFor(taskOf()).call(
      { name: 'shell', arguments: '{"command": "echo > begun; sleep 600"}' },
      { signal: stop.signal },
    );
    await expect
      .poll(
        () =>
          bytesOf('begun').then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true);
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  test('a sandbox that is gone is no answer', async () => {
    const options = { signal: never };
    const lost = await provider.create(
      {
        image: await provider.resolveImage(null, { ...options, onProgress: () => undefined }),
        snapshot: null,
        profile: 'trial',
        network: false,
        workdir: '/workspace/project',
        limits: defaultSandboxLimits,
        env: {},
        labels: {},
      },
      options,
    );
    await lost[Symbol.asyncDispose]();
    const tools = sweTools({
      task: taskOf(),
      sandbox: lost,
      limits: stageLimitsSchema.parse({}),
      patchLimits: patchLimitsSchema.parse({}),
      prepared: [],
    });
    const read = new Toolbox(tools).call(
      { name: 'read_file', arguments: '{"path": "a"}' },
      options,
    );
    await expect(read).rejects.toMatchObject({ code: 'sandbox-lost' });
  });
});
