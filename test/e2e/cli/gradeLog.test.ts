import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, cliJson, CliProcess } from '../../support/cli';
import { temporaryFolder } from '../../support/temp';

const passing = `+ : '>>>>> Start Test Output'\nPASSED t.py::fixed\nSKIPPED t.py::kept\n+ : '>>>>> End Test Output'\n`;
const failing = passing.replace('PASSED', 'FAILED');

function row(id: string, columns: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    instance_id: id,
    repo: 'owner/project',
    base_commit: 'a'.repeat(40),
    version: '1.0',
    FAIL_TO_PASS: '["t.py::fixed"]',
    PASS_TO_PASS: '["t.py::kept"]',
    log_parser: 'parse_log_pytest',
    eval_type: 'pass_and_fail',
    ...columns,
  });
}

describe('swe grade-log', () => {
  let folder: { path: string } & AsyncDisposable;
  const run = (...args: readonly string[]): readonly string[] => [
    'swe',
    'grade-log',
    '--tasks',
    'rows.jsonl',
    ...args,
  ];
  const here = (): { cwd: string } => ({ cwd: folder.path });
  const write = async (file: string, content: string | Uint8Array): Promise<void> => {
    const whole = path.join(folder.path, file);
    await mkdir(path.dirname(whole), { recursive: true });
    await writeFile(whole, content);
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    const rows = [
      row('o__p-1'),
      row('o__p-2'),
      row('o__p-3', { log_parser: 'parse_log_jest' }),
      row('o__p-4'),
      row('o__p-5', { FAIL_TO_PASS: undefined }),
    ];
    await write('rows.jsonl', `${rows.join('\n')}\n`);
    await write('run/model/o__p-1/test_output.txt', passing);
    await write('run/model/o__p-1/patch.diff', 'diff --git a/x b/x\n');
    await write('run/model/o__p-2/test_output.txt', failing);
    await write('empty/o__p-4/test_output.txt', passing);
    await write('empty/o__p-4/patch.diff', '');
    await write('mixed/o__p-1/test_output.txt', passing);
    await write('mixed/o__p-3/test_output.txt', passing);
    await write('mixed/o__p-5/test_output.txt', passing);
    await write('mixed/o__p-9/test_output.txt', passing);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const report = {
    patch_is_None: false,
    patch_exists: true,
    patch_successfully_applied: true,
    resolved: true,
    infra_failure: false,
    tests_status: {
      FAIL_TO_PASS: { success: ['t.py::fixed'], failure: [] },
      PASS_TO_PASS: { success: ['t.py::kept'], failure: [] },
      FAIL_TO_FAIL: { success: [], failure: [] },
      PASS_TO_FAIL: { success: [], failure: [] },
    },
  };

  test('one log, by the rules of both versions', async () => {
    const args = run('--task-id', 'o__p-1', '--log', 'run/model/o__p-1/test_output.txt');
    expect(await cliJson(args, here())).toEqual({ 'o__p-1': report });
    const snakeCase = args.map((arg) => arg.replace('--task-id', '--task_id'));
    expect(await cliJson([...snakeCase, '--grading', 'v4'], here())).toEqual({
      'o__p-1': {
        ...report,
        infra_failure: undefined,
        tests_status: { ...report.tests_status, PASS_TO_PASS: { success: [], failure: [] } },
      },
    });
  });

  test('a folder in the official layout, from any height of it', async () => {
    for (const logs of ['run', 'run/model', path.join(folder.path, 'run')]) {
      const all = (await cliJson(run('--logs', logs), here())) as Record<
        string,
        { resolved: boolean }
      >;
      expect(Object.keys(all)).toEqual(['o__p-1', 'o__p-2']);
      expect(all['o__p-1']).toEqual(report);
      expect(all['o__p-2']?.resolved).toBe(false);
    }
    const { status, stdout } = await cli(run('--logs', 'run'), here());
    expect(status).toBe(0);
    expect(stdout).toMatch(/^o__p-1 +resolved +1 of 1 +1 of 1/m);
    expect(stdout).toMatch(/^o__p-2 +unresolved +0 of 1 +1 of 1/m);
    expect(stdout).toMatch(/^2 logs, 1 resolved$/m);
  });

  test('an instance that nothing was handed in for', async () => {
    expect(await cliJson(run('--logs', 'empty'), here())).toEqual({
      'o__p-4': {
        patch_is_None: true,
        patch_exists: false,
        patch_successfully_applied: false,
        resolved: false,
        infra_failure: false,
      },
    });
  });

  test('what cannot be graded is told beside the rest', async () => {
    const args = run('--logs', 'mixed');
    const all = await cliJson(args, { ...here(), status: 2 });
    expect(all).toEqual({
      'o__p-1': report,
      'o__p-3': {
        error: 'unsupported_parser',
        reason: 'there is no log parser "parse_log_jest" here',
      },
      'o__p-5': {
        error: 'invalid_task',
        reason: 'the task has no FAIL_TO_PASS: nothing says what resolves it',
      },
      'o__p-9': { error: 'unknown_task', reason: 'no task file has a task of this id' },
    });
    const { status, stdout, stderr } = await cli(args, here());
    expect(status).toBe(2);
    expect(stdout).toMatch(/^o__p-3 +not graded +unsupported_parser/m);
    expect(stderr).toMatch(/^o__p-3: unsupported_parser: there is no log parser/m);
  });

  test('bytes that are no text, and every kind of line end', async () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0xfe, 0, 0x80, 0x0d, 0x0a]),
      Buffer.from(passing.replaceAll('\n', '\r\n')),
      Buffer.from([0xc3]),
    ]);
    await write('bytes.log', bytes);
    const graded = await cliJson(run('--task-id', 'o__p-1', '--log', 'bytes.log'), here());
    expect(graded).toEqual({ 'o__p-1': report });
  });

  test('folders that are linked, also in a circle', async () => {
    await mkdir(path.join(folder.path, 'linked'));
    await symlink('../run/model/o__p-1', path.join(folder.path, 'linked/o__p-1'));
    await symlink('.', path.join(folder.path, 'linked/again'));
    await symlink('nowhere', path.join(folder.path, 'linked/dead'));
    expect(await cliJson(run('--logs', 'linked'), here())).toEqual({ 'o__p-1': report });
  });

  test("a line of the rows that cannot be used is told, and in no one's way", async () => {
    await write('some.jsonl', `${row('o__p-1')}\n{"instance_id": "x"}\n`);
    const log = ['--task-id', 'o__p-1', '--log', 'run/model/o__p-1/test_output.txt'];
    const { status, stderr } = await cli(
      ['swe', 'grade-log', '--tasks', 'some.jsonl', ...log],
      here(),
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(/^some\.jsonl:2: repo: /m);
  });

  test('whoever reads may stop reading', async () => {
    const started = new CliProcess(run('--logs', 'run', '--json'), here());
    started.child.stdout?.destroy();
    expect(await started.ended).toMatchObject({ status: 0, stderr: '' });
  });

  test('two logs of one instance', async () => {
    await write('twice/a/o__p-1/test_output.txt', passing);
    await write('twice/b/o__p-1/test_output.txt', failing);
    const { status, stdout, stderr } = await cli(run('--logs', 'twice', '--json'), here());
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/two logs of o__p-1: .+ Name the folder of one run and one model/);
  });

  test.each([
    ['nothing to grade', [], /Name either one log/],
    ['a log without its task', ['--log', 'x'], /Name either one log/],
    ['both ways', ['--logs', 'run', '--task-id', 'o__p-1', '--log', 'x'], /Name either one log/],
    ['a folder that is not there', ['--logs', 'absent'], /cannot be read as a folder of logs/],
    ['a log that is not there', ['--task-id', 'o__p-1', '--log', 'x'], /unreadable_log: ENOENT/],
    ['another version', ['--logs', 'run', '--grading', 'v3'], /Allowed choices are v4, v5/],
  ])('refused: %s', async (_, args, message) => {
    const { status, stderr } = await cli(run(...args), here());
    expect(status, stderr).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('a folder without logs is refused', async () => {
    await mkdir(path.join(folder.path, 'hollow'));
    const { status, stderr } = await cli(run('--logs', 'hollow'), here());
    expect(status).toBe(2);
    expect(stderr).toMatch(/There is no test_output\.txt below hollow/);
  });
});
