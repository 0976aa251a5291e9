import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentTools } from '../../../src/agentTools/index';
import { cliJson, program } from '../../support/cli';
import type { McpSession } from '../../support/mcp';
import { startMcp, told } from '../../support/mcp';
import { sandboxes } from '../../support/sandboxes';
import { temporaryFolder } from '../../support/temp';

const samples = path.join(import.meta.dirname, '../../../samples/seed_tasks.jsonl');
const task = 'textkit__slugify-unicode';
const [sandbox = 'bubblewrap'] = sandboxes;

describe('the MCP server', () => {
  let folder: { path: string } & AsyncDisposable;
  let mcp: McpSession;
  const runIds: Record<string, string> = {};

  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const agent of ['empty', 'gold']) {
      const selection = ['--tasks', samples, '--task-id', task, '--agent', agent];
      const run = await cliJson(['run', ...selection, '--sandbox', sandbox], { cwd: folder.path });
      runIds[agent] = (run as { run_id: string }).run_id;
    }
    mcp = await startMcp(folder.path, ['--tasks', samples, '--sandbox', sandbox]);
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
    expect(steps['steps']).toMatchObject([{ step: 1, kind: 'submission' }]);
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
