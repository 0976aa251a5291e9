import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentTools } from '../../../src/agentTools/index';
import { cliJson, program, until } from '../../support/cli';
import type { McpSession } from '../../support/mcp';
import { startMcp, told } from '../../support/mcp';
import { sandboxes } from '../../support/sandboxes';
import { temporaryFolder } from '../../support/temp';

const samples = path.join(import.meta.dirname, '../../../samples/seed_tasks.jsonl');
const task = 'textkit__slugify-unicode';
const goldPatch = readFileSync(samples, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as { readonly task_id: string; readonly patch: string })
  .find((row) => row.task_id === task)?.patch;
const [sandbox = 'bubblewrap'] = sandboxes;

/** Limits for a machine that is busy with other things. */
const patience = { timeouts: { clone: 60, install: 60, apply: 20, test: 60, total: 200 } };
const options = ['--config', 'patient.json', '--tasks', samples, '--sandbox', sandbox];

describe('the MCP server', () => {
  let folder: { path: string } & AsyncDisposable;
  let mcp: McpSession;
  const runIds: Record<string, string> = {};

  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const agent of ['empty', 'gold']) {
      const args = ['run', '--tasks', samples, '--task-id', task, '--agent', agent];
      const limits = ['--timeout-test', '60', '--timeout-total', '200', '--sandbox', sandbox];
      const run = await cliJson([...args, ...limits], { cwd: folder.path });
      runIds[agent] = (run as { run_id: string }).run_id;
    }
    await writeFile(path.join(folder.path, 'patient.json'), JSON.stringify(patience));
    mcp = await startMcp(folder.path, options);
  });
  afterAll(async () => {
    await mcp[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('offers every tool with its schema', async () => {
    const { tools } = await mcp.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(agentTools.map(({ name }) => name));
    for (const { inputSchema, description } of tools) {
      expect(inputSchema.type).toBe('object');
      expect(description).toMatch(/\.$/);
    }
    expect(mcp.client.getServerVersion()?.name).toBe('benchyard');
  });

  test('tells of the runs on disk', async () => {
    const { runs } = told(await mcp.call('benchyard_list_runs')) as { runs: { run_id: string }[] };
    expect(runs.map(({ run_id }) => run_id)).toEqual([runIds['gold'], runIds['empty']]);
    const run = told(await mcp.call('benchyard_get_run', { run_id: 'latest' }));
    expect(run).toMatchObject({ agent: 'gold', totals: { resolved: 1, total: 1 } });
  });

  test('tells why a trial failed, and what another one handed in', async () => {
    const failed = told(
      await mcp.call('benchyard_get_trial', { run_id: runIds['empty'], trial_id: task }),
    );
    expect(failed).toMatchObject({ status: 'empty_patch', patch: null });
    expect(failed['why']).toMatch(/^Nothing was handed in/);
    const solved = told(
      await mcp.call('benchyard_get_trial', { run_id: runIds['gold'], trial_id: `${task}_0` }),
    );
    expect(solved).toMatchObject({ status: 'passed' });
    expect(solved['patch']).toContain('diff --git');
  });

  test("tells an agent's steps", async () => {
    const steps = told(
      await mcp.call('benchyard_get_steps', { run_id: runIds['gold'], trial_id: task }),
    );
    expect(steps['steps']).toMatchObject([{ step: 1, kind: 'submission' }, { kind: 'end' }]);
    const whole = told(
      await mcp.call('benchyard_get_steps', { run_id: runIds['gold'], trial_id: task, steps: [1] }),
    );
    expect(JSON.stringify(whole['steps'])).toContain('diff --git');
  });

  test('compares two runs', async () => {
    const compared = told(
      await mcp.call('benchyard_compare_runs', { first: runIds['empty'], second: runIds['gold'] }),
    );
    expect(compared).toMatchObject({
      fixed: [{ trial_id: `${task}_0`, first: 'empty_patch', second: 'passed' }],
      broken: [],
    });
  });

  test.each<[string, string, Record<string, unknown>, RegExp]>([
    ['a run that is not there', 'benchyard_get_run', { run_id: 'nothing' }, /no run "nothing"/],
    ['a way out of the folder', 'benchyard_get_run', { run_id: '../../etc' }, /no run/],
    ['a missing argument', 'benchyard_get_trial', { run_id: 'latest' }, /trial_id/],
    ['an argument too many', 'benchyard_list_runs', { fly: true }, /fly/],
    ['an unknown tool', 'benchyard_fly', {}, /benchyard_fly/],
  ])('answers %s so that a model can mend it', async (_what, tool, args, words) => {
    const answer = await mcp.call(tool, args);
    expect(answer.failed).toBe(true);
    expect(answer.text).toMatch(words);
  });

  test('lets its client work on a task, and grades what is handed in', async () => {
    const early = await mcp.call('swe_pytest');
    expect(early).toEqual({
      failed: true,
      text: expect.stringContaining('No task is open') as string,
    });

    const open = told(await mcp.call('benchyard_open_task', { task_id: task }));
    expect(open).toMatchObject({ session: 'task-1', task_id: task });
    expect(open['problem']).toMatch(/slug/i);
    const spoiler = await mcp.call('benchyard_get_trial', {
      run_id: runIds['gold'],
      trial_id: task,
    });
    expect(spoiler).toEqual({ failed: true, text: expect.stringContaining('worked on') as string });

    const listed = await mcp.call('benchyard_list_files', { depth: 1 });
    expect(listed.failed, listed.text).toBe(false);
    const red = await mcp.call('swe_pytest');
    expect(red.text).toMatch(/passed|failed/);
    const bad = await mcp.call('benchyard_shell', { command: 'exit 3' });
    expect(bad).toEqual({ failed: true, text: expect.stringContaining('3') as string });
    const applied = await mcp.call('swe_apply_patch', { patch: goldPatch, session: 'task-1' });
    expect(applied.failed, applied.text).toBe(false);

    const verdict = told(await mcp.call('benchyard_submit'));
    expect(verdict).toMatchObject({ status: 'passed', verdict: 'resolved' });
    const steps = told(
      await mcp.call('benchyard_get_steps', { run_id: 'latest', trial_id: `${task}_0` }),
    );
    expect(JSON.stringify(steps)).toContain('swe_apply_patch');
    const run = told(await mcp.call('benchyard_get_run', { run_id: verdict['run_id'] }));
    expect(run).toMatchObject({ agent: 'human', phase: 'finished' });
  });

  test('cancels what is open when its client leaves', async () => {
    const other = await startMcp(folder.path, options);
    const open = told(await other.call('benchyard_open_task', { task_id: task }));
    await other[Symbol.asyncDispose]();
    await until(async () => {
      const { runs } = told(await mcp.call('benchyard_list_runs', { limit: 1 })) as {
        runs: { run_id: string; phase: string }[];
      };
      const [run] = runs;
      return run?.run_id === path.basename(String(open['run_dir'])) && run.phase === 'cancelled';
    });
  });

  test('writes nothing but the protocol to stdout, and ends when its client leaves', async () => {
    const child = spawn(process.execPath, [program, 'mcp'], { cwd: folder.path });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const hello = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      },
    };
    child.stdin.write(`${JSON.stringify(hello)}\n`);
    child.stdin.write('this is no message\n');
    await once(child.stdout, 'data');
    child.stdin.end();
    const [status] = (await once(child, 'close')) as [number];
    expect(status).toBe(0);
    const lines = stdout.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => (JSON.parse(line) as { jsonrpc: string }).jsonrpc)).toEqual(
      lines.map(() => '2.0'),
    );
    expect(lines.length).toBeGreaterThan(0);
  });
});
