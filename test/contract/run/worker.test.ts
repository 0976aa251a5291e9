import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readRunState } from '../../../src/runner/store/runReader';
import { calculator, TestRepository, writeTasks } from '../../support/repositories';
import { Bench, patient } from '../../support/runs';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { never } from '../../support/temp';

describeOnEverySandbox('the worker of one trial', (sandbox) => {
  let repository: TestRepository;
  const bench = Bench.use(sandbox, async ({ folder }) => {
    repository = await TestRepository.make(`${folder}/calculator`, calculator);
  });

  const plan = async (more: object = {}): Promise<string> => {
    const ref = await repository.head();
    const row = { task_id: 'a', repo: repository.path, ref, timeouts: patient, ...more };
    const { runDir } = await bench.runner.planRun(
      {
        tasks: [await writeTasks(bench.folder, [row])],
        sandbox,
        agent: 'empty',
        attempts: 2,
        out: path.join(bench.folder, 'runs'),
      },
      { signal: never },
    );
    return runDir;
  };
  const typesOf = async (runDir: string, trial: string): Promise<readonly string[]> => {
    const text = await readFile(path.join(runDir, trial, 'events.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { type: string }).type);
  };

  test('writes into the folder of its trial alone, and does a trial once', async () => {
    const runDir = await plan();
    const before = (await readdir(runDir)).sort();
    const first = await bench.runner.runTrial(runDir, 1, { signal: never });
    expect(first).toMatchObject({ status: 'empty_patch', attempt: 1 });
    expect((await readdir(runDir)).sort()).toEqual([...before, 'a_1'].sort());
    const types = await typesOf(runDir, 'a_1');
    expect(await bench.runner.runTrial(runDir, 1, { signal: never })).toEqual(first);
    expect(await typesOf(runDir, 'a_1')).toEqual(types);
    const { trials } = await readRunState(runDir);
    expect(trials.get('a_1')).toMatchObject({
      phase: 'ended',
      node: expect.any(String) as unknown,
    });
    expect(trials.get('a_0')).toMatchObject({ phase: 'queued', node: null });
    // Whoever runs the rest of the run takes it over.
    const { results } = await bench.resume(runDir);
    expect(results.map(({ attempt }) => attempt)).toEqual([0, 1]);
    expect(results[1]).toEqual(first);
  });

  test('two at the same time: one does the trial, the other one finds it done', async () => {
    const runDir = await plan();
    const both = await Promise.all(
      [0, 0].map((index) => bench.runner.runTrial(runDir, index, { signal: never })),
    );
    expect(both[0]).toEqual(both[1]);
    const types = await typesOf(runDir, 'a_0');
    expect(types.filter((type) => type === 'trial.started')).toHaveLength(1);
  });

  test('one that is stopped says that its trial waits again, and the next one begins anew', async () => {
    const runDir = await plan({ test_command: 'sleep 2; pytest' });
    const stop = new AbortController();
    const stopped = bench.runner.runTrial(runDir, 0, { signal: stop.signal });
    while ((await readRunState(runDir)).trials.get('a_0')?.stage?.name !== 'before')
      await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort(new Error('stopped'));
    expect(await stopped).toMatchObject({ status: 'cancelled' });
    expect((await readRunState(runDir)).trials.get('a_0')).toMatchObject({
      phase: 'queued',
      result: null,
    });
    const again = await bench.runner.runTrial(runDir, 0, { signal: never });
    expect(again).toMatchObject({ status: 'empty_patch' });
    const types = await typesOf(runDir, 'a_0');
    expect(types.filter((type) => type === 'trial.ended')).toHaveLength(1);
    expect(types.filter((type) => type === 'trial.queued')).toHaveLength(1);
  });

  test('what its machine lacks is the infrastructure failure of its trial', async () => {
    const runDir = await plan();
    const bare = Bench.with(sandbox, bench, { PATH: '/nowhere', DOCKER_HOST: 'unix:///nowhere' });
    const result = await bare.runner.runTrial(runDir, 0, { signal: never });
    expect(result).toMatchObject({ status: 'infra_failure' });
    expect(result.detail).toMatch(/^On .+: /);
  });
});
