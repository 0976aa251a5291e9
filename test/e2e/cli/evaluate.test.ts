import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { cli, cliJson, CliProcess, until } from '../../support/cli';
import { OfficialTasks } from '../../support/officialTasks';
import { fixedCalculator, writeTasks } from '../../support/repositories';
import { describeOn } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';

const summarySchema = z.looseObject({
  submitted_instances: z.number(),
  resolved_ids: z.array(z.string()),
  unresolved_ids: z.array(z.string()),
  empty_patch_ids: z.array(z.string()),
  error_ids: z.array(z.string()),
  incomplete_ids: z.array(z.string()),
});

describeOn('docker', 'swe evaluate', () => {
  const docker = new Docker();
  let folder: { path: string } & AsyncDisposable;
  let official: OfficialTasks;
  let tasks: string;
  let fix: string;
  let noFix: string;
  const ids = ['fixed', 'wrong', 'nothing', 'broken', 'left'].map(
    (name) => `official-test__${name}`,
  );
  const [fixed = '', wrong = '', nothing = '', broken = '', left = ''] = ids;

  beforeAll(async () => {
    folder = await temporaryFolder();
    official = await OfficialTasks.make(testHost(folder.path), path.join(folder.path, 'image'));
    fix = await official.patch({ 'calc/__init__.py': fixedCalculator });
    noFix = await official.patch({ 'NEWS.txt': 'no fix\n' });
    tasks = await writeTasks(
      folder.path,
      ids.map((id) => official.row(id, { patch: fix })),
    );
  });
  afterAll(async () => {
    await official.remove(docker);
    await folder[Symbol.asyncDispose]();
  });

  const evaluate = (predictions: string, ...more: readonly string[]): readonly string[] => [
    ...['swe', 'evaluate', '--sandbox', 'docker', '--tasks', tasks],
    ...['--predictions', predictions, '--max-workers', '2', ...more],
  ];
  const here = (): { cwd: string; env: Record<string, string> } => ({
    cwd: folder.path,
    env: { BENCHYARD_CACHE: path.join(folder.path, 'cache') },
  });
  const write = async (name: string, content: unknown): Promise<string> => {
    await writeFile(path.join(folder.path, name), JSON.stringify(content));
    return name;
  };
  const at = (...parts: readonly string[]): string =>
    path.join(folder.path, 'logs/run_evaluation', ...parts);
  const changedAt = async (file: string): Promise<number> => (await stat(file)).mtimeMs;
  const summary = async (
    predictions: string,
    ...more: readonly string[]
  ): Promise<z.infer<typeof summarySchema>> =>
    summarySchema.parse(await cliJson(evaluate(predictions, ...more), here()));

  test('writes what the official harness writes', async () => {
    const file = await write('all.json', {
      [fixed]: { model_name_or_path: 'an/agent', model_patch: fix },
      [wrong]: { model_name_or_path: 'an/agent', model_patch: noFix },
      [nothing]: { model_name_or_path: 'an/agent', model_patch: null },
      [broken]: { model_name_or_path: 'an/agent', model_patch: 'no patch at all\n' },
      'no__such-1': { model_name_or_path: 'an/agent', model_patch: fix },
    });
    const { status, stdout, stderr } = await cli(evaluate(file, '--run-id', 'one'), here());
    expect(status, stderr).toBe(0);
    expect(stderr).toContain('no task has the id no__such-1');
    expect(stdout).toMatch(/official-test__fixed +passed +1 of 1 +1 of 1/);
    expect(stdout).toContain('an/agent: 1 of 5 predictions resolved, 1 empty, 1 without a report');
    const found = summarySchema.parse(
      JSON.parse(await readFile(path.join(folder.path, 'an__agent.one.json'), 'utf8')),
    );
    expect(found).toMatchObject({
      submitted_instances: 5,
      resolved_ids: [fixed],
      unresolved_ids: [wrong],
      empty_patch_ids: [nothing],
      error_ids: [broken],
      incomplete_ids: [left],
    });
    const folderOf = (id: string): string => at('one', 'an__agent', id);
    for (const name of ['patch.diff', 'eval.sh', 'test_output.txt', 'run_instance.log'])
      expect((await stat(path.join(folderOf(fixed), name))).size).toBeGreaterThan(0);
    expect(await readFile(path.join(folderOf(fixed), 'patch.diff'), 'utf8')).toBe(fix);
    const report = await readFile(path.join(folderOf(fixed), 'report.json'), 'utf8');
    expect(report.startsWith(`{\n    "${fixed}": {\n        "patch_is_None": false,`)).toBe(true);
    await expect(stat(path.join(folderOf(broken), 'report.json'))).rejects.toThrow();
    expect(await readFile(path.join(folderOf(broken), 'run_instance.log'), 'utf8')).toContain(
      '>>>>> Patch Apply Failed',
    );
    await expect(stat(folderOf(nothing))).rejects.toThrow();
    // What it wrote can be graded again.
    const regraded = ['swe', 'grade-log', '--tasks', tasks, '--logs', at('one', 'an__agent')];
    expect(await cliJson(regraded, here())).toMatchObject({ [fixed]: { resolved: true } });
  });

  test('an unchanged patch is answered from before, a changed one is evaluated', async () => {
    const log = at('one', 'an__agent', fixed, 'test_output.txt');
    const before = await changedAt(log);
    const other = at('one', 'an__agent', wrong, 'test_output.txt');
    const otherBefore = await changedAt(other);
    const file = await write('changed.json', [
      { instance_id: fixed, model_name_or_path: 'an/agent', model_patch: fix },
      { instance_id: wrong, model_name_or_path: 'an/agent', model_patch: fix },
    ]);
    expect((await summary(file, '--run-id', 'one')).resolved_ids).toEqual([fixed, wrong]);
    expect(await changedAt(log)).toBe(before);
    expect(await changedAt(other)).toBeGreaterThan(otherBefore);
    // In another run of the same folder too, by other rules not.
    const { stderr, stdout } = await cli(evaluate(file), here());
    expect(stdout).toContain('evaluated before');
    expect(stderr).not.toContain('run folder');
    expect(stderr).not.toContain('[1/');
    const again = await cli(evaluate(file, '--grading', 'v4'), here());
    expect(again.stderr).toContain('[2/2]');
  });

  test('several models have a summary each; gold is a model', async () => {
    const file = await write('two.json', [
      { instance_id: left, model_name_or_path: 'a', model_patch: fix },
      { instance_id: left, model_name_or_path: 'b', model_patch: noFix },
    ]);
    expect(await cliJson(evaluate(file, '--run-id', 'two'), here())).toMatchObject({
      a: { resolved_ids: [left] },
      b: { unresolved_ids: [left] },
    });
    const gold = await summary('gold', '--task-id', left, '--run-id', 'gold');
    expect(gold).toMatchObject({ resolved_ids: [left], incomplete_ids: [] });
    expect(await changedAt(path.join(folder.path, 'gold.gold.json'))).toBeGreaterThan(0);
  });

  test('goes on after a kill with what was not evaluated yet', async () => {
    const patch = await official.patch({ 'calc/__init__.py': `${fixedCalculator}\nMORE = 1\n` });
    const file = await write(
      'killed.json',
      ids.map((id) => ({ instance_id: id, model_name_or_path: 'm', model_patch: patch })),
    );
    const args = evaluate(file, '--run-id', 'killed', '--max-workers', '1');
    const killed = new CliProcess(args, here());
    const first = at('killed', 'm', fixed);
    await until(async () => {
      try {
        return (await stat(path.join(first, 'evaluation.json'))).size > 0;
      } catch {
        return false;
      }
    });
    killed.child.kill('SIGKILL');
    await killed.ended;
    const before = await changedAt(path.join(first, 'report.json'));
    expect((await summary(file, '--run-id', 'killed')).resolved_ids).toEqual([...ids].sort());
    expect(await changedAt(path.join(first, 'report.json'))).toBe(before);
  });

  test('bad input is told before anything is run', async () => {
    const file = await write('strange.json', { 'no__such-1': { model_patch: fix } });
    const none = await cli(evaluate(file), here());
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('None of the')]);
    const missing = await cli(evaluate('no-such.json'), here());
    expect(missing.status).toBe(2);
    const unsupported = await writeTasks(folder.path, [
      official.row('o__jest-1', { log_parser: 'parse_log_jest', FAIL_TO_PASS: '["renders"]' }),
    ]);
    const run = await cli(['run', '--tasks', unsupported, '--agent', 'empty'], here());
    expect([run.status, run.stderr]).toEqual([2, expect.stringContaining('unsupported_parser')]);
  });
});
