import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leftBehind } from '../../support/cli';
import {
  calculator,
  fixedCalculator,
  TestRepository,
  writeTasks,
} from '../../support/repositories';
import { describeOn, sandboxes, testCache, warmUp } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';
import type { TerminalSize } from '../../support/terminal';
import { TerminalProcess } from '../../support/terminal';

const sandbox = sandboxes.includes('bubblewrap') ? 'bubblewrap' : 'docker';
const patient = { clone: 60, install: 120, apply: 60, test: 60, total: 600 };
/** Any character that a bar is drawn with. */
const bars = /[━╍─]{4,}/;
const drawn = /[━╍─]{4,} \d+\/\d+ · \d/;
const ended = /^\[\d+\/\d+\] \w+ \S+ \(\d+\.\d s\)/gm;

describeOn(sandbox, 'a run in a terminal', () => {
  let folder: { path: string } & AsyncDisposable;
  let env: Record<string, string>;
  let tasks: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    env = { BENCHYARD_CACHE: await testCache(folder.path) };
    await warmUp(sandbox, testHost(folder.path));
    const repository = await TestRepository.make(path.join(folder.path, 'calculator'), calculator);
    const ref = await repository.head();
    const patch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
    const row = (taskId: string, command: string): object => ({
      task_id: taskId,
      repo: repository.path,
      ref,
      timeouts: patient,
      patch,
      test_command: command,
    });
    tasks = await writeTasks(folder.path, [
      row('a-task-whose-name-is-long', 'sleep 0.4; grep -q "a + b" calc/__init__.py'),
      row('another', 'sleep 0.3; false'),
    ]);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const args = ['run', '--sandbox', sandbox, '--no-tests-before', '--concurrency', '2'];
  const start = (
    { env: own = {}, ...size }: TerminalSize & { readonly env?: Readonly<Record<string, string>> },
    ...more: readonly string[]
  ): TerminalProcess =>
    new TerminalProcess([...args, '--tasks', tasks, ...more], {
      ...size,
      cwd: folder.path,
      env: { ...env, ...own },
    });

  test.each([
    { columns: 40, env: { NO_COLOR: '1' } },
    { columns: 120, env: {} },
  ])(
    '$columns columns wide: progress below whole lines, and nothing of it at the end',
    async ({ columns, env: more }) => {
      const shown = start({ columns, rows: 24, env: more }, '--attempts', '3');
      await shown.shows(/1 unresolved/);
      await shown.shows(/\d+(\.\d)?\/min/);
      await shown.shows(/› a-task/);
      expect(shown.cursorIsVisible).toBe(false);
      const seen = await shown.screen();
      expect(seen.filter((line) => bars.test(line)).length, seen.join('\n')).toBe(1);
      expect(await shown.ended).toBe(0);
      const text = await shown.text();
      expect(text).not.toMatch(bars);
      expect(text).not.toContain('› ');
      // Every line that was said is there once, whole, and the table of the outcome follows.
      const lines = text.match(ended) ?? [];
      expect(lines.map((line) => line.split(' ')[0])).toEqual(
        Array.from({ length: 6 }, (_, n) => `[${String(n + 1)}/6]`),
      );
      expect(text).toMatch(/^run folder: .*_gold$/m);
      expect(text).toContain('3 of 6 resolved (50.0 %)');
      expect(shown.cursorIsVisible).toBe(true);
      expect(/\u001b\[[1-9]\d*m/.test(shown.output)).toBe(!('NO_COLOR' in more));
    },
  );

  test('a terminal that is made narrower and wider keeps its lines, and shows progress once', async () => {
    const shown = start({ columns: 120, rows: 24 }, '--attempts', '5');
    await shown.shows(/1 unresolved/);
    for (const columns of [50, 41, 100, 64]) {
      await shown.resize({ columns, rows: 20 });
      await delay(300);
      const screen = await shown.screen();
      expect(screen.filter((line) => bars.test(line)).length, screen.join('\n')).toBe(1);
    }
    expect(await shown.ended).toBe(0);
    const text = await shown.text();
    expect(text).not.toMatch(bars);
    expect(text.match(ended)?.length, text).toBe(10);
    expect(text).toMatch(/^run folder: /m);
  });

  test('Ctrl+C ends the run in order, and again at once: the cursor is there in both', async () => {
    const first = start({ columns: 80, rows: 24 }, '--attempts', '20');
    await first.shows(/unresolved/);
    first.type('\u0003');
    expect(await first.ended).toBe(130);
    expect(first.cursorIsVisible).toBe(true);
    const text = await first.text();
    expect(text).toContain('stopping: waiting for the sandboxes to be removed');
    expect(text).toContain('run cancelled (user)');
    expect(text).not.toMatch(bars);
    const place = { cwd: folder.path, env };
    expect(await leftBehind(sandbox, await first.pid, place)).toEqual([]);

    const second = start({ columns: 80, rows: 24 }, '--attempts', '20');
    await second.shows(drawn);
    second.type('\u0003\u0003');
    expect(await second.ended).toBe(130);
    expect(second.cursorIsVisible).toBe(true);
  });

  test('an exception that nobody catches leaves the cursor', async () => {
    const planted = `process.once('SIGUSR2', () => { throw new Error('planted'); });`;
    const url = `data:text/javascript,${encodeURIComponent(planted)}`;
    const more = { NODE_OPTIONS: `--import=${url}` };
    const shown = start({ columns: 80, rows: 24, env: more }, '--attempts', '20');
    await shown.shows(drawn);
    expect(shown.cursorIsVisible).toBe(false);
    process.kill(await shown.pid, 'SIGUSR2');
    expect(await shown.ended).toBe(1);
    expect(await shown.text()).toContain('planted');
    expect(shown.cursorIsVisible).toBe(true);
  });

  test('with --json there are lines and a document, and nothing is drawn over', async () => {
    const shown = start({ columns: 80, rows: 24 }, '--json');
    expect(await shown.ended).toBe(0);
    expect(shown.output).not.toContain('\u001b[?25l');
    expect(await shown.text()).toMatch(/^\[2\/2\][^]*^ {2}"totals": \{$/m);
  });
});
