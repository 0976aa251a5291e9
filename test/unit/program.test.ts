import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { ExecaError, runProgram, startProgram } from '../../src/runner/program';
import { temporaryFolder } from '../support/temp';

test('a program that runs, that fails and that is not there', async () => {
  const { stdout } = await runProgram('cat', [], { input: 'said' });
  expect(stdout).toBe('said');
  const { running } = await startProgram('sh', ['-c', 'echo why >&2; exit 3'], { reject: false });
  expect(running.pid).toBeGreaterThan(0);
  expect(await running).toMatchObject({ failed: true, exitCode: 3, stderr: 'why' });
  const missing = await runProgram('/no/such/program', [], {}).catch((error: unknown) => error);
  expect(missing).toBeInstanceOf(ExecaError);
  expect(missing).toMatchObject({ code: 'ENOENT' });
});

test('no file left for its pipes: it begins when there are some, and nothing breaks', async () => {
  await using folder = await temporaryFolder();
  const worker = path.join(folder.path, 'worker.cjs');
  await execa('node', ['test/support/bundle.mjs', 'test/support/programWorker.ts', worker]);
  const ended = await execa(
    'sh',
    ['-c', 'ulimit -n 64; exec "$0" "$1"', process.execPath, worker],
    {
      reject: false,
    },
  );
  expect(ended).toMatchObject({
    exitCode: 0,
    stdout: 'EMFILE\ngiven back\nit ran',
    stderr: '',
  });
}, 60_000);
