import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunConfigInput, RunState } from '../../../src/runner/model';
import { RunnerError } from '../../../src/runner/model';
import { readRunState } from '../../../src/runner/store/runReader';
import { buildSlowFiles, preloads, preloadsProblem } from '../../support/preloads';
import { canStartDocker, PrivateDocker } from '../../support/privateDocker';
import {
  calculator,
  fixedCalculator,
  TestRepository,
  writeTasks,
} from '../../support/repositories';
import { Bench, patient } from '../../support/runs';
import { describeOn, sandboxes, testCache, warmUp } from '../../support/sandboxes';
import { canMount, SmallDisk } from '../../support/smallDisk';
import { never } from '../../support/temp';
import { assertWhole } from '../../support/wholeRun';

const noPreloads = preloadsProblem();
if (noPreloads !== null)
  console.warn(`tests of clocks that jump and of slow files are SKIPPED: ${noPreloads}`);

const passes = 'grep -q "a + b" calc/__init__.py';

/** Rows of tasks that are as cheap as a trial can be. */
async function makeRows(
  folder: string,
): Promise<(count: number, testCommand?: string) => readonly object[]> {
  const repository = await TestRepository.make(path.join(folder, 'calculator'), calculator);
  const ref = await repository.head();
  const patch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
  return (count, testCommand = passes) =>
    Array.from({ length: count }, (_, n) => ({
      task_id: `tiny${n}`,
      repo: repository.path,
      ref,
      patch,
      timeouts: patient,
      test_command: testCommand,
    }));
}

const statusesOf = ({ trials }: RunState): readonly unknown[] =>
  [...trials.values()].map(({ result }) => result?.status);

describeOn('bubblewrap', 'a run whose disk', () => {
  let rows: Awaited<ReturnType<typeof makeRows>>;
  const bench = Bench.use('bubblewrap', async ({ folder }) => {
    rows = await makeRows(folder);
  });
  // What each trial keeps of its tests' output.
  const wordy = `head -c 150000 /dev/zero | tr '\\0' x; ${passes}`;

  test.skipIf(!canMount)('is full stops, and goes on when there is room again', async () => {
    await using disk = await SmallDisk.mount(path.join(bench.folder, 'full'), '1m');
    const config = { out: disk.path, min_free_disk: 1, concurrency: 2, tests_before: false };
    const { runDir, done } = await bench.start(rows(12, wordy), config);
    const outcome = await done.catch((error: unknown) => error);
    // With no room for even the last line, its absence says that the run was interrupted.
    if (RunnerError.is(outcome)) expect(outcome.code).toBe('disk-full');
    const stopped = await bench.runner.openRun(runDir, { signal: never });
    expect(stopped).toMatchObject(
      RunnerError.is(outcome) ? { phase: 'interrupted' } : { phase: 'cancelled', endCause: 'disk' },
    );
    const kept = [...stopped.trials.values()].flatMap(({ plan, result }) =>
      result?.status === 'passed' ? [{ id: plan.trial_id, took: result.duration_s }] : [],
    );
    disk.resize('64m');
    await bench.resume(runDir);
    const retried = await bench.runner.resumeRun(runDir, { signal: never, retry: 'infra' });
    const { results } = await retried.done;
    expect(results.map(({ status }) => status)).toEqual(Array(12).fill('passed'));
    const state = await assertWhole(runDir);
    // What was recorded before is not done again.
    for (const { id, took } of kept) expect(state.trials.get(id)?.result?.duration_s).toBe(took);
  });

  test.skipIf(!canMount)('gets short stops before it is full, and says what to do', async () => {
    await using disk = await SmallDisk.mount(path.join(bench.folder, 'short'), '24m');
    const config = { out: disk.path, min_free_disk: '20MB', concurrency: 2, tests_before: false };
    const wordier = wordy.replace('150000', '400000');
    const { runDir, done } = await bench.start(rows(400, wordier), config);
    const { state } = await done;
    expect(state).toMatchObject({ phase: 'cancelled', endCause: 'disk' });
    const told = state.notes.map(({ text }) => text).join('\n');
    expect(told).toMatch(/Only .* are free on the disk of .*benchyard clean/);
    expect(await assertWhole(runDir)).toMatchObject({ endCause: 'disk' });
    expect(
      [...state.trials.values()].some(({ result }) => result?.status === 'infra_failure'),
    ).toBe(false);
  });

  test('could not hold it is refused before anything is made', async () => {
    const out = path.join(bench.folder, 'refused');
    const refused = await bench.start(rows(1), { out, min_free_disk: '900TB' }).catch(String);
    expect(refused).toMatch(/Only .* are free .*have to stay free \(min_free_disk\)/);
    expect(await readdir(out).catch(() => [])).toEqual([]);
  });
});

describeOn('bubblewrap', 'a process', () => {
  let rows: Awaited<ReturnType<typeof makeRows>>;
  let program: string;
  const bench = Bench.use('bubblewrap', async ({ folder }) => {
    rows = await makeRows(folder);
    program = path.join(folder, 'worker', 'runWorker.cjs');
    await execa('node', ['test/support/bundle.mjs', 'test/support/runWorker.ts', program]);
  });

  interface Conditions {
    readonly files?: number;
    readonly env?: Readonly<Record<string, string>>;
  }
  function work(asked: object, { files, env = {} }: Conditions = {}) {
    const node = [process.execPath, program, bench.folder, bench.host.cacheDir];
    const limited = files === undefined ? [] : ['prlimit', `--nofile=${files}`];
    const [command, ...args] = [...limited, ...node, JSON.stringify(asked)];
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const ended = once(child, 'close').then(() => lines);
    const untilPassed = async (trials: number): Promise<void> => {
      const seen = (): number => lines.filter((line) => line.startsWith('passed')).length;
      while (seen() < trials && child.exitCode === null) await delay(10);
    };
    return { child, lines, ended, untilPassed };
  }
  const runDirOf = (lines: readonly string[]): string =>
    /^run folder: (.*)$/m.exec(lines.join('\n'))?.[1] ?? '';
  const config = async (count: number, more: RunConfigInput): Promise<RunConfigInput> => ({
    tasks: [await writeTasks(bench.folder, rows(count))],
    sandbox: 'bubblewrap',
    tests_before: false,
    ...more,
  });

  test('that may open few files runs its trials all the same, or says what to do', async () => {
    const asked = await config(10, { concurrency: 10 });
    const { ended } = work(asked, { files: 64 });
    const lines = await ended;
    const runDir = runDirOf(lines);
    expect(lines.at(-1)).toMatch(/^run (finished|cancelled)/);
    const state = await bench.runner.openRun(runDir, { signal: never });
    for (const { result } of state.trials.values()) {
      if (result?.status === 'infra_failure')
        expect(result.detail).toMatch(/too many (files are )?open|EMFILE/i);
      else if (result !== null) expect(result.status).toBe('passed');
    }
    await bench.resume(runDir);
    const { done } = await bench.runner.resumeRun(runDir, { signal: never, retry: 'infra' });
    expect((await done).totals).toMatchObject({ resolved: 10, total: 10 });
    await assertWhole(runDir);
  });

  test('that lost its run folder while it slept writes nothing more there', async () => {
    const { runDir, done } = await bench.start(rows(12, `sleep 1; ${passes}`), {
      concurrency: 2,
      tests_before: false,
    });
    const endedOf = ({ trials }: RunState): number =>
      [...trials.values()].filter(({ result }) => result !== null).length;
    await bench.until(runDir, (state) => endedOf(state) >= 2);
    // As another machine leaves it that found the lock too old.
    const other = { hostname: 'elsewhere', pid: 1, startTime: '1', since: 'now', token: 'other' };
    const ownerFile = path.join(runDir, '.owner.json');
    await writeFile(ownerFile, JSON.stringify(other));
    const outcome: unknown = await done.catch((error: unknown) => error);
    expect(RunnerError.is(outcome, 'locked')).toBe(true);
    expect(JSON.parse(await readFile(ownerFile, 'utf8'))).toEqual(other);
    const left = await readRunState(runDir);
    expect(left.phase).toBe('running');
    expect(endedOf(left)).toBeLessThan(12);
    await rm(ownerFile);
    expect((await bench.resume(runDir)).totals).toMatchObject({ resolved: 12, total: 12 });
    await assertWhole(runDir);
  });

  test('that is killed again and again loses and doubles nothing', async () => {
    const total = 24;
    let current = work(await config(total, { concurrency: 2 }));
    let runDir = '';
    for (let kill = 0; kill < 5; kill += 1) {
      await current.untilPassed(2 + kill);
      current.child.kill('SIGKILL');
      await current.ended;
      runDir = runDir === '' ? runDirOf(current.lines) : runDir;
      current = work({ resume: runDir });
    }
    expect(await current.ended).toContain('run finished ');
    const state = await assertWhole(runDir);
    expect(statusesOf(state)).toEqual(Array(total).fill('passed'));
    const items = await bench.runner.clean({ containers: true, dryRun: true, signal: never });
    expect(items.filter(({ kind }) => kind === 'folder')).toEqual([]);
  });

  test.skipIf(noPreloads !== null)(
    'whose clock jumps takes no trial for a long or a late one',
    async () => {
      const { env, setClock } = await preloads(path.join(bench.folder, 'jumping'), null);
      const { ended, untilPassed } = work(await config(12, { concurrency: 2 }), { env });
      for (const [n, ahead] of ['+3h', '-3h', '+40s'].entries()) {
        await untilPassed(2 + 3 * n);
        await setClock?.(ahead);
      }
      const lines = await ended;
      expect(lines).toContain('run finished ');
      const runDir = runDirOf(lines);
      const state = await assertWhole(runDir);
      const files = [...state.trials.keys()].map((id) => path.join(runDir, id, 'events.jsonl'));
      const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
      const times = [...texts.join('').matchAll(/"time":"([^"]*)"/g)].map(([, time = '']) =>
        Date.parse(time),
      );
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(2 * 3_600_000);
      expect(statusesOf(state)).toEqual(Array(12).fill('passed'));
      for (const { result } of state.trials.values()) {
        expect(result?.duration_s).toBeGreaterThan(0);
        expect(result?.duration_s).toBeLessThan(3600);
      }
    },
  );

  test.skipIf(noPreloads !== null)(
    'whose files are slow is killed among its writes, and loses and doubles nothing',
    async () => {
      const library = await buildSlowFiles(bench.folder);
      const { env, slowFiles } = await preloads(path.join(bench.folder, 'slow'), library);
      await slowFiles?.(20);
      const first = work(await config(6, { concurrency: 2 }), { env });
      await first.untilPassed(3);
      first.child.kill('SIGKILL');
      const runDir = runDirOf(await first.ended);
      const resumed = work({ resume: runDir }, { env });
      expect(await resumed.ended).toContain('run finished ');
      expect(statusesOf(await assertWhole(runDir))).toEqual(Array(6).fill('passed'));
    },
  );
});

describe.skipIf(!sandboxes.includes('docker'))('a Docker engine (docker)', () => {
  if (!canStartDocker()) {
    console.warn('tests that restart a Docker engine are SKIPPED: they need root and dockerd');
    test.skip('that is restarted', () => undefined);
    return;
  }
  let docker: PrivateDocker;
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(path.join(os.tmpdir(), 'by-dockerd-'));
    docker = await PrivateDocker.start(place);
  });
  afterAll(async () => {
    await docker[Symbol.asyncDispose]();
    await rm(place, { recursive: true, force: true });
  });

  test(
    'that is restarted takes only the trials with it that were under way',
    { timeout: 120_000 },
    async () => {
      await using folder = {
        path: await mkdtemp(path.join(os.tmpdir(), 'benchyard-test-')),
        [Symbol.asyncDispose]: () => rm(folder.path, { recursive: true, force: true }),
      };
      const cacheDir = await testCache(folder.path);
      const env = { ...process.env, ...docker.env };
      const bench = Bench.at('docker', folder.path, { cacheDir, env });
      await warmUp('docker', bench.host);
      const rows = await makeRows(folder.path);
      const slow = `sleep 2; ${passes}`;
      const { runDir, done } = await bench.start(rows(10, slow), {
        concurrency: 3,
        tests_before: false,
      });
      await bench.until(
        runDir,
        ({ trials }) =>
          [...trials.values()].filter(({ stage }) => stage?.name === 'after').length >= 2,
      );
      await docker.kill();
      await delay(3000);
      await docker.start();
      const first = await done;
      const lost = first.results.filter(({ status }) => status === 'infra_failure');
      expect(lost.length).toBeGreaterThanOrEqual(2);
      // Those that were under way, and such as began before the first of them had noticed.
      expect(lost.length).toBeLessThanOrEqual(5);
      for (const { cause } of lost) expect(['sandbox-lost', 'docker-unavailable']).toContain(cause);
      expect(first.totals.resolved).toBe(10 - lost.length);
      const again = await bench.runner.resumeRun(runDir, { signal: never, retry: 'infra' });
      const { totals, results } = await again.done;
      expect(totals).toMatchObject({ total: 10, resolved: 10 });
      const ran = results.filter(({ task_id: id, duration_s: took }) =>
        first.results.every((other) => other.task_id !== id || other.duration_s !== took),
      );
      expect(ran.map(({ task_id: id }) => id).sort()).toEqual(
        lost.map((one) => one.task_id).sort(),
      );
      await assertWhole(runDir);
      await bench.runner.reap({ signal: never });
      expect(await docker.containers('benchyard=1')).toEqual([]);
    },
  );
});
