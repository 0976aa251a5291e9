import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findHostPython } from '../../../src/runner/sandbox/hostPythons';
import { temporaryFolder, testHost } from '../../support/temp';

async function install(folder: string, name: string, program: string): Promise<void> {
  await mkdir(path.join(folder, name, 'bin'), { recursive: true });
  await writeFile(path.join(folder, name, 'bin', program), '');
}

test('the newest interpreter of a version that pyenv or uv installed is found', async () => {
  await using folder = await temporaryFolder();
  const pyenv = path.join(folder.path, '.pyenv', 'versions');
  const uv = path.join(folder.path, '.local', 'share', 'uv', 'python');
  await install(pyenv, '3.9.2', 'python3.9');
  await install(pyenv, '3.9.18', 'python3.9');
  await install(pyenv, '3.9.20', 'something-else');
  await install(pyenv, 'my-environment', 'python3.9');
  await install(uv, 'cpython-3.12.1-linux-x86_64-gnu', 'python3.12');
  const host = testHost(folder.path, { homeDir: folder.path, env: {}, platform: 'linux' });
  expect(await findHostPython(host, '3.9')).toEqual({
    prefix: path.join(pyenv, '3.9.18'),
    version: '3.9.18',
  });
  expect((await findHostPython(host, '3.12'))?.version).toBe('3.12.1');
  expect(await findHostPython(host, '3.1')).toBeNull();
  expect(await findHostPython({ ...host, platform: 'darwin' }, '3.9')).toBeNull();
  const elsewhere = { PYENV_ROOT: path.join(folder.path, 'none') };
  expect(await findHostPython({ ...host, env: elsewhere }, '3.9')).toBeNull();
});
