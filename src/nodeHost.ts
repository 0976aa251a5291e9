import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';
import { version } from '../package.json';
import type { Host } from './runner/index';

/**
 * The machine and process that this program runs in, for the composition roots (extension.ts, cli/main.ts, tests): the
 * one place besides them that reads `process`.
 */
export function nodeHost(overrides: Partial<Host> = {}): Host {
  const env = overrides.env ?? process.env;
  return {
    cwd: process.cwd(),
    env,
    cacheDir: path.resolve(env['BENCHYARD_CACHE'] ?? envPaths('benchyard', { suffix: '' }).cache),
    platform: process.platform,
    arch: process.arch,
    cores: os.availableParallelism(),
    memory: () => {
      const limit = process.constrainedMemory();
      const totalBytes = limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem();
      return { availableBytes: process.availableMemory(), totalBytes };
    },
    hostname: machineName(),
    pid: process.pid,
    uid: process.getuid?.() ?? null,
    homeDir: os.homedir(),
    tempDir: os.tmpdir(),
    nodeProgram: process.execPath,
    // Sources lie in src, bundles in dist: both one level below the package.
    packageDir: path.resolve(__dirname, '..'),
    version,
    startTimeOf,
    secret: (name) => Promise.resolve(env[name] ?? null),
    openEditorModel: null,
    log: () => undefined,
    ...overrides,
  };
}

/** The namespace that processes have on a Linux machine that no container hides. */
const firstNamespace = 'pid:[4026531836]';

/** Where a process id means something: in a container of the same host name it means another process. */
function machineName(): string {
  try {
    const namespace = readlinkSync('/proc/self/ns/pid');
    return namespace === firstNamespace ? os.hostname() : `${os.hostname()} ${namespace}`;
  } catch {
    return os.hostname(); // no Linux
  }
}

function startTimeOf(pid: number): string | null {
  try {
    // Field 22 of /proc/PID/stat; the command name before it may hold spaces and parentheses.
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return process.platform === 'linux' ? null : startTimeWithoutProc(pid);
  }
}

function startTimeWithoutProc(pid: number): string | null {
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? 'alive' : null;
  }
}
