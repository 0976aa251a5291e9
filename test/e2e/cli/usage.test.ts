import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, cliJson } from '../../support/cli';
import { temporaryFolder } from '../../support/temp';

const samples = path.join(import.meta.dirname, '../../../samples/seed_tasks.jsonl');

describe('the command line without a sandbox', () => {
  let folder: { path: string } & AsyncDisposable;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const here = (): { cwd: string } => ({ cwd: folder.path });

  test('lists the samples, and filters them', async () => {
    const all = (await cliJson(['tasks', 'list', '--tasks', samples], here())) as {
      tasks: object[];
      errors: object[];
    };
    expect(all.tasks).toHaveLength(12);
    expect(all.errors).toEqual([]);
    expect(Object.keys(all.tasks[0] ?? {})).toEqual([
      'task_id',
      'benchmark',
      'repo',
      'ref',
      'source',
      'dataset',
      'version',
      'difficulty',
      'patch_lines',
      'tests',
    ]);
    const some = (await cliJson(
      ['tasks', 'list', '--tasks', samples, '--filter', 'PIXELBIN'],
      here(),
    )) as { tasks: object[] };
    expect(some.tasks).toHaveLength(2);
    const none = (await cliJson(
      ['tasks', 'list', '--tasks', samples, '--benchmark', 'mle'],
      here(),
    )) as { tasks: object[] };
    expect(none.tasks).toEqual([]);
  });

  test.each<[string, string[], RegExp]>([
    ['no command', [], /Usage/],
    ['an unknown command', ['fly'], /unknown command 'fly'/],
    ['an unknown option', ['run', '--fly'], /unknown option '--fly'/],
    ['an unknown agent', ['run', '--tasks', samples, '--agent', 'nobody'], /no agent "nobody"/],
    ['an unknown task', ['run', '--tasks', samples, '--task-id', 'nothing'], /no task "nothing"/],
    [
      'a file that is not there',
      ['run', '--tasks', 'absent.jsonl'],
      /absent\.jsonl:0: there is no such file/,
    ],
    ['nothing to run', ['run'], /no task to run/],
    [
      'a patch that is not there',
      ['run', '--tasks', samples, '--patch', 'absent.diff'],
      /absent\.diff cannot be read/,
    ],
    [
      'an agent without its file',
      ['run', '--tasks', samples, '--agent', 'replay'],
      /needs --actions FILE/,
    ],
    ['a number that is none', ['run', '--tasks', samples, '--attempts', 'two'], /--attempts/],
    ['a rate over 1', ['run', '--tasks', samples, '--fail-under', '2'], /--fail-under/],
    [
      'a config that is not there',
      ['run', '--config', 'absent.json'],
      /absent\.json cannot be read/,
    ],
    ['a config with a wrong key', ['run', '--config', 'wrong.json'], /wrong\.json.*agnet/s],
    ['a config that is a list', ['run', '--config', 'list.yaml'], /list\.yaml/],
    ['a folder that is no run', ['resume', '.'], /not a run folder/],
    ['a report of nothing', ['report', 'absent'], /not a run folder/],
    ['an engine that is not there', ['run', '--tasks', samples, '--engine', 'swarm'], /slurm/],
  ])('usage: %s', async (_title, args, message) => {
    await writeFile(path.join(folder.path, 'wrong.json'), '{"agnet": "gold"}');
    await writeFile(path.join(folder.path, 'list.yaml'), '- tasks\n');
    const { status, stdout, stderr } = await cli(args, here());
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('bug in Benchyard');
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  test('an engine that this machine is not set up for', async () => {
    const args = ['run', '--tasks', samples, '--engine', 'kubernetes'];
    const { status, stderr } = await cli(args, {
      ...here(),
      env: { BENCHYARD_JOB_TEMPLATE: '' },
    });
    expect(stderr).toContain('docker/worker/job.yaml is one to begin with');
    expect(status).toBe(3);
  });

  test('help and version', async () => {
    expect(await cli(['--version'], here())).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
    });
    const help = await cli(['run', '--help'], here());
    expect(help.status).toBe(0);
    for (const option of [
      '--tasks',
      '--task-id',
      '--repo',
      '--agent',
      '--patch',
      '--sandbox',
      '--fail-under',
      '--skip-bad',
      '--keep-sandbox',
      '--timeout-total',
    ]) {
      expect(help.stdout).toContain(option);
    }
  });
});
