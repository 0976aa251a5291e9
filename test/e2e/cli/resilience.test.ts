import { execFileSync } from 'node:child_process';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { cli, cliJson, CliProcess, leftBehind, until } from '../../support/cli';
import { readJsonLines } from '../../support/files';
import {
  calculator,
  fixedCalculator,
  TestRepository,
  writeTasks,
} from '../../support/repositories';
import { describeOnEverySandbox, testCache, warmUp } from '../../support/sandboxes';
import { temporaryFolder, testHost } from '../../support/temp';

const patient = { clone: 60, install: 120, apply: 60, test: 60, total: 600 };
const resultSchema = z.object({
  task_id: z.string(),
  attempt: z.int(),
  status: z.string(),
  duration_s: z.number(),
});
/** What a process that dies while it writes leaves. */
const torn = '{"task_id":"torn';
const outcomeSchema = z.object({ run_dir: z.string(), trials: z.array(resultSchema) });

/** Numbers from 0 to 1 that are the same in every run of the tests (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describeOnEverySandbox('a run survives', (sandbox) => {
  let folder: { path: string } & AsyncDisposable;
  let repository: TestRepository;
  let ref: string;
  let fix: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    env = { BENCHYARD_CACHE: await testCache(folder.path) };
    await warmUp(sandbox, testHost(folder.path));
    repository = await TestRepository.make(path.join(folder.path, 'calculator'), calculator);
    ref = await repository.head();
    fix = await repository.patch({ 'calc/__init__.py': fixedCalculator });
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const here = (): { cwd: string; env: Record<string, string> } => ({ cwd: folder.path, env });
  const row = (taskId: string, more: object = {}): object => ({
    task_id: taskId,
    repo: repository.path,
    ref,
    timeouts: patient,
    patch: fix,
    // The pipeline is tried here, not pytest.
    test_command: 'grep -q "a + b" calc/__init__.py',
    ...more,
  });
  const start = (args: readonly string[]): CliProcess =>
    new CliProcess(['run', '--sandbox', sandbox, ...args], here());

  /** What the folder holds is whole and says each thing once, also while nobody has it. */
  async function resultsIn(runDir: string): Promise<readonly z.infer<typeof resultSchema>[]> {
    const text = await readFile(path.join(runDir, 'results.jsonl'), 'utf8').catch(() => '');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const results = whole
      .split('\n')
      // A torn line stays until the run's end, on a line of its own.
      .filter((line) => line !== '' && !line.startsWith(torn))
      .map((line) => resultSchema.parse(JSON.parse(line)));
    const names = results.map(({ task_id, attempt }) => `${task_id}_${attempt}`);
    expect(new Set(names).size, 'a result stands twice').toBe(names.length);
    return results;
  }

  /** Kills at a random moment of the trials' work. @returns whether it was still running */
  async function killSomewhere(process: CliProcess, random: () => number): Promise<boolean> {
    const target = Math.floor(random() * 7);
    let over = false;
    const ended = process.ended.then(() => {
      over = true;
    });
    await until(() => over || (process.stderr.match(/^\[\d+\//gm)?.length ?? 0) >= target);
    await Promise.race([delay(random() * 250), ended]);
    process.child.kill('SIGKILL');
    return (await process.ended).status === null;
  }

  const kills = sandbox === 'docker' ? 4 : 10;
  test(
    `kill -9 at ${kills} random moments of runs of 50 trials`,
    { timeout: 600_000 },
    async () => {
      const bystander = `benchyard-test-bystander-${process.pid}`;
      const random = randomNumbers(20_260_131);
      const tasks = await writeTasks(
        folder.path,
        Array.from({ length: 5 }, (_, n) => row(`tiny${n}`)),
      );
      try {
        if (sandbox === 'docker') {
          const image = execFileSync('docker', ['images', '-q', 'swebench-lite'], {
            encoding: 'utf8',
          });
          execFileSync('docker', [
            'run',
            '-d',
            '--rm',
            '--name',
            bystander,
            '--entrypoint',
            'sleep',
            image.split('\n')[0] ?? '',
            '3600',
          ]);
        }
        for (let killed = 0; killed < kills;) {
          let current = start(['--tasks', tasks, '--attempts', '10', '--concurrency', '2']);
          const runDir = await current.runFolder();
          const pids: number[] = [];
          const kept = new Map<string, number>();
          for (let round = 0; round < 8 && (await killSomewhere(current, random)); round += 1) {
            killed += 1;
            pids.push(current.pid);
            for (const { task_id, attempt, duration_s } of await resultsIn(runDir)) {
              kept.set(`${task_id}_${attempt}`, duration_s);
            }
            // What a process that dies while it writes leaves.
            await appendFile(path.join(runDir, 'events.jsonl'), '{"v":1,"seq":3,"ti');
            await appendFile(path.join(runDir, 'results.jsonl'), torn);
            current = new CliProcess(['resume', runDir], here());
          }
          expect(await current.ended).toMatchObject({ status: 0 });
          const outcome = outcomeSchema.parse(await cliJson(['resume', runDir], here()));
          expect(outcome.trials).toHaveLength(50);
          expect(outcome.trials.every(({ status }) => status === 'passed')).toBe(true);
          expect(await readJsonLines(path.join(runDir, 'results.jsonl'))).toHaveLength(50);
          expect(await resultsIn(runDir)).toEqual(outcome.trials);
          for (const { task_id, attempt, duration_s } of outcome.trials) {
            const name = `${task_id}_${attempt}`;
            const file = await readFile(path.join(runDir, name, 'result.json'), 'utf8');
            expect(resultSchema.parse(JSON.parse(file)).duration_s, name).toBe(duration_s);
            // What was recorded once is never done again.
            if (kept.has(name)) expect(duration_s, name).toBe(kept.get(name));
            const events = (await readJsonLines(path.join(runDir, name, 'events.jsonl'))) as {
              seq: number;
            }[];
            expect(events.map(({ seq }) => seq)).toEqual(events.map((_, n) => n));
          }
          for (const pid of pids) expect(await leftBehind(sandbox, pid, here())).toEqual([]);
          const left = (await readdir(runDir)).filter((name) => /^\.|\.tmp|\.\d+$/.test(name));
          expect(left).toEqual([]);
        }
        if (sandbox === 'docker') {
          const running = execFileSync('docker', ['ps', '--format', '{{.Names}}'], {
            encoding: 'utf8',
          });
          expect(running.split('\n')).toContain(bystander);
        }
      } finally {
        if (sandbox === 'docker')
          execFileSync('docker', ['rm', '-f', bystander], { stdio: 'ignore' });
      }
    },
  );

  test('a second process in its folder is sent away, and told who is there', async () => {
    const tasks = await writeTasks(folder.path, [row('slow', { test_command: 'sleep 300' })]);
    const first = start(['--tasks', tasks]);
    const runDir = await first.runFolder();
    await first.says(/sandbox: /);
    const second = await cli(['resume', runDir], here());
    expect(second).toMatchObject({ status: 2, stdout: '' });
    expect(second.stderr).toContain(`process ${first.pid} on `);
    // Reading is always allowed.
    expect((await cli(['report', runDir], here())).stdout).toContain('slow');
    first.child.kill('SIGTERM');
    expect((await first.ended).status).toBe(130);
    // The lock went with its holder.
    const third = new CliProcess(['resume', runDir], here());
    await third.says(/sandbox: /);
    third.child.kill('SIGKILL');
    await third.ended;
    const fourth = new CliProcess(['resume', runDir], here());
    await fourth.says(/sandbox: /);
    fourth.child.kill('SIGINT');
    expect((await fourth.ended).status).toBe(130);
  });

  test('two runs at once have folders of their own and share the cache', async () => {
    const cache = await testCache(path.join(folder.path, 'fresh'));
    const own = { cwd: folder.path, env: { BENCHYARD_CACHE: cache } };
    // An install command that nothing else has, so that both want to prepare the same environment.
    const tasks = await writeTasks(
      folder.path,
      ['a', 'b'].map((id) => row(id, { install: `: ${cache}` })),
    );
    const args = ['run', '--sandbox', sandbox, '--tasks', tasks, '--concurrency', '1', '--json'];
    const ends = await Promise.all([1, 2, 3].map(() => cli([...args, '--out', 'shared'], own)));
    const outcomes = ends.map(({ status, stdout, stderr }) => {
      expect(status, stderr).toBe(0);
      return outcomeSchema.parse(JSON.parse(stdout));
    });
    expect(new Set(outcomes.map(({ run_dir }) => run_dir)).size).toBe(3);
    for (const { trials } of outcomes) {
      expect(trials.map(({ status }) => status)).toEqual(['passed', 'passed']);
    }
    const left = (await readdir(path.join(cache, 'mirrors'))).filter(
      (name) => !/^[^.]+\.git$/.test(name),
    );
    expect(left).toEqual([]);
  });
});
