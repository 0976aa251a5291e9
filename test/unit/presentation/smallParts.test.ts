import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { devContainerOf } from '../../../src/presentation/devContainer';
import { describeError } from '../../../src/presentation/errorActions';
import { OutputLines } from '../../../src/presentation/outputLines';
import { comparePatches, patchTitle } from '../../../src/presentation/patchTitles';
import { RecentOutput } from '../../../src/presentation/recentOutput';
import { RefreshQueue } from '../../../src/presentation/refreshQueue';
import { toRerunConfig, toRunConfig } from '../../../src/presentation/runSettings';
import { UserError } from '../../../src/presentation/userError';
import type { RepositoryTask, RunPlan } from '../../../src/runner/index';
import { parseRepositoryRow, runConfigSchema, RunnerError } from '../../../src/runner/model';
import { plainSettings, planOf, Story } from './fixtures';

describe('RefreshQueue', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('turns a flood into one refresh an interval, each changed item once', () => {
    const flushed: string[][] = [];
    const queue = new RefreshQueue<string>((items) => flushed.push([...items]), 100);
    for (let i = 0; i < 1000; i += 1) queue.add(i % 2 === 0 ? 'a' : 'b');
    expect(flushed).toEqual([]);
    vi.advanceTimersByTime(100);
    queue.add('c');
    vi.advanceTimersByTime(99);
    expect(flushed).toEqual([['a', 'b']]);
    vi.advanceTimersByTime(1);
    expect(flushed).toEqual([['a', 'b'], ['c']]);
  });

  it('is quiet after its disposal', () => {
    const flush = vi.fn();
    const queue = new RefreshQueue<string>(flush);
    queue.add('a');
    queue.dispose();
    vi.runAllTimers();
    expect(flush).not.toHaveBeenCalled();
  });
});

describe('OutputLines', () => {
  it('keeps the lines of trials apart that run side by side', () => {
    const output = new OutputLines();
    expect(output.push({ trial: 'a', stage: 'before', text: 'one\ntw' })).toEqual([
      '[a test (before)] one',
    ]);
    expect(output.push({ trial: 'b', stage: 'install', text: 'x\n' })).toEqual(['[b install] x']);
    expect(output.push({ trial: 'a', stage: 'before', text: 'o\n' })).toEqual([
      '[a test (before)] two',
    ]);
  });

  it('shows what a terminal would leave on the screen, and unfinished lines at the end', () => {
    const output = new OutputLines();
    expect(
      output.push({ trial: 'a', stage: 'clone', text: '10%\r50%\r\u001b[32m100%\u001b[0m\r\n' }),
    ).toEqual(['[a clone] 100%']);
    output.push({ trial: 'a', stage: 'clone', text: 'no newline' });
    expect(output.end('a')).toEqual(['[a clone] no newline']);
    expect(output.end('a')).toEqual([]);
  });

  it('ends what a stage left unfinished before the next stage begins', () => {
    const output = new OutputLines();
    output.push({ trial: 'a', stage: 'before', text: 'killed here' });
    expect(output.push({ trial: 'a', stage: 'after', text: 'go\n' })).toEqual([
      '[a test (before)] killed here',
      '[a test (after)] go',
    ]);
  });

  it('does not gather a line without end', () => {
    const output = new OutputLines();
    const lines = output.push({ trial: 'a', stage: 'after', text: 'x'.repeat(1_000_000) });
    expect(lines).toHaveLength(1);
    expect(lines[0]!.length).toBeLessThan(10_100);
    expect(output.end('a')).toEqual([]);
  });
});

describe('describeError', () => {
  it('shows nothing of a cancellation', () => {
    expect(describeError(new DOMException('This operation was aborted', 'AbortError'))).toBeNull();
    const canceled = new Error('Canceled');
    canceled.name = 'Canceled';
    expect(describeError(canceled)).toBeNull();
  });

  it('offers what helps', () => {
    const actions = (code: RunnerError['code']): unknown =>
      describeError(new RunnerError(code, 'm'))?.actions;
    expect(actions('docker-unavailable')).toEqual(['check-setup', 'show-log']);
    expect(actions('disk-full')).toEqual(['clean-up', 'show-log']);
    expect(actions('invalid-config')).toEqual(['open-settings', 'show-log']);
    expect(describeError(new UserError('do this'))).toEqual({
      message: 'do this',
      actions: [],
      unexpected: false,
    });
  });

  it('tells a defect apart', () => {
    expect(describeError(new TypeError('x is undefined'))).toEqual({
      message: 'x is undefined',
      actions: ['show-log', 'report-issue'],
      unexpected: true,
    });
  });
});

describe('patches', () => {
  const left = [
    { path: 'a.py', base: '1', patched: '2' },
    { path: 'new.py', base: null, patched: 'n' },
    { path: 'same.py', base: 's', patched: 't' },
  ];
  const right = [
    { path: 'b.py', base: 'b', patched: null },
    { path: 'same.py', base: 's', patched: 't' },
  ];

  it('are compared file by file, untouched ones as in the base', () => {
    expect(comparePatches(left, right)).toEqual([
      { path: 'a.py', left: '2', right: '1' },
      { path: 'b.py', left: 'b', right: null },
      { path: 'new.py', left: 'n', right: null },
    ]);
  });

  it('are titled after their file; of several the editor says the number', () => {
    const trial = { taskId: 'django__django-11099', attempt: 0 };
    expect(patchTitle(trial, [{ path: 'x/models.py', base: '', patched: '' }])).toBe(
      'django__django-11099 (trial 1): models.py',
    );
    expect(patchTitle({ ...trial, attempt: 2 }, left)).toBe('django__django-11099 (trial 3)');
  });
});

describe('toRunConfig', () => {
  it("is the core's default where nothing was set", () => {
    expect(runConfigSchema.parse(toRunConfig(plainSettings, {}))).toEqual(
      runConfigSchema.parse({}),
    );
  });

  it('puts choices over settings', () => {
    const config = toRunConfig(
      {
        ...plainSettings,
        agent: 'empty',
        concurrency: 4,
        timeouts: { ...plainSettings.timeouts, install: 90 },
      },
      { agent: 'gold', task_ids: ['a'] },
    );
    expect(config).toMatchObject({ agent: 'gold', concurrency: 4, task_ids: ['a'] });
    expect(config.timeouts).toEqual({ install: 90 });
  });
});

describe('toRerunConfig', () => {
  const planned = (config: object): RunPlan => {
    const plan = new Story([planOf('a'), planOf('b', 1)]).state.plan;
    if (plan === null) throw new Error('the story has no plan');
    return { ...plan, agent: 'patch', config: runConfigSchema.parse(config) };
  };
  const inRunFolder = (file: string): string => `/runs/r1/${file}`;

  it('tries one task once, with the files that the run kept', () => {
    const plan = planned({
      tasks: ['s.jsonl'],
      attempts: 3,
      patch: 'inputs/x.patch',
      concurrency: 2,
    });
    const config = toRerunConfig(plan, ['b'], inRunFolder);
    expect(config).toMatchObject({
      tasks: ['s.jsonl'],
      task_ids: ['b'],
      agent: 'patch',
      attempts: 1,
      concurrency: 2,
      patch: '/runs/r1/inputs/x.patch',
    });
    expect(runConfigSchema.parse(config).actions).toBeUndefined();
  });

  it('does not look for a task in a file that was given without one', () => {
    const config = toRerunConfig(
      planned({ direct: { repo: 'r', ref: 'main' } }),
      ['r@main'],
      inRunFolder,
    );
    expect(config.task_ids).toBeUndefined();
  });
});

describe('devContainerOf', () => {
  const task = (row: object): RepositoryTask => {
    const parsed = parseRepositoryRow(
      { task_id: 't', repo: 'r', ref: 'main', ...row },
      { file: 'f', line: 1 },
    );
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return parsed.task;
  };

  it("describes the agent's environment", () => {
    const row = {
      install: 'pip install .',
      env: { TZ: 'UTC' },
      environment: { image: 'i:1', workdir: '/w' },
    };
    expect(devContainerOf(task(row))).toEqual({
      name: 't',
      image: 'i:1',
      workspaceFolder: '/w',
      workspaceMount: 'source=${localWorkspaceFolder},target=/w,type=bind',
      containerEnv: { TZ: 'UTC' },
      postCreateCommand: 'pip install .',
    });
  });

  it('has the built-in image where the task names none, and nothing to say where it describes itself', () => {
    expect(devContainerOf(task({}))).toMatchObject({
      image: 'swebench-lite:py3.10',
      workspaceFolder: '/workspace/project',
    });
    expect(devContainerOf(task({ environment: { devcontainer: 'devcontainer.json' } }))).toBeNull();
  });
});

describe('RecentOutput', () => {
  it('holds what the running stage printed, cut at the front', () => {
    const recent = new RecentOutput();
    recent.push({ trial: 'a', stage: 'before', text: 'old' });
    recent.push({ trial: 'a', stage: 'after', text: 'one ' });
    recent.push({ trial: 'b', stage: 'after', text: 'other' });
    recent.push({ trial: 'a', stage: 'after', text: 'two' });
    expect([recent.of('a', 'after'), recent.of('a', 'before')]).toEqual(['one two', '']);
    recent.push({ trial: 'a', stage: 'after', text: 'x'.repeat(200_000) });
    expect(recent.of('a', 'after')).toBe('x'.repeat(100_000));
    recent.forget('a');
    expect([recent.of('a', 'after'), recent.of('b', 'after')]).toEqual(['', 'other']);
  });
});
