import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunner } from '../../../src/runner/index';
import type { Runner } from '../../../src/runner/index';
import { cli, CliProcess, program, until } from '../../support/cli';
import { calculator, TestRepository, writeTasks } from '../../support/repositories';
import { describeOnEverySandbox, testCache, warmUp } from '../../support/sandboxes';
import { never, temporaryFolder, testHost } from '../../support/temp';

const patient = { clone: 60, install: 120, apply: 60, test: 60, total: 600 };
const trial = 'a_0';

describeOnEverySandbox('a trajectory', (sandbox) => {
  let folder: { path: string } & AsyncDisposable;
  let env: Record<string, string>;
  let runner: Runner;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const cacheDir = await testCache(folder.path);
    env = { BENCHYARD_CACHE: cacheDir };
    const host = testHost(folder.path, { cacheDir });
    await warmUp(sandbox, host);
    runner = createRunner(host);
  });
  afterAll(async () => {
    await runner[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('is there up to the last step when the process is killed, and begins anew when it goes on', async () => {
    const repository = await TestRepository.make(path.join(folder.path, 'calculator'), calculator);
    const tasks = await writeTasks(folder.path, [
      { task_id: 'a', repo: repository.path, ref: 'main', timeouts: patient, test_command: 'true' },
    ]);
    const actions = path.join(folder.path, 'actions.jsonl');
    const steps = Array.from({ length: 60 }, (_, n) => ({
      action: 'shell',
      command: `echo ${String(n)} >> log.txt; echo ${'x'.repeat(1000)}`,
    }));
    await writeFile(actions, steps.map((step) => `${JSON.stringify(step)}\n`).join(''));
    const here = { cwd: folder.path, env };
    const args = ['--agent', 'replay', '--actions', actions, '--sandbox', sandbox, '--out', 'runs'];
    const running = new CliProcess(['run', '--tasks', tasks, ...args], here);
    const runDir = await running.runFolder();
    await until(
      async () => (await runner.readSteps(runDir, trial, { signal: never })).length >= 20,
    );
    running.child.kill('SIGKILL');
    expect((await running.ended).status).toBeNull();
    await rm(path.join(env['BENCHYARD_CACHE'] ?? '', 'trees'), { recursive: true });

    const kept = await runner.readSteps(runDir, trial, { signal: never });
    expect(kept.length).toBeGreaterThanOrEqual(20);
    expect(kept.map(({ step }) => step)).toEqual(kept.map((_, n) => n + 1));
    const bodies = await runner.readStepBodies(runDir, trial, kept, { signal: never });
    expect(bodies.map(({ step, tree }) => [step, tree])).toEqual(
      kept.map(({ step, tree }) => [step, tree]),
    );
    const [log] = await runner.stepFiles(
      runDir,
      trial,
      { from: 0, to: kept.length },
      { signal: never },
    );
    const lines = kept.map((_, n) => `${String(n)}\n`).join('');
    expect(log).toEqual({ path: 'log.txt', base: null, patched: lines });
    const place = { path: 'log.txt', line: 7 };
    expect(await runner.stepOfLine(runDir, trial, place, { signal: never })).toBe(7);
    let markdown = '';
    for await (const piece of runner.exportTrajectory(runDir, trial, 'markdown', { signal: never }))
      markdown += piece;
    expect(markdown.match(/^## \d+\. `shell`$/gm)).toHaveLength(kept.length);

    // Who has read enough closes the pipe.
    const argv = [process.execPath, program, 'trajectory', runDir, trial];
    const script = 'set -o pipefail; "$@" | head -1';
    const piped = await execa('bash', ['-c', script, 'bash', ...argv], { ...here, reject: false });
    expect(piped).toMatchObject({ exitCode: 0, stdout: `# Trajectory of ${trial}`, stderr: '' });

    await cli(['resume', runDir], here);
    const whole = await runner.readSteps(runDir, trial, { signal: never });
    expect(whole).toHaveLength(steps.length + 1);
    expect(whole.at(-1)).toMatchObject({ kind: 'end', step: steps.length + 1 });
  });
});
