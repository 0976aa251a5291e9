import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { TrialResult } from '../../../src/runner/model';
import { calculator, fixedCalculator, TestRepository } from '../../support/repositories';
import { Bench, patient } from '../../support/runs';
import { describeOn, describeOnEverySandbox } from '../../support/sandboxes';

const add = (body: string): string => fixedCalculator.replace('return a + b', body);
const summary = ({ status, cause }: TrialResult): string =>
  cause === null ? status : `${status}: ${cause}`;

describeOnEverySandbox('every status has its evidence', (sandbox) => {
  let repository: TestRepository;
  let row: (taskId: string, files: Record<string, string> | null, more?: object) => Promise<object>;
  const bench = Bench.use(sandbox, async ({ folder }) => {
    repository = await TestRepository.make(`${folder}/calculator`, calculator);
    const ref = await repository.head();
    row = async (taskId, files, more = {}) => ({
      task_id: taskId,
      repo: repository.path,
      ref,
      ...(files === null ? {} : { patch: await repository.patch(files) }),
      ...more,
    });
  });
  const source = 'calc/__init__.py';

  test('what the tests came to', async () => {
    const cases: [expected: string, content: string | null, more?: object][] = [
      ['passed', fixedCalculator],
      ['failed', add('return b - a')],
      ['no_tests: collection_error', 'from calc import nothing\n'],
      ['no_tests: nothing_selected', fixedCalculator, { pytest_k: 'no_such_test' }],
      ['error: crash', add('__import__("os")._exit(7)')],
      ['error: crash', add('__import__("ctypes").string_at(0)')],
      ['error: crash', add('__import__("os").kill(__import__("os").getpid(), 9)')],
      ['suspicious', add('__import__("os")._exit(0)')],
      ['empty_patch', null],
      ['error: oom', add('return len([bytearray(2**28) for _ in range(40)])')],
    ];
    const rows: object[] = [];
    for (const [n, [, content, more]] of cases.entries()) {
      rows.push(await row(`t${n}`, content === null ? null : { [source]: content }, more));
    }
    const run = await bench.run(rows);
    const found = cases.map(([, content], n) => [
      summary(run.of(`t${n}`)).replace(/^suspicious.*/, 'suspicious'),
      content,
    ]);
    expect(found).toEqual(cases.map(([expected, content]) => [expected, content]));
    expect(run.of('t0').before).toMatchObject({ passed: 1, failed: 1 });
    expect(run.of('t0').after).toMatchObject({ end: 'completed', passed: 2, failed: 0 });
    expect(run.of('t0').stages.map(({ stage }) => stage)).toEqual([
      'clone',
      'before',
      'agent',
      'apply',
      'after',
    ]);
    expect(run.state.phase).toBe('finished');
  });

  test('stages that cannot do their work', async () => {
    const fix = { [source]: fixedCalculator };
    const run = await bench.run([
      await row('install', fix, { install: 'echo no luck >&2; exit 3' }),
      await row('crash', fix, { install: 'kill -SEGV $$' }),
      await row('repository', fix, { repo: `${bench.folder}/nowhere`, ref: 'main' }),
      await row('branch', fix, { ref: 'no-such-branch' }),
      await row('commit', fix, { ref: '0123456789'.repeat(4) }),
    ]);
    expect(summary(run.of('install'))).toBe('error: install_failed');
    expect(run.of('install').detail).toBe('no luck');
    expect(run.of('install').stages.at(-1)).toMatchObject({
      stage: 'install',
      cause: 'failed',
      exit_code: 3,
    });
    expect(run.of('crash').status).toBe('error');
    for (const id of ['repository', 'branch', 'commit']) {
      expect(summary(run.of(id)), id).toBe('error: clone_failed');
    }
    expect(run.of('repository').detail).toContain('there is no repository at');
    expect(run.of('branch').detail).toContain(
      '"no-such-branch" is neither a commit, a tag nor a branch',
    );
    expect(run.of('commit').detail).toContain('is not in');
  });

  test('a trial in a prepared environment has the result of the one that prepared it', async () => {
    // An install command that no other test has, so that nothing is prepared yet.
    const install = `: ${bench.folder}`;
    const rows = [await row('same', { [source]: fixedCalculator }, { install })];
    const told = async (): Promise<unknown> => {
      const { stages, tail, ...result } = (await bench.run(rows)).of('same');
      return {
        ...result,
        duration_s: 0,
        tail: tail?.replace(/in [\d.]+s/, ''),
        stages: stages.map((stage) => ({ ...stage, duration_s: 0 })),
      };
    };
    const first = await told();
    expect(first).toMatchObject({ status: 'passed' });
    expect(await told()).toEqual(first);
  });

  test('limits', async () => {
    const fix = { [source]: fixedCalculator };
    const endless = add('while True: pass');
    const run = await bench.run([
      await row('install', fix, { install: 'sleep 300', timeouts: { ...patient, install: 1 } }),
      await row('total', fix, { install: 'sleep 301', timeouts: { ...patient, total: 2 } }),
      await row('after', { [source]: endless }, { timeouts: { ...patient, test: 4 } }),
      await row('apply', fix, { timeouts: { ...patient, apply: 0.001 } }),
    ]);
    expect(run.results.map((result) => [result.task_id, summary(result)])).toEqual([
      ['install', 'timeout: install'],
      ['total', 'timeout: install'],
      ['after', 'timeout: after'],
      ['apply', 'timeout: apply'],
    ]);
    expect(run.of('total').detail).toContain('for all stages together');
  });

  test('a trial that is cancelled, and the others go on', async () => {
    const fix = { [source]: fixedCalculator };
    const handle = await bench.start(
      [
        await row('stopped', fix, { install: 'sleep 302', timeouts: patient }),
        await row('goes-on', fix, { timeouts: patient }),
      ],
      { concurrency: 1 },
    );
    await bench.until(
      handle.runDir,
      (state) => state.trials.get('stopped_0')?.stage?.name === 'install',
    );
    handle.cancelTrial('stopped_0');
    const { results, state } = await handle.done;
    expect(results.map((result) => [result.task_id, summary(result)])).toEqual([
      ['stopped', 'cancelled: user'],
      ['goes-on', 'passed'],
    ]);
    expect(state.phase).toBe('finished');
  });

  test('a run that is cancelled keeps what ended, and can be resumed', async () => {
    const stop = new AbortController();
    const fix = { [source]: fixedCalculator };
    const handle = await bench.start(
      [
        await row('first', fix, { timeouts: patient }),
        await row('second', fix, {
          install: '[ -e /tmp/x ] || sleep 303',
          timeouts: { ...patient, install: 2 },
        }),
        await row('third', fix, { timeouts: patient }),
      ],
      { concurrency: 1 },
      stop.signal,
    );
    await bench.until(
      handle.runDir,
      (state) => state.trials.get('second_0')?.stage?.name === 'install',
    );
    stop.abort(new Error('enough'));
    const cancelled = await handle.done;
    expect(cancelled.state.phase).toBe('cancelled');
    expect(cancelled.results.map((result) => [result.task_id, summary(result)])).toEqual([
      ['first', 'passed'],
      ['second', 'cancelled: user'],
    ]);
    const { state, results } = await bench.resume(handle.runDir);
    expect(state.phase).toBe('finished');
    expect(results.map((result) => [result.task_id, summary(result)])).toEqual([
      ['first', 'passed'],
      ['second', 'timeout: install'],
      ['third', 'passed'],
    ]);
    expect(results[0]?.duration_s).toBe(cancelled.results[0]?.duration_s);
  });
});

describeOn('docker', 'images that cannot do the work', () => {
  const images = {
    pytest: [
      'benchyard-test:no-pytest',
      "RUN find / -xdev -path '*python3*' \\( -name pytest -o -name _pytest \\) -prune -exec rm -rf {} + ; rm -f $(which -a pytest)",
    ],
    git: ['benchyard-test:no-git', 'RUN rm -f $(command -v git)'],
  } as const;
  let repository: TestRepository;
  const bench = Bench.use('docker', async (own) => {
    repository = await TestRepository.make(`${own.folder}/calculator`, calculator);
    // Makes sure that the default image is there.
    const run = await own.run([{ task_id: 'warm-up', repo: repository.path, ref: 'main' }], {
      agent: 'empty',
    });
    expect(run.of('warm-up').status).toBe('empty_patch');
    const base =
      execFileSync('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}', 'swebench-lite'], {
        encoding: 'utf8',
      }).split('\n')[0] ?? '';
    for (const [tag, line] of Object.values(images)) {
      execFileSync('docker', ['build', '-q', '-t', tag, '-'], {
        input: `FROM ${base}\nUSER root\n${line}\n`,
      });
    }
    execFileSync('docker', ['import', '-', 'benchyard-test:nothing'], {
      input: Buffer.alloc(10_240),
    });
  });

  test.each([
    ['pytest', images.pytest[0], 'image-unsuitable'],
    ['git', images.git[0], 'image-unsuitable'],
    ['python', 'benchyard-test:nothing', 'image-unsuitable'],
    ['image', 'benchyard-test:absent', 'image-unavailable'],
  ])('no %s', async (name, image, code) => {
    const run = await bench.run([
      {
        task_id: name,
        repo: repository.path,
        ref: 'main',
        environment: image,
        patch: await repository.patch({ 'calc/__init__.py': fixedCalculator }),
      },
    ]);
    expect(summary(run.of(name))).toBe(`infra_failure: ${code}`);
    expect(run.of(name).detail).toMatch(
      new RegExp(name === 'image' ? 'benchyard-test:absent' : `${name}|${image}`),
    );
    expect(run.state.phase).toBe('finished');
  });
});
