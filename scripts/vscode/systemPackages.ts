import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface SystemNeed {
  /** Debian packages that bring it. */
  readonly packages: readonly string[];
  readonly isThere: () => Promise<boolean>;
}

/** The first of the programs that PATH knows, as an absolute path. */
export async function findOnPath(programs: readonly string[]): Promise<string | null> {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((dir) => dir !== '');
  for (const program of programs) {
    for (const folder of folders) {
      const file = path.join(folder, program);
      if (await exists(file, constants.X_OK)) return file;
    }
  }
  return null;
}

async function exists(file: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}

const hasPrograms =
  (...programs: readonly string[]) =>
  async (): Promise<boolean> => {
    const found = await Promise.all(programs.map((program) => findOnPath([program])));
    return found.every((file) => file !== null);
  };

/** The browser that shows the workbench: CHROMIUM where that is set, else the first that PATH knows. */
export async function findChromium(): Promise<string | null> {
  const asked = process.env['CHROMIUM'];
  if (asked !== undefined && asked !== '') return asked;
  return findOnPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']);
}

/** What code-server's native modules are built with, and a browser to show its page in. */
const NEEDS: readonly SystemNeed[] = [
  {
    packages: ['libkrb5-dev'],
    isThere: async () =>
      (await exists('/usr/include/gssapi/gssapi.h')) || (await exists('/usr/include/gssapi.h')),
  },
  { packages: ['build-essential'], isThere: hasPrograms('g++', 'make') },
  { packages: ['python3'], isThere: hasPrograms('python3') },
  { packages: ['pkg-config'], isThere: hasPrograms('pkg-config') },
  { packages: ['chromium'], isThere: async () => (await findChromium()) !== null },
];

/** Installs the missing Debian packages where that is possible (apt, root); elsewhere rejects naming them. */
export async function ensureSystemPackages(log: (line: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const need of NEEDS) if (!(await need.isThere())) missing.push(...need.packages);
  if (missing.length === 0) return;
  if ((await findOnPath(['apt-get'])) === null || process.getuid?.() !== 0) {
    throw new Error(
      `These are missing: ${missing.join(', ')} (names of Debian packages). Install them and try again.`,
    );
  }
  log(`Installing ${missing.join(', ')} with apt-get`);
  const options = {
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  await run('apt-get', ['update', '-qq'], options);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options);
}
