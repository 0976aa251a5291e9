import { access, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../host';

export interface HostPython {
  /** The folder that holds `bin` and `lib`. */
  readonly prefix: string;
  /** `3.9.18` */
  readonly version: string;
}

/** Of an interpreter's folder: what an environment of its own does not need, and what its owner installed. */
export const interpreterIgnore = [
  '**/__pycache__',
  '**/*.a',
  'lib/python*/site-packages/*',
  'lib/python*/test',
  'lib/python*/idlelib',
  'lib/python*/config-*',
  'share',
].join('\n');

/** The newest interpreter of a version (`3.9`) that uv or pyenv installed for this user; null when there is none. */
export async function findHostPython(host: Host, python: string): Promise<HostPython | null> {
  if (host.platform !== 'linux') return null;
  const found: HostPython[] = [];
  for (const folder of installFolders(host)) {
    for (const name of await readdir(folder).catch(() => [])) {
      // `3.9.18` of pyenv, `cpython-3.9.18-linux-x86_64-gnu` of uv.
      const version = /^(?:cpython-)?(\d+\.\d+\.\d+)(?:-linux-.*)?$/.exec(name)?.[1];
      if (version?.startsWith(`${python}.`) !== true) continue;
      const prefix = path.join(folder, name);
      const executable = path.join(prefix, 'bin', `python${python}`);
      const runs = await access(executable).then(
        () => true,
        () => false,
      );
      if (runs) found.push({ prefix, version });
    }
  }
  const patch = ({ version }: HostPython): number => Number(version.split('.').at(-1));
  return found.sort((a, b) => patch(b) - patch(a))[0] ?? null;
}

function installFolders(host: Host): readonly string[] {
  const { env, homeDir } = host;
  const data = env['XDG_DATA_HOME'] ?? path.join(homeDir, '.local', 'share');
  return [
    env['UV_PYTHON_INSTALL_DIR'] ?? path.join(data, 'uv', 'python'),
    path.join(env['PYENV_ROOT'] ?? path.join(homeDir, '.pyenv'), 'versions'),
  ];
}
